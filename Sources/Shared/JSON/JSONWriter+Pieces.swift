import Glibc

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
        reserve(1)
        put(0x3A)
        needsComma = false
    }

    /// A string.
    public func string(_ value: String) {
        var value = value
        value.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    /// A string given as UTF-8.
    public func string(_ bytes: UnsafeRawBufferPointer) {
        separate(bytes.count + 2)
        put(0x22)
        var start = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
            append(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            reserve(8)
            putEscape(byte)
            start = index + 1
        }
        append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        reserve(1)
        put(0x22)
        needsComma = true
    }

    /// A number.
    public func number(_ value: Int64) {
        separate(20)
        count += JSONNumber.write(value, to: base + count)
        needsComma = true
    }

    /// A number.
    public func number(_ value: UInt64) {
        separate(20)
        count += JSONNumber.write(value, to: base + count)
        needsComma = true
    }

    /// A number, or null if it is not finite.
    public func number(_ value: Double) {
        guard value.isFinite else { return null() }
        separate(JSONNumber.doubleBytesMax)
        count += JSONNumber.write(value, to: base + count)
        needsComma = true
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
        separate(5)
        putLiteral(value ? "true" : "false")
        needsComma = true
    }

    /// `null`
    public func null() {
        separate(4)
        putLiteral("null")
        needsComma = true
    }

    /// A value that is JSON already.
    public func raw(_ bytes: UnsafeRawBufferPointer) {
        separate(bytes.count)
        append(bytes)
        needsComma = true
    }

    /// Bytes as they are, for what lies between JSON texts (a newline of an envelope).
    public func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        memcpy(base + count, start, bytes.count)
        count += bytes.count
    }

    /// One byte as it is. The next value starts without a comma.
    public func append(_ byte: UInt8) {
        reserve(1)
        put(byte)
        needsComma = false
    }

    /// A line break before a value (with its comma) or a closing bracket; nothing for nil.
    func lineBreak(_ indent: Int?, isLast: Bool = false) {
        guard let indent else { return }
        reserve(indent * 2 + 2)
        if needsComma && !isLast { put(0x2C) }
        needsComma = false
        put(0x0A)
        memset(base + count, 0x20, indent * 2)
        count += indent * 2
    }

    private func open(_ bracket: UInt8) {
        separate(1)
        put(bracket)
        needsComma = false
    }

    private func close(_ bracket: UInt8) {
        reserve(1)
        put(bracket)
        needsComma = true
    }

    private func separate(_ more: Int) {
        reserve(more + 1)
        if needsComma { put(0x2C) }
    }
}
