import Crypto
import Model

/// Why nothing could be signed.
public enum SigningError: Error, Hashable, Sendable {
    /// The crypto library failed; not caused by the message.
    case libraryFailed
}

/// A relay's secret: an Ed25519 key (RFC 8032). Never logged, never described.
public struct SigningKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    private let key: Curve25519.Signing.PrivateKey

    private init(_ key: Curve25519.Signing.PrivateKey) {
        self.key = key
    }

    /// A new random key.
    public static func generate() -> SigningKey {
        SigningKey(Curve25519.Signing.PrivateKey())
    }

    /// Reads base64url text without padding: the 32-byte seed (43 characters), or the 64-byte pair of
    /// seed and public key (86 characters), whose halves must belong together. Nil for anything else.
    public init?(_ text: String) {
        guard let bytes = Base64URL.decode(text, bytesMax: 64),
            bytes.count == 32 || bytes.count == 64,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.prefix(32))
        else { return nil }
        if bytes.count == 64, Array(key.publicKey.rawRepresentation) != Array(bytes[32...]) {
            return nil
        }
        self.key = key
    }

    /// The seed in base64url without padding, 43 characters: the form of `credentials.json`.
    public var base64URL: String { Base64URL.encode(Array(key.rawRepresentation)) }

    /// The key that others verify with.
    public var publicKey: VerifyingKey { VerifyingKey(key.publicKey) }

    /// Signs a body for `X-Sentry-Relay-Signature`: `base64url(signature).base64url(header)`, where
    /// the header is `{"t":"<RFC 3339>"}` and the signature covers header, a zero byte, and body.
    public func signature(of body: [UInt8], at time: WallTime) throws(SigningError) -> String {
        let header = Array("{\"t\":\"\(time.rfc3339(fraction: .automatic))\"}".utf8)
        do {
            let signature = try key.signature(for: Self.message(header, body))
            return Base64URL.encode(Array(signature)) + "." + Base64URL.encode(header)
        } catch {
            throw .libraryFailed
        }
    }

    /// What is signed.
    static func message(_ header: [UInt8], _ body: [UInt8]) -> [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(header.count + 1 + body.count)
        message.append(contentsOf: header)
        message.append(0)
        message.append(contentsOf: body)
        return message
    }

    /// Never the secret.
    public var description: String { "SigningKey(public: \(publicKey.base64URL))" }

    /// Never the secret.
    public var debugDescription: String { description }
}
