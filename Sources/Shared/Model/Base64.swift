/// Base64 in its two alphabets (RFC 4648), without and with padding.
public enum Base64 {
    /// Which 64 characters.
    public enum Alphabet: Sendable {
        /// `+` and `/`, padded when encoding.
        case standard
        /// `-` and `_`, never padded when encoding.
        case urlSafe
    }

    /// Characters that stand for the bytes.
    public static func encode(
        _ bytes: some Collection<UInt8>, alphabet: Alphabet = .standard
    ) -> String {
        let characters = alphabet == .standard ? standardCharacters : urlSafeCharacters
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var accumulator: UInt32 = 0
        var bits = 0
        for byte in bytes {
            accumulator = accumulator << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(characters[Int(accumulator >> UInt32(bits) & 63)])
            }
        }
        if bits > 0 { text.append(characters[Int(accumulator << UInt32(6 - bits) & 63)]) }
        if alphabet == .standard {
            while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text in either alphabet, padded or not; nil for any other character, white
    /// space included, and for lengths no encoding has. Bits beyond the last byte are ignored.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        text.withContiguousStorageIfAvailable { decoded($0) }
            ?? Array(text).withUnsafeBufferPointer {
                decoded($0)
            }
    }

    /// Not generic, so that every caller gets the fast loop.
    private static func decoded(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        let values = values
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 3)
        var accumulator: UInt32 = 0
        var bits = 0
        var digits = 0
        var padding = 0
        for character in text {
            if character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            let value = values[Int(character)]
            guard padding == 0, value < 64 else { return nil }
            digits += 1
            accumulator = accumulator << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
            }
        }
        guard digits % 4 != 1, padding == 0 || (digits + padding) % 4 == 0, padding <= 2 else {
            return nil
        }
        return bytes
    }

    /// The bytes of a text in either alphabet.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        decode(Array(text.utf8))
    }

    private static let standardCharacters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlSafeCharacters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for alphabet in [standardCharacters, urlSafeCharacters] {
            for (value, character) in alphabet.enumerated() {
                values[Int(character)] = UInt8(value)
            }
        }
        return values
    }()
}
