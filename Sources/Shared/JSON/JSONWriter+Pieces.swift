/// Writing without a tree: `beginObject`, `key`, values, `endObject`. Commas come by themselves;
/// that keys and values alternate is the caller's duty.
extension JSONWriter {
    /// `{`
    public func beginObject() { open(0x7B) }
    /// `}`
    public func endObject() { close(0x7D) }
    /// `[`
    public func beginArray() { open(0x5B) }
    /// `]`
    public func endArray() { close(0x5D) }

    /// A key and its colon.
    public func key(_ name: String) {
        string(name)
        append(0x3A)
    }

    /// A string.
    public func string(_ value: String) {
        var value = value
        value.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    /// A string given as UTF-8.
    public func string(_ bytes: UnsafeRawBufferPointer) {
        separate(bytes.count + 2)
        state.pointee.output.put(0x22)
        var start = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
            state.pointee.output.append(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            state.pointee.output.reserve(8)
            state.pointee.output.putEscape(byte)
            start = index + 1
        }
        state.pointee.output.append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        state.pointee.output.reserve(1)
        state.pointee.output.put(0x22)
        state.pointee.needsComma = true
    }

    /// A number.
    public func number(_ value: Int64) {
        separate(20)
        let target = state.pointee.output.base + count
        state.pointee.output.count += JSONNumber.write(value, to: target)
        state.pointee.needsComma = true
    }

    /// A number.
    public func number(_ value: UInt64) {
        separate(20)
        let target = state.pointee.output.base + count
        state.pointee.output.count += JSONNumber.write(value, to: target)
        state.pointee.needsComma = true
    }

    /// A number, or null if it is not finite.
    public func number(_ value: Double) {
        guard value.isFinite else { return null() }
        separate(JSONNumber.doubleBytesMax)
        let target = state.pointee.output.base + count
        state.pointee.output.count += JSONNumber.write(value, to: target)
        state.pointee.needsComma = true
    }

    /// A number with this text, or null if it is no JSON number.
    public func number(text: String) {
        var text = text
        text.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            if JSONNumber.grammar(bytes) == nil { null() } else { raw(bytes) }
        }
    }

    /// `true` or `false`.
    public func bool(_ value: Bool) {
        separate(8)
        if value {
            state.pointee.output.put(word: JSONOutput.true, length: 4)
        } else {
            state.pointee.output.put(word: JSONOutput.false, length: 5)
        }
        state.pointee.needsComma = true
    }

    /// `null`
    public func null() {
        separate(8)
        state.pointee.output.put(word: JSONOutput.null, length: 4)
        state.pointee.needsComma = true
    }

    /// A tree as a value among others; null if it cannot be written (`write(_:from:)` says why).
    public func tree(_ node: JSONNode, from document: JSONDocument) {
        separate(0)
        do throws(JSONError) {
            try write(node, from: document)
        } catch {
            state.pointee.needsComma = false
            null()
        }
    }

    /// A value that is JSON already.
    public func raw(_ bytes: UnsafeRawBufferPointer) {
        separate(bytes.count)
        state.pointee.output.append(bytes)
        state.pointee.needsComma = true
    }

    /// Bytes as they are, for what lies between JSON texts (a newline of an envelope).
    public func append(_ bytes: UnsafeRawBufferPointer) {
        state.pointee.output.append(bytes)
    }

    /// One byte as it is. The next value starts without a comma.
    public func append(_ byte: UInt8) {
        state.pointee.output.reserve(1)
        state.pointee.output.put(byte)
        state.pointee.needsComma = false
    }

    /// A line break before a value (with its comma) or a closing bracket; nothing for nil.
    func lineBreak(_ indent: Int?, isLast: Bool = false) {
        guard let indent else { return }
        if state.pointee.needsComma && !isLast { append(0x2C) }
        state.pointee.needsComma = false
        state.pointee.output.putLine(depth: indent)
    }

    private func open(_ bracket: UInt8) {
        separate(1)
        append(bracket)
    }

    private func close(_ bracket: UInt8) {
        append(bracket)
        state.pointee.needsComma = true
    }

    private func separate(_ more: Int) {
        state.pointee.output.reserve(more + 1)
        if state.pointee.needsComma { state.pointee.output.put(0x2C) }
    }
}
