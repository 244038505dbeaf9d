/// The rules whose names start with `@`.
///
/// `@ip` is an alias of `@ip:replace` that keeps its own name in remarks; the same holds for the
/// other types with their default variant.
enum BuiltinRules {
    static let all: [String: PiiRule] = {
        var rules: [String: PiiRule] = [:]
        for type in types { type.add(to: &rules) }
        for (name, members) in groups {
            rules[name] = PiiRule(type: .multiple(rules: members, hideInner: false))
        }
        rules["@urlauth:legacy"] = PiiRule(
            type: .pattern(urlPasswordPattern, groups: [2]),
            redaction: .replace(text: PiiRedaction.filtered))
        rules["@cookies:filter"] = PiiRule(
            type: .cookies, redaction: .replace(text: PiiRedaction.filtered))
        // The reference pseudonymizes here although the name says mask.
        rules["@imei:mask"] = PiiRule(type: .imei, redaction: .hash)
        return rules
    }()

    /// The password of a URL's credentials; matched by `NetworkMatchers.urlPassword`.
    static let urlPasswordPattern =
        #"\b((?:[a-z0-9]+:)?//[a-zA-Z0-9%_.-]+:)([a-zA-Z0-9%_.-]+)@"#

    private static let groups: [(String, [String])] = [
        (
            "@common",
            [
                "@ip", "@email", "@creditcard", "@iban", "@pemkey", "@urlauth", "@userpath",
                "@password", "@usssn", "@bearer",
            ]
        ),
        (
            "@common:filter",
            [
                "@creditcard:filter", "@iban:filter", "@pemkey:filter", "@urlauth:legacy",
                "@password:filter", "@usssn:filter", "@bearer:filter",
            ]
        ),
    ]

    private struct Family {
        var name: String
        var type: PiiRuleType
        var replacement: String
        var defaultVariant: String
        var hasFilter: Bool

        func add(to rules: inout [String: PiiRule]) {
            rules["@\(name)"] = PiiRule(
                type: .alias(rule: "@\(name):\(defaultVariant)", hideInner: true))
            rules["@\(name):replace"] = PiiRule(
                type: type, redaction: .replace(text: replacement))
            rules["@\(name):mask"] = PiiRule(type: type, redaction: .mask)
            rules["@\(name):hash"] = PiiRule(type: type, redaction: .hash)
            rules["@\(name):remove"] = PiiRule(type: type, redaction: .remove)
            if hasFilter {
                rules["@\(name):filter"] = PiiRule(
                    type: type, redaction: .replace(text: PiiRedaction.filtered))
            }
        }
    }

    private static func family(
        _ name: String, _ type: PiiRuleType, _ replacement: String,
        defaultVariant: String = "replace", hasFilter: Bool = false
    ) -> Family {
        Family(
            name: name, type: type, replacement: replacement, defaultVariant: defaultVariant,
            hasFilter: hasFilter)
    }

    private static let types: [Family] = [
        family("anything", .anything, PiiRedaction.filtered, hasFilter: true),
        family("ip", .ip, "[ip]"),
        family("imei", .imei, "[imei]"),
        family("mac", .mac, "[mac]", defaultVariant: "mask"),
        family("uuid", .uuid, "[uuid]", defaultVariant: "mask"),
        family("email", .email, "[email]"),
        family("creditcard", .creditCard, "[creditcard]", hasFilter: true),
        family("iban", .iban, "[iban]", hasFilter: true),
        family("userpath", .userPath, "[user]"),
        family("pemkey", .pemKey, "[pemkey]", hasFilter: true),
        family("urlauth", .urlAuth, "[auth]"),
        family("usssn", .usSsn, "[us-ssn]", defaultVariant: "mask", hasFilter: true),
        family("bearer", .bearer, "Bearer [token]", hasFilter: true),
        family("password", .password, "[password]", defaultVariant: "remove", hasFilter: true),
    ]
}
