/// Hexadecimal digits of the identifiers that travel as text (project keys, event ids).
enum Hexadecimal {
    /// Value of one hexadecimal digit of either case, or nil.
    @inline(__always)
    static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return digit &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): return digit &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): return digit &- UInt8(ascii: "A") &+ 10
        default: return nil
        }
    }

    /// Reads exactly 16 hexadecimal digits, most significant first.
    static func word<Bytes: Collection>(_ digits: Bytes) -> UInt64? where Bytes.Element == UInt8 {
        guard digits.count == 16 else { return nil }
        var word: UInt64 = 0
        for digit in digits {
            guard let nibble = value(of: digit) else { return nil }
            word = word << 4 | UInt64(nibble)
        }
        return word
    }

    /// The 16 lower-case digits of a word.
    static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        var shift = 60
        while shift >= 0 {
            let nibble = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 15
            bytes.append(
                nibble < 10 ? UInt8(ascii: "0") &+ nibble : UInt8(ascii: "a") &+ nibble &- 10)
            shift -= 4
        }
    }
}
