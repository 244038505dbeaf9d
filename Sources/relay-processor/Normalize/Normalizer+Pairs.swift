import JSON

/// Looking up keys in lists of `[key, value]`.
extension Normalizer {
    /// The element at the place of a key, `.none` if no pair has it.
    ///
    /// The reference counts pairs only, then takes the element at that position of the whole list:
    /// where nulls stand before the pair this is another element, or a null.
    func element(ofKey name: UnsafeRawBufferPointer, in list: JSONNode) -> JSONNode {
        var position = 0
        for pair in document.children(of: list) {
            guard kind(pair) == .array else { continue }
            if let key = text(document.firstChild(of: pair)), ByteText.compare(key, name) == 0 {
                return document.child(of: list, at: position)
            }
            position += 1
        }
        return .none
    }

    /// Whether a pair has the key.
    func hasPair(_ name: UnsafeRawBufferPointer, in list: JSONNode) -> Bool {
        for pair in document.children(of: list) where kind(pair) == .array {
            if let key = text(document.firstChild(of: pair)), ByteText.compare(key, name) == 0 {
                return true
            }
        }
        return false
    }

    /// Removes the element at the place of a key and answers it, `.none` if no pair has the key.
    @discardableResult
    func removeElement(ofKey name: StaticString, from list: JSONNode) -> JSONNode {
        let element = element(ofKey: EventMeta.bytes(name), in: list)
        if element.exists { document.remove(element, from: list) }
        return element
    }

    /// Sets the value of a key; a new pair goes to the end.
    func setPair(_ name: UnsafeRawBufferPointer, _ value: JSONNode, in list: JSONNode) {
        let element = element(ofKey: name, in: list)
        if element.exists {
            guard kind(element) == .array else { return }
            document.remove(document.child(of: element, at: 1), from: element)
            document.append(value, to: element)
            return
        }
        let pair = document.makeArray()
        document.append(document.makeString(name), to: pair)
        document.append(value, to: pair)
        document.append(pair, to: list)
    }
}
