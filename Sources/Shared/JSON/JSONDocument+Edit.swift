import Glibc

/// Changes of a single node's value. Edits of `.none` do nothing.
extension JSONDocument {
    // MARK: New nodes (detached; `.none` when the limit is reached)

    /// A new null.
    public func makeNull() -> JSONNode { make(.null) }
    /// A new bool.
    public func makeBool(_ value: Bool) -> JSONNode {
        let node = make(.null)
        setBool(node, value)
        return node
    }
    /// A new empty array.
    public func makeArray() -> JSONNode { make(.array) }
    /// A new empty object.
    public func makeObject() -> JSONNode { make(.object) }

    /// A new string.
    public func makeString(_ value: String) -> JSONNode {
        let node = make(.null)
        setString(node, value)
        return node
    }

    /// A new string; the bytes must be UTF-8.
    public func makeString(_ bytes: UnsafeRawBufferPointer) -> JSONNode {
        let node = make(.null)
        setString(node, bytes)
        return node
    }

    /// A new number.
    public func makeNumber(_ value: Int64) -> JSONNode {
        let node = make(.null)
        setNumber(node, value)
        return node
    }

    /// A new number.
    public func makeNumber(_ value: UInt64) -> JSONNode {
        let node = make(.null)
        setNumber(node, value)
        return node
    }

    /// A new number; null if the value is not finite.
    public func makeNumber(_ value: Double) -> JSONNode {
        let node = make(.null)
        setNumber(node, value)
        return node
    }

    func make(_ kind: JSONKind) -> JSONNode {
        guard state.pointee.nodeCount < nodeEnd else {
            exhaust(.nodesExceeded)
            return .none
        }
        let node = JSONNode(index: state.pointee.nodeCount)
        state.pointee.nodeCount &+= 1
        nodes[Int(node.index)] = JSONNodeRecord(kind: kind)
        return node
    }

    // MARK: Values

    /// Makes the node null.
    public func setNull(_ node: JSONNode) { setValue(node, .null) }
    /// Makes the node a bool.
    public func setBool(_ node: JSONNode, _ value: Bool) {
        setValue(node, .bool, flags: value ? JSONNodeFlags.isTrue : 0)
    }
    /// Makes the node an empty array.
    public func setEmptyArray(_ node: JSONNode) { setValue(node, .array) }
    /// Makes the node an empty object.
    public func setEmptyObject(_ node: JSONNode) { setValue(node, .object) }

    /// Makes the node a number.
    public func setNumber(_ node: JSONNode, _ value: Int64) {
        setText(
            node, .number, flags: JSONNodeFlags.integer,
            addText(byteCountMax: 20) { JSONNumber.write(value, to: $0) })
    }

    /// Makes the node a number.
    public func setNumber(_ node: JSONNode, _ value: UInt64) {
        setText(
            node, .number, flags: JSONNodeFlags.integer,
            addText(byteCountMax: 20) { JSONNumber.write(value, to: $0) })
    }

    /// Makes the node a number, written with the fewest digits that read back the same (as
    /// serde_json does, `JSONNumber.write`). NaN and infinities become null.
    public func setNumber(_ node: JSONNode, _ value: Double) {
        guard value.isFinite else { return setNull(node) }
        setText(
            node, .number, flags: 0,
            addText(byteCountMax: JSONNumber.doubleBytesMax) { JSONNumber.write(value, to: $0) })
    }

    /// Makes the node a number with this text. False, and no change, if it is no JSON number.
    @discardableResult
    public func setNumber(_ node: JSONNode, text bytes: UnsafeRawBufferPointer) -> Bool {
        guard let isInteger = JSONNumber.grammar(bytes) else { return false }
        setText(node, .number, flags: isInteger ? JSONNodeFlags.integer : 0, addText(bytes))
        return true
    }

    /// Makes the node a string. The bytes must be UTF-8 without escapes; they are copied and may be
    /// a slice of this document.
    public func setString(_ node: JSONNode, _ bytes: UnsafeRawBufferPointer) {
        setText(
            node, .string, flags: JSONNodeFlags.mayNeedEscape | JSONNodeFlags.nonASCII,
            addText(bytes))
    }

    /// Makes the node a string.
    public func setString(_ node: JSONNode, _ value: String) {
        var value = value
        value.withUTF8 { setString(node, UnsafeRawBufferPointer($0)) }
    }

    /// Makes the node the string that `fill` writes to a buffer of `byteCountMax` bytes; it answers
    /// the bytes written, which must be UTF-8. For building a text without a copy.
    public func setString(
        _ node: JSONNode, byteCountMax: Int,
        fill: (UnsafeMutableRawBufferPointer) -> Int
    ) {
        setText(
            node, .string, flags: JSONNodeFlags.mayNeedEscape | JSONNodeFlags.nonASCII,
            addText(byteCountMax: byteCountMax) { start in
                fill(UnsafeMutableRawBufferPointer(start: start, count: byteCountMax))
            })
    }

    /// Narrows a string to some of its bytes without a copy. The caller keeps sequences whole; a
    /// range outside the string is cut to it.
    public func narrowString(_ node: JSONNode, to range: Range<Int>) {
        let record = record(node)
        guard record.pointee.kind == JSONKind.string.rawValue else { return }
        let count = Int(record.pointee.last)
        let lower = min(max(range.lowerBound, 0), count)
        let upper = min(max(range.upperBound, lower), count)
        record.pointee.first &+= UInt32(truncatingIfNeeded: lower)
        record.pointee.last = UInt32(truncatingIfNeeded: upper - lower)
    }

    // MARK: Keys

    /// Gives the node a known key. Does not look for duplicates among its siblings.
    public func setKey(_ node: JSONNode, _ key: JSONKeyID) {
        guard node.exists, Int(key.rawValue) < keys.spans.count else { return }
        let span = keys.spans[Int(key.rawValue)]
        let record = record(node)
        record.pointee.key = key.rawValue
        record.pointee.keyOffset = span.offset
        record.pointee.keyLength = span.length
        record.pointee.flags |= JSONNodeFlags.keyMayNeedEscape
    }

    /// Gives the node a key (UTF-8 without escapes).
    public func setKey(_ node: JSONNode, _ key: UnsafeRawBufferPointer) {
        guard node.exists else { return }
        let id = keys.id(of: key)
        if id != .unknown { return setKey(node, id) }
        guard let slice = addText(key) else { return }
        let record = record(node)
        record.pointee.key = 0
        record.pointee.keyOffset = slice.offset
        record.pointee.keyLength = slice.length
        record.pointee.flags |= JSONNodeFlags.keyMayNeedEscape
    }

    /// Gives the node a key.
    public func setKey(_ node: JSONNode, _ key: String) {
        var key = key
        key.withUTF8 { setKey(node, UnsafeRawBufferPointer($0)) }
    }

    // MARK: Text

    struct TextSlice {
        var offset: UInt32
        var length: UInt32
    }

    /// Copies bytes behind the text; nil when there is no room.
    func addText(_ bytes: UnsafeRawBufferPointer) -> TextSlice? {
        addText(byteCountMax: bytes.count) { target in
            if let source = bytes.baseAddress, !bytes.isEmpty {
                memmove(target, source, bytes.count)
            }
            return bytes.count
        }
    }

    func addText(
        byteCountMax: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Int
    ) -> TextSlice? {
        guard byteCountMax >= 0, byteCountMax <= textEnd - state.pointee.textCount else {
            exhaust(.editTextExceeded)
            return nil
        }
        let written = min(max(fill(text + state.pointee.textCount), 0), byteCountMax)
        let slice = TextSlice(
            offset: UInt32(truncatingIfNeeded: state.pointee.textCount),
            length: UInt32(truncatingIfNeeded: written))
        state.pointee.textCount += written
        return slice
    }

    /// Sets a value with text; without room for the text the node becomes null, never keeps what
    /// it held (it may have been personal data that had to go).
    private func setText(_ node: JSONNode, _ kind: JSONKind, flags: UInt8, _ slice: TextSlice?) {
        guard let slice else { return setNull(node) }
        setValue(node, kind, flags: flags, first: slice.offset, last: slice.length)
    }

    private func setValue(
        _ node: JSONNode, _ kind: JSONKind, flags: UInt8 = 0, first: UInt32 = 0, last: UInt32 = 0
    ) {
        guard node.exists else { return }
        let record = record(node)
        record.pointee.kind = kind.rawValue
        record.pointee.flags = record.pointee.flags & JSONNodeFlags.placeMask | flags
        record.pointee.first = first
        record.pointee.last = last
        record.pointee.count = 0
    }
}
