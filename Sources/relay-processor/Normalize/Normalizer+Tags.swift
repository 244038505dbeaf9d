import JSON

/// Tags: the environment moves to its field, reserved names go, repeated keys go, texts must be
/// usable; server name and site become tags.
extension Normalizer {
    func normalizeTags() {
        let tags = find(Key.tags, in: event)
        if kind(tags) == .array { tidyTags(tags) }
        moveToTag(Key.serverName)
        moveToTag(Key.site)
    }

    private func tidyTags(_ tags: JSONNode) {
        var names = Set<String>()
        var hasUnnamed = false
        var previous = JSONNode.none
        var pair = document.firstChild(of: tags)
        while pair.exists {
            let following = document.next(after: pair)
            if isDropped(pair) || isRepeated(pair, &names, &hasUnnamed) {
                document.removeNext(after: previous, from: tags)
            } else {
                checkTag(pair)
                previous = pair
            }
            pair = following
        }
    }

    private func isDropped(_ pair: JSONNode) -> Bool {
        let name = document.firstChild(of: pair)
        guard let bytes = text(name) else { return false }
        if isText(name, "environment") {
            let environment = entry(Key.environment, in: event)
            if !has(environment) {
                document.moveValue(to: environment, from: document.child(of: pair, at: 1))
            }
            return true
        }
        guard bytes.count <= 8 else { return false }
        for reserved: StaticString in ["release", "dist", "user", "filename", "function"]
        where isText(name, reserved) {
            return true
        }
        return false
    }

    /// Whether an earlier tag has the same key.
    private func isRepeated(
        _ pair: JSONNode, _ names: inout Set<String>, _ hasUnnamed: inout Bool
    ) -> Bool {
        guard kind(pair) == .array else { return false }
        if let name = document.string(of: document.firstChild(of: pair)) {
            return !names.insert(name).inserted
        }
        defer { hasUnnamed = true }
        return hasUnnamed
    }

    private func checkTag(_ pair: JSONNode) {
        guard kind(pair) == .array else { return }
        let name = document.firstChild(of: pair)
        let value = document.next(after: name)
        if let bytes = text(name) {
            if bytes.isEmpty {
                rejectEmpty(name)
            } else if let scalar = firstBad(bytes, isAllowed: Self.isTagKeyCharacter) {
                reject(name, invalidCharacter: scalar)
            }
        }
        if let bytes = text(value) {
            if bytes.isEmpty {
                rejectEmpty(value)
            } else if bytes.contains(0x0A) {
                reject(value, invalidCharacter: "\n")
            }
        }
    }

    private func rejectEmpty(_ node: JSONNode) {
        document.setNull(node)
        reject(node, "expected a non-empty value")
    }

    private func firstBad(
        _ bytes: UnsafeRawBufferPointer, isAllowed: (UInt8) -> Bool
    ) -> Unicode.Scalar? {
        guard bytes.contains(where: { !isAllowed($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self).unicodeScalars.first {
            $0.isASCII ? !isAllowed(UInt8(truncatingIfNeeded: $0.value)) : true
        }
    }

    private static func isTagKeyCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D, 0x2E, 0x3A: true
        default: false
        }
    }

    /// The text of a top-level field becomes the tag of that name.
    private func moveToTag(_ key: JSONKeyID) {
        let field = find(key, in: event)
        guard field.exists else { return }
        guard let bytes = text(field), !bytes.isEmpty else {
            document.remove(field, from: event)
            return
        }
        let tags = entry(Key.tags, in: event)
        if kind(tags) == .null { document.setEmptyArray(tags) }
        guard kind(tags) == .array else { return }
        let name = document.keyBytes(of: field)
        for pair in document.children(of: tags) {
            guard let other = text(document.firstChild(of: pair)) else { continue }
            if ByteText.compare(name, other) == 0 {
                document.remove(pair, from: tags)
                break
            }
        }
        let pair = document.makeArray()
        document.append(document.makeString(name), to: pair)
        let value = document.makeNull()
        document.moveValue(to: value, from: field)
        meta.move(from: field, to: value)
        document.append(value, to: pair)
        document.append(pair, to: tags)
    }
}
