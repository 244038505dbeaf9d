extension JSONDocument {
    /// The child of an object with a known key; with duplicates the last one, which is the one
    /// most readers see. `.none` if there is none or `object` is no object.
    @inlinable
    public func find(_ key: JSONKeyID, in object: JSONNode) -> JSONNode {
        guard kind(of: object) == .object, key != .unknown else { return .none }
        var found = JSONNode.none
        var child = firstChild(of: object)
        while child.exists {
            let record = record(child)
            if record.pointee.key == key.rawValue { found = child }
            child = JSONNode(index: record.pointee.next)
        }
        return found
    }

    /// The child of an object with a key given as UTF-8 without escapes; the last of duplicates.
    public func find(_ key: UnsafeRawBufferPointer, in object: JSONNode) -> JSONNode {
        guard kind(of: object) == .object else { return .none }
        var found = JSONNode.none
        var child = firstChild(of: object)
        while child.exists {
            let bytes = keyBytes(of: child)
            if bytes.count == key.count, JSONBytes.compare(bytes, key) == 0 { found = child }
            child = next(after: child)
        }
        return found
    }

    /// The child of an object with a key; the last of duplicates.
    public func find(_ key: StaticString, in object: JSONNode) -> JSONNode {
        guard key.hasPointerRepresentation else { return .none }
        return find(
            UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount), in: object)
    }

    /// The child of an object with a key; the last of duplicates.
    public func find(key: String, in object: JSONNode) -> JSONNode {
        var key = key
        return key.withUTF8 { find(UnsafeRawBufferPointer($0), in: object) }
    }

    /// Whether the node's key equals `literal`.
    @inlinable
    public func hasKey(_ node: JSONNode, _ literal: StaticString) -> Bool {
        Self.same(keyBytes(of: node), literal)
    }
}
