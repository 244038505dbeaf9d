import Crypto
import Model

/// Why a signature is not accepted.
public enum SignatureError: Error, Hashable, Sendable {
    /// Not of the form `base64url.base64url`, or its header is no JSON object.
    case malformed
    /// Made with another key or over other bytes.
    case mismatch
    /// The header states no time, so the message could be replayed for ever.
    case missingTimestamp
    /// Older than allowed.
    case expired(ageSeconds: Int64)
    /// From further in the future than clocks may differ.
    case inFuture(aheadSeconds: Int64)
}

/// How far the time of a signature may be from ours.
public struct SignatureWindow: Hashable, Sendable {
    /// Seconds a signature stays valid.
    public var pastSeconds: Int64
    /// Seconds the signer's clock may be ahead.
    public var futureSeconds: Int64

    /// Five minutes back, one ahead.
    public init(pastSeconds: Int64 = 300, futureSeconds: Int64 = 60) {
        self.pastSeconds = pastSeconds
        self.futureSeconds = futureSeconds
    }
}

/// The public half of a relay's Ed25519 key.
public struct VerifyingKey: Hashable, Sendable {
    private let bytes: [UInt8]

    init(_ key: Curve25519.Signing.PublicKey) {
        bytes = Array(key.rawRepresentation)
    }

    /// Reads 32 bytes in base64url without padding; nil for anything else.
    public init?(_ text: String) {
        guard let bytes = Base64URL.decode(text, bytesMax: 32), bytes.count == 32 else {
            return nil
        }
        self.bytes = bytes
    }

    /// 43 characters, base64url without padding.
    public var base64URL: String { Base64URL.encode(bytes) }

    /// Checks `X-Sentry-Relay-Signature` against a body and returns the time it states.
    /// - Parameter window: how old the signature may be; there is no way to accept one without a
    ///   time.
    @discardableResult
    public func verify(
        _ signature: String, body: [UInt8], now: WallTime, window: SignatureWindow = .init()
    ) throws(SignatureError) -> WallTime {
        // A header of ours has 37 bytes; anything near this bound is not a header.
        guard signature.utf8.count <= 4096 else { throw .malformed }
        let parts = signature.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2,
            let raw = Base64URL.decode(parts[0], bytesMax: 64), raw.count == 64,
            let header = Base64URL.decode(parts[1], bytesMax: 3072)
        else { throw .malformed }
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes),
            key.isValidSignature(raw, for: SigningKey.message(header, body))
        else { throw .mismatch }
        let time: WallTime
        switch SignatureHeader.time(in: header) {
        case .time(let stated): time = stated
        case .absent: throw .missingTimestamp
        case .malformed: throw .malformed
        }
        // Both are within the years 0 to 9999: the difference cannot overflow.
        let ageMicroseconds = now.microseconds - time.microseconds
        if ageMicroseconds > window.pastSeconds * 1_000_000 {
            throw .expired(ageSeconds: ageMicroseconds / 1_000_000)
        }
        if -ageMicroseconds > window.futureSeconds * 1_000_000 {
            throw .inFuture(aheadSeconds: -ageMicroseconds / 1_000_000)
        }
        return time
    }
}
