/// Escapes of JSON strings, for headers.
enum JSONTextString {
    /// Bytes of the escape sequence at `position`, or 0 when it is none.
    static func escapeLength(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int {
        guard position + 1 < bytes.count else { return 0 }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            return codeUnit(bytes, at: position) == nil ? 0 : 6
        default:
            return 0
        }
    }

    private static func codeUnit(
        _ bytes: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> UInt16? {
        guard position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for offset in 2..<6 {
            guard let nibble = Hexadecimal.value(of: bytes[position + offset]) else { return nil }
            unit = unit << 4 | UInt16(nibble)
        }
        return unit
    }

    /// The text of a string whose escapes were checked before. Lone surrogates become U+FFFD.
    static func unescape(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count else {
                text.append(bytes[position])
                position += 1
                continue
            }
            switch bytes[position + 1] {
            case UInt8(ascii: "u"):
                position += appendScalar(bytes, at: position, to: &text)
                continue
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0c)
            case UInt8(ascii: "n"): text.append(0x0a)
            case UInt8(ascii: "r"): text.append(0x0d)
            case UInt8(ascii: "t"): text.append(0x09)
            case let other: text.append(other)
            }
            position += 2
        }
        return text
    }

    private static func appendScalar(
        _ bytes: UnsafeBufferPointer<UInt8>, at position: Int, to text: inout [UInt8]
    ) -> Int {
        guard let first = codeUnit(bytes, at: position) else {
            text.append(bytes[position])
            return 1
        }
        var value = UInt32(first)
        var length = 6
        if first & 0xfc00 == 0xd800, let second = codeUnit(bytes, at: position + 6),
            second & 0xfc00 == 0xdc00
        {
            value = 0x10000 + (UInt32(first & 0x3ff) << 10 | UInt32(second & 0x3ff))
            length = 12
        }
        let scalar = Unicode.Scalar(value) ?? "\u{fffd}"
        text.append(contentsOf: String(Character(scalar)).utf8)
        return length
    }

    /// Appends a quoted and escaped string.
    static func append(_ string: String, to text: inout [UInt8]) {
        var string = string
        text.append(UInt8(ascii: "\""))
        string.withUTF8 { bytes in
            var start = 0
            for position in bytes.indices where needsEscape(bytes[position]) {
                text.append(contentsOf: bytes[start..<position])
                appendEscape(of: bytes[position], to: &text)
                start = position + 1
            }
            text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
        }
        text.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7f
    }

    private static func appendEscape(of byte: UInt8, to text: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            text.append(UInt8(ascii: "\\"))
            text.append(byte)
        case 0x0a: text.append(contentsOf: "\\n".utf8)
        case 0x0d: text.append(contentsOf: "\\r".utf8)
        case 0x09: text.append(contentsOf: "\\t".utf8)
        default:
            text.append(contentsOf: "\\u00".utf8)
            for nibble in [byte >> 4, byte & 15] {
                let base = nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10
                text.append(base + nibble)
            }
        }
    }
}
