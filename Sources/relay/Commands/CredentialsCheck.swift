import Config
import Signing

/// Whether credentials can be used, beyond their shape.
enum CredentialsCheck {
    static let missing =
        "relay has no credentials, which are required in managed mode. Generate some with"
        + " \"relay credentials generate\" first."

    /// Credentials whose halves belong together.
    static func require(_ credentials: Credentials?) throws(CommandError) {
        guard let credentials else { throw CommandError(missing) }
        if let problem = problem(credentials) { throw CommandError(problem) }
    }

    /// What is wrong with credentials; nil when they can be used.
    static func problem(_ credentials: Credentials) -> String? {
        guard let key = SigningKey(credentials.secretKey) else {
            return "the secret key is no Ed25519 key"
        }
        return key.publicKey.base64URL == credentials.publicKey
            ? nil : "the public key does not belong to the secret key"
    }
}
