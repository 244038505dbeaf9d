/// The public key of a DSN: 32 hexadecimal digits. It identifies a client's project; it does not
/// authenticate anybody.
public struct ProjectKey: Hashable, Sendable, CustomStringConvertible {
    /// The first 16 digits.
    public let high: UInt64
    /// The last 16 digits.
    public let low: UInt64

    /// A key from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 32 hexadecimal digits of either case; nil for anything else.
    public init?<Bytes: RandomAccessCollection>(bytes: Bytes) where Bytes.Element == UInt8 {
        guard bytes.count == 32,
            let high = Hexadecimal.word(bytes.prefix(16)),
            let low = Hexadecimal.word(bytes.suffix(16))
        else { return nil }
        self.init(high: high, low: low)
    }

    /// Reads 32 hexadecimal digits of either case; nil for anything else.
    public init?(_ text: some StringProtocol) {
        var text = String(text)
        guard let key = text.withUTF8({ ProjectKey(bytes: $0) }) else { return nil }
        self = key
    }

    /// 32 lower-case digits.
    public var description: String { Hexadecimal.text(high, low) }
}
