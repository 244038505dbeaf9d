import JSON

/// Fractions as the messages of events show them, which is how Rust does.
enum FractionText {
    /// Without exponent, and whole numbers without a point: `1`, `-0`, `0.0000001`. At most 330 bytes.
    static func plain(_ value: Double) -> [UInt8] {
        guard value.isFinite else { return [] }
        if value == 0 { return sign(of: value) + [0x30] }
        let (digits, point) = JSONNumber.digits(of: value)
        if point <= 0 {
            return sign(of: value) + [0x30, 0x2E] + zeros(-point) + digits
        }
        if point >= digits.count {
            return sign(of: value) + digits + zeros(point - digits.count)
        }
        return sign(of: value) + digits[..<point] + [0x2E] + digits[point...]
    }

    /// With one digit before the point, and an exponent: `1.5e0`, `1e-7`.
    static func scientific(_ value: Double, exponentSign: UInt8) -> [UInt8] {
        guard value.isFinite else { return [] }
        if value == 0 { return sign(of: value) + [0x30, exponentSign, 0x30] }
        let (digits, point) = JSONNumber.digits(of: value)
        let rest = digits.count > 1 ? [0x2E] + digits[1...] : []
        return sign(of: value) + digits[..<1] + rest + [exponentSign] + String(point - 1).utf8
    }

    private static func sign(of value: Double) -> [UInt8] { value.sign == .minus ? [0x2D] : [] }

    private static func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0x30, count: count) }
}
