import Glibc

/// The id of an event: a UUID that travels as 32 hexadecimal digits without hyphens.
public struct EventID: Hashable, Sendable, CustomStringConvertible {
    /// The first 16 digits.
    public let high: UInt64
    /// The last 16 digits.
    public let low: UInt64

    /// An id from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads a UUID in any of its textual forms: 32 digits, hyphenated, in braces, or `urn:uuid:`.
    public init?<Bytes: Collection>(bytes: Bytes) where Bytes.Element == UInt8 {
        var digits: [UInt8] = []
        digits.reserveCapacity(32)
        var rest = Array(bytes)
        guard rest.count <= 45 else { return nil }
        if rest.starts(with: "urn:uuid:".utf8) { rest.removeFirst(9) }
        if rest.first == UInt8(ascii: "{"), rest.last == UInt8(ascii: "}") {
            rest = Array(rest.dropFirst().dropLast())
        }
        if rest.count == 36 {
            for (position, byte) in rest.enumerated() {
                if position == 8 || position == 13 || position == 18 || position == 23 {
                    guard byte == UInt8(ascii: "-") else { return nil }
                } else {
                    digits.append(byte)
                }
            }
        } else {
            digits = rest
        }
        guard digits.count == 32,
            let high = Hexadecimal.word(digits.prefix(16)),
            let low = Hexadecimal.word(digits.suffix(16))
        else { return nil }
        self.init(high: high, low: low)
    }

    /// Reads a UUID in any of its textual forms.
    public init?(_ text: some StringProtocol) {
        self.init(bytes: Array(text.utf8))
    }

    /// A random (version 4) id.
    public static func random(using generator: inout some RandomNumberGenerator) -> EventID {
        let high = generator.next()
        return EventID(randomHigh: high, low: generator.next())
    }

    private init(randomHigh high: UInt64, low: UInt64) {
        self.init(
            high: high & 0xffff_ffff_ffff_0fff | 0x4000,
            low: low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000)
    }

    /// A random (version 4) id from the system's generator.
    public static func random() -> EventID {
        // The generator would make a system call for each half.
        var words = (UInt64(0), UInt64(0))
        guard getentropy(&words, 16) == 0 else {
            var generator = SystemRandomNumberGenerator()
            return random(using: &generator)
        }
        return EventID(randomHigh: words.0, low: words.1)
    }

    /// 32 lower-case digits, the form used in payloads and answers.
    public var description: String { Hexadecimal.text(high, low) }

    /// Lower-case digits in the groups 8-4-4-4-12.
    public var hyphenated: String {
        var text = Array(description.utf8)
        for position in [20, 16, 12, 8] { text.insert(UInt8(ascii: "-"), at: position) }
        return String(decoding: text, as: UTF8.self)
    }
}
