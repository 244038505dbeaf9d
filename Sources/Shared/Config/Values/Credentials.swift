/// Who this relay is towards its upstream (`credentials.json`).
///
/// The shape of the parts is checked here; whether the public key belongs to the secret one is
/// `Signing`'s to say.
public struct Credentials: Hashable, Sendable {
    /// Base64url without padding: a seed of 32 bytes (43 characters), or the pair of 64 bytes.
    public var secretKey: String
    /// Base64url without padding, 32 bytes.
    public var publicKey: String
    /// Hyphenated UUID in lower case.
    public var id: String

    /// Credentials of checked parts.
    public init(secretKey: String, publicKey: String, id: String) {
        self.secretKey = secretKey
        self.publicKey = publicKey
        self.id = id
    }

    /// Name of the file in the configuration folder.
    public static let fileName = "credentials.json"

    /// What is wrong with a secret key; nil when its shape is right.
    public static func problem(secretKey: String) -> String? {
        let length = base64URLByteCount(secretKey)
        return length == 32 || length == 64
            ? nil : "is no secret key: must be 43 or 86 characters of base64url"
    }

    /// What is wrong with a public key; nil when its shape is right.
    public static func problem(publicKey: String) -> String? {
        base64URLByteCount(publicKey) == 32
            ? nil : "is no public key: must be 43 characters of base64url"
    }

    /// The usual form of a relay id; nil when the text is no UUID.
    public static func normalizedID(_ text: some StringProtocol) -> String? {
        let lowered = text.lowercased()
        let digits = lowered.utf8.filter { $0 != UInt8(ascii: "-") }
        guard digits.count == 32,
            digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        var id: [UInt8] = []
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { id.append(UInt8(ascii: "-")) }
            id.append(digit)
        }
        let hyphenated = String(decoding: id, as: UTF8.self)
        return lowered.utf8.count == 32 || lowered == hyphenated ? hyphenated : nil
    }

    /// Bytes that a base64url text without padding stands for; nil for anything else.
    static func base64URLByteCount(_ text: String) -> Int? {
        let bytes = text.utf8
        let isAlphabet = bytes.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_")
        }
        return isAlphabet && bytes.count % 4 != 1 ? bytes.count * 3 / 4 : nil
    }

    /// The file's text: pretty-printed JSON and a newline.
    public var json: String {
        """
        {
          "secret_key": "\(secretKey)",
          "public_key": "\(publicKey)",
          "id": "\(id)"
        }

        """
    }
}
