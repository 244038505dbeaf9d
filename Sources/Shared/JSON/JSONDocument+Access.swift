extension JSONDocument {
    @inlinable
    func record(_ node: JSONNode) -> UnsafeMutablePointer<JSONNodeRecord> {
        assert(
            node.index < state.pointee.nodeCount || node.index == 0,
            "handle of another document or parse")
        return nodes + Int(node.index)
    }

    /// What the node holds; `.missing` for `.none`.
    @inlinable
    public func kind(of node: JSONNode) -> JSONKind {
        unsafeBitCast(record(node).pointee.kind, to: JSONKind.self)
    }

    /// First child of an array or object; `.none` if there is none.
    @inlinable
    public func firstChild(of node: JSONNode) -> JSONNode {
        let record = record(node)
        return JSONNode(index: record.pointee.isContainer ? record.pointee.first : 0)
    }

    /// Last child of an array or object; `.none` if there is none.
    @inlinable
    public func lastChild(of node: JSONNode) -> JSONNode {
        let record = record(node)
        return JSONNode(index: record.pointee.isContainer ? record.pointee.last : 0)
    }

    /// The sibling behind a node; `.none` behind the last one.
    @inlinable
    public func next(after node: JSONNode) -> JSONNode {
        JSONNode(index: record(node).pointee.next)
    }

    /// Children of an array or object, duplicates of a key counted one by one; 0 for scalars.
    @inlinable
    public func childCount(of node: JSONNode) -> Int {
        Int(record(node).pointee.count)
    }

    /// The child of an array at a position, `.none` behind the end. Walks the list.
    @inlinable
    public func child(of node: JSONNode, at position: Int) -> JSONNode {
        guard position >= 0, position < childCount(of: node) else { return .none }
        var child = firstChild(of: node)
        for _ in 0..<position { child = next(after: child) }
        return child
    }

    /// The children in order. The one just answered may be removed or replaced meanwhile; one that
    /// is appended meanwhile is answered too.
    @inlinable
    public func children(of node: JSONNode) -> JSONChildren {
        JSONChildren(document: self, next: firstChild(of: node))
    }

    /// Whether the node is a child of an array or object.
    @inlinable
    public func isAttached(_ node: JSONNode) -> Bool {
        record(node).pointee.flags & JSONNodeFlags.attached != 0
    }

    // MARK: Keys

    /// Id of the node's key; `.unknown` for keys outside the table and for nodes without a key.
    @inlinable
    public func keyID(of node: JSONNode) -> JSONKeyID {
        JSONKeyID(rawValue: record(node).pointee.key)
    }

    /// The node's key as UTF-8 without escapes.
    @inlinable
    public func keyBytes(of node: JSONNode) -> UnsafeRawBufferPointer {
        let record = record(node)
        return UnsafeRawBufferPointer(
            start: text + Int(record.pointee.keyOffset), count: Int(record.pointee.keyLength))
    }

    /// The node's key.
    public func key(of node: JSONNode) -> String {
        String(decoding: keyBytes(of: node), as: UTF8.self)
    }

    // MARK: Scalars

    /// Value of a bool, nil for anything else.
    @inlinable
    public func bool(of node: JSONNode) -> Bool? {
        let record = record(node)
        guard record.pointee.kind == JSONKind.bool.rawValue else { return nil }
        return record.pointee.flags & JSONNodeFlags.isTrue != 0
    }

    /// The UTF-8 of a string without escapes, or the text of a number; empty for other kinds.
    @inlinable
    public func textBytes(of node: JSONNode) -> UnsafeRawBufferPointer {
        let record = record(node)
        let kind = record.pointee.kind
        guard kind == JSONKind.string.rawValue || kind == JSONKind.number.rawValue else {
            return UnsafeRawBufferPointer(start: text, count: 0)
        }
        return UnsafeRawBufferPointer(
            start: text + Int(record.pointee.first), count: Int(record.pointee.last))
    }

    /// A string's UTF-8 without escapes, nil for other kinds.
    @inlinable
    public func stringBytes(of node: JSONNode) -> UnsafeRawBufferPointer? {
        kind(of: node) == .string ? textBytes(of: node) : nil
    }

    /// The string as a Swift string, nil for other kinds. Copies.
    public func string(of node: JSONNode) -> String? {
        guard let bytes = stringBytes(of: node) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the node is a string equal to `literal`.
    @inlinable
    public func isString(_ node: JSONNode, _ literal: StaticString) -> Bool {
        guard let bytes = stringBytes(of: node) else { return false }
        return Self.same(bytes, literal)
    }

    /// Whether a string or number, or a key, holds a byte above 0x7F; false may be relied on.
    @inlinable
    public func hasNonASCII(_ node: JSONNode) -> Bool {
        record(node).pointee.flags & JSONNodeFlags.nonASCII != 0
    }

    /// The text of a number as it was read or set, nil for other kinds.
    @inlinable
    public func numberBytes(of node: JSONNode) -> UnsafeRawBufferPointer? {
        kind(of: node) == .number ? textBytes(of: node) : nil
    }

    /// Whether a number has neither fraction nor exponent.
    @inlinable
    public func isInteger(_ node: JSONNode) -> Bool {
        let record = record(node)
        return record.pointee.kind == JSONKind.number.rawValue
            && record.pointee.flags & JSONNodeFlags.integer != 0
    }

    /// Value of a number without fraction and exponent that fits, else nil.
    public func int64(of node: JSONNode) -> Int64? {
        guard isInteger(node) else { return nil }
        return JSONNumber.int64(textBytes(of: node))
    }

    /// Value of a number without fraction and exponent that fits, else nil.
    public func uint64(of node: JSONNode) -> UInt64? {
        guard isInteger(node) else { return nil }
        return JSONNumber.uint64(textBytes(of: node))
    }

    /// Value of any number, correctly rounded; nil for other kinds. Infinite if out of range.
    public func double(of node: JSONNode) -> Double? {
        guard let bytes = numberBytes(of: node) else { return nil }
        return JSONNumber.double(bytes)
    }

    // MARK: Annotations

    /// A number of the user's that stays with the node; 0 = none. Parsing and copying set 0,
    /// changes of the node's value keep it.
    @inlinable
    public func annotation(of node: JSONNode) -> UInt32 {
        record(node).pointee.annotation
    }

    /// Sets the number of `annotation(of:)`.
    @inlinable
    public func setAnnotation(_ annotation: UInt32, of node: JSONNode) {
        guard node.exists else { return }
        record(node).pointee.annotation = annotation
    }

    @inlinable
    static func same(_ bytes: UnsafeRawBufferPointer, _ literal: StaticString) -> Bool {
        guard literal.hasPointerRepresentation, bytes.count == literal.utf8CodeUnitCount else {
            return false
        }
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return bytes.isEmpty }
        return JSONBytes.equal(base, literal.utf8Start, bytes.count)
    }
}

/// The children of a node, see `JSONDocument.children(of:)`.
@frozen
public struct JSONChildren: Sequence, IteratorProtocol {
    @usableFromInline let document: JSONDocument
    @usableFromInline var upcoming: JSONNode

    @inlinable
    init(document: JSONDocument, next: JSONNode) {
        self.document = document
        upcoming = next
    }

    /// The next child.
    @inlinable
    public mutating func next() -> JSONNode? {
        guard upcoming.exists else { return nil }
        let current = upcoming
        upcoming = document.next(after: current)
        return current
    }
}
