/// What a rule looks for.
public enum PiiRuleType: Equatable, Sendable {
    case anything
    /// A regular expression in Rust's syntax; `groups` are the groups that are redacted, nil = the
    /// whole match.
    case pattern(String, groups: [UInt8]?)
    case imei, mac, uuid, email, ip, creditCard, iban, userPath, pemKey, urlAuth, usSsn, bearer
    case password, cookies
    /// The value under a key that matches, or a string that contains a match.
    case redactPair(keyPattern: String)
    case multiple(rules: [String], hideInner: Bool)
    case alias(rule: String, hideInner: Bool)
    /// Accepted and without effect.
    case unknown
    /// A rule that cannot be read; it redacts everything, so that nothing leaks (fail closed).
    case unusable
}

/// How a match is redacted.
public enum PiiRedaction: Equatable, Sendable {
    case `default`
    case remove
    case replace(text: String)
    /// Every character becomes `*`.
    case mask
    /// HMAC-SHA1 with an empty key, upper-case hexadecimal.
    case hash
    /// A method that is not known: the match disappears without a remark, as in the reference.
    case other

    /// Text that `replace` puts in when the configuration gives none.
    static let filtered = "[Filtered]"
}

/// A named rule of a configuration.
public struct PiiRule: Equatable, Sendable {
    public var type: PiiRuleType
    public var redaction: PiiRedaction

    public init(type: PiiRuleType, redaction: PiiRedaction = .default) {
        self.type = type
        self.redaction = redaction
    }
}

/// Something in a configuration that cannot be used, and why.
public struct PiiProblem: Equatable, Sendable, CustomStringConvertible {
    /// Where: `rules.<name>`, `applications.<selector>`, or empty for the whole configuration.
    public var place: String
    public var reason: String

    public init(place: String, reason: String) {
        self.place = place
        self.reason = reason
    }

    public var description: String { place.isEmpty ? reason : "\(place): \(reason)" }
}
