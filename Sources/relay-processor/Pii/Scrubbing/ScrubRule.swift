/// What a compiled rule looks for.
enum ScrubRuleKind: UInt8 {
    case anything
    case ip, imei, mac, uuid, email, creditCard, iban, userPath, pemKey, urlAuth, urlPassword
    case usSsn, bearer, password, cookies
    /// A regular expression of the configuration.
    case pattern
    /// A regular expression for keys, and for texts that contain it.
    case redactPair

    /// What a text must have for the rule to find anything in it.
    var traits: TextTraits {
        switch self {
        case .anything, .pattern, .redactPair: .always
        case .ip: [.ipv4, .ipv6]
        case .imei: .imei
        case .mac: .mac
        case .uuid: .uuid
        case .email: .email
        case .creditCard: .creditCard
        case .iban: .iban
        case .userPath: .userPath
        case .pemKey: .pemKey
        case .urlAuth, .urlPassword: .urlAuth
        case .usSsn: .usSsn
        case .bearer: .bearer
        case .password: [.bearer, .secretName]
        case .cookies: .cookies
        }
    }

    /// Whether the rule looks at keys.
    var looksAtKeys: Bool { self == .password || self == .redactPair || self == .cookies }
}

/// How a compiled rule redacts.
enum ScrubMethod: UInt8 {
    case remove, replace, mask, hash, drop
}

/// One rule of a program, resolved: aliases and multiple rules are gone, names are numbers.
struct ScrubRule {
    var kind: ScrubRuleKind
    var method: ScrubMethod
    /// Index of the name that remarks carry, in `ScrubProgram.names`.
    var name: Int32
    /// Index of the replacement, in `ScrubProgram.texts`; -1 without.
    var text: Int32
    /// Index in `ScrubProgram.patterns`; -1 without.
    var pattern: Int32

    /// `remove` and rules without a redaction delete a value found by its key.
    var redactsChunks: Bool { method != .remove }
}

/// A regular expression of a program.
struct ScrubPattern {
    enum Matcher {
        case literals(LiteralSet)
        case regex(UserPattern)
        /// The pattern cannot be compiled: everything matches.
        case everything
    }

    var matcher: Matcher
    /// As the configuration has it.
    var text: String
    var isCaseInsensitive: Bool
    /// Groups that are redacted, nil = the whole match.
    var groups: [UInt8]?

    func matches(_ text: ScannedText, isASCII: Bool) -> Bool {
        switch matcher {
        case .literals(let set): set.matches(text)
        case .regex(let regex): regex.matches(text, isASCII: isASCII)
        case .everything: true
        }
    }
}
