/// The one place where JSON is not YAML for libyaml: characters beyond the basic plane, which JSON
/// escapes as two halves (`\ud83d\ude00`). They become YAML's `\U0001F600`; lone halves become the
/// replacement character.
enum JsonEscapes {
    /// The text with pairs joined, unchanged unless it is a JSON object or list.
    static func joiningSurrogates(_ text: [UInt8]) -> [UInt8] {
        let first = text.first { !" \t\r\n".utf8.contains($0) }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return text }
        guard text.contains(UInt8(ascii: "\\")) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\") else {
                result.append(text[index])
                index += 1
                continue
            }
            if let high = unit(text, at: index), (0xd800...0xdfff).contains(high) {
                if high < 0xdc00, let low = unit(text, at: index + 6),
                    (0xdc00...0xdfff).contains(low)
                {
                    append(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00), to: &result)
                    index += 12
                } else {
                    append(0xfffd, to: &result)
                    index += 6
                }
                continue
            }
            result.append(text[index])
            if index + 1 < text.count { result.append(text[index + 1]) }
            index += 2
        }
        return result
    }

    /// The value of `\uXXXX` at an index.
    private static func unit(_ text: [UInt8], at index: Int) -> UInt32? {
        guard index + 6 <= text.count, text[index] == UInt8(ascii: "\\"),
            text[index + 1] == UInt8(ascii: "u")
        else { return nil }
        var value: UInt32 = 0
        for byte in text[(index + 2)..<(index + 6)] {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private static func append(_ scalar: UInt32, to result: inout [UInt8]) {
        let digits = String(scalar, radix: 16)
        result += Array("\\U".utf8)
        result += [UInt8](repeating: UInt8(ascii: "0"), count: 8 - digits.utf8.count)
        result += Array(digits.utf8)
    }
}
