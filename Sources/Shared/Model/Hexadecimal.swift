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

    /// The 32 lower-case digits of two words.
    static func text(_ high: UInt64, _ low: UInt64) -> String {
        String(unsafeUninitializedCapacity: 32) { digits in
            for position in 0..<32 {
                let word = position < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - position % 16 * 4)) & 15
                let base = nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10
                digits[position] = base &+ nibble
            }
            return 32
        }
    }
}
