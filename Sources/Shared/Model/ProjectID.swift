/// The number of a project, as it stands in the path of a request.
public struct ProjectID: Hashable, Sendable, CustomStringConvertible {
    /// The number itself; never zero in Sentry, but zero is not refused here.
    public let rawValue: UInt64

    /// Wraps a number.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Reads decimal digits; nil for anything else or beyond 64 bits.
    public init?<Bytes: Collection>(bytes: Bytes) where Bytes.Element == UInt8 {
        guard !bytes.isEmpty, bytes.count <= 20 else { return nil }
        var value: UInt64 = 0
        for digit in bytes {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = shifted.addingReportingOverflow(UInt64(digit &- UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        self.init(rawValue: value)
    }

    /// Reads decimal digits; nil for anything else or beyond 64 bits.
    public init?(_ text: some StringProtocol) {
        self.init(bytes: Array(text.utf8))
    }

    /// Decimal digits.
    public var description: String { String(rawValue) }
}
