import JSON

/// Why a rule cannot be read, in serde's words.
struct PiiRuleError: Error {
    var reason: String
}

/// Reads one rule of a configuration.
enum PiiRuleReader {
    static func read(_ value: JSONValue) throws(PiiRuleError) -> PiiRule {
        guard case .object = value else {
            throw PiiRuleError(
                reason: "invalid type: \(value.serdeName), expected struct RuleSpec")
        }
        guard let type = value["type"] else { throw PiiRuleError(reason: "missing field `type`") }
        guard let name = type.stringValue else {
            throw PiiRuleError(
                reason: "invalid type: \(type.serdeName), expected variant identifier")
        }
        return PiiRule(type: try readType(name, value), redaction: try readRedaction(value))
    }

    private static let plainTypes: [(String, PiiRuleType)] = [
        ("anything", .anything), ("imei", .imei), ("mac", .mac), ("uuid", .uuid),
        ("email", .email), ("ip", .ip), ("creditcard", .creditCard), ("iban", .iban),
        ("userpath", .userPath), ("pemkey", .pemKey), ("url_auth", .urlAuth),
        ("us_ssn", .usSsn), ("bearer", .bearer), ("password", .password), ("cookies", .cookies),
        ("unknown", .unknown),
    ]

    private static let typeNames = """
        `anything`, `pattern`, `imei`, `mac`, `uuid`, `email`, `ip`, `creditcard`, `iban`, \
        `userpath`, `pemkey`, `url_auth`, `us_ssn`, `bearer`, `password`, `cookies`, \
        `redactPair`, `redact_pair`, `multiple`, `alias`, `unknown`
        """

    private static func readType(
        _ name: String, _ rule: JSONValue
    ) throws(PiiRuleError) -> PiiRuleType {
        for (known, type) in plainTypes where known == name { return type }
        switch name {
        case "pattern":
            let pattern = try string("pattern", of: rule)
            return .pattern(pattern, groups: try readGroups(rule))
        case "redact_pair", "redactPair":
            return .redactPair(keyPattern: try string("keyPattern", of: rule))
        case "multiple":
            guard let list = rule["rules"] else {
                throw PiiRuleError(reason: "missing field `rules`")
            }
            guard let elements = list.arrayValue else {
                throw PiiRuleError(
                    reason: "invalid type: \(list.serdeName), expected a sequence")
            }
            var names: [String] = []
            for element in elements { names.append(try string(element)) }
            return .multiple(rules: names, hideInner: try readHideInner(rule))
        case "alias":
            let target = try string("rule", of: rule)
            return .alias(rule: target, hideInner: try readHideInner(rule))
        default:
            throw PiiRuleError(reason: "unknown variant `\(name)`, expected one of \(typeNames)")
        }
    }

    private static func readRedaction(_ rule: JSONValue) throws(PiiRuleError) -> PiiRedaction {
        guard let redaction = rule["redaction"] else { return .default }
        guard case .object = redaction else {
            throw PiiRuleError(
                reason: "invalid type: \(redaction.serdeName), expected enum Redaction")
        }
        guard let method = redaction["method"] else {
            throw PiiRuleError(reason: "missing field `method`")
        }
        guard let name = method.stringValue else {
            throw PiiRuleError(
                reason: "invalid type: \(method.serdeName), expected variant identifier")
        }
        switch name {
        case "default": return .default
        case "remove": return .remove
        case "mask": return .mask
        case "hash": return .hash
        case "replace":
            guard let text = redaction["text"] else {
                return .replace(text: PiiRedaction.filtered)
            }
            return .replace(text: try string(text))
        default: return .other
        }
    }

    private static func readGroups(_ rule: JSONValue) throws(PiiRuleError) -> [UInt8]? {
        guard let list = rule["replaceGroups"], !list.isNull else { return nil }
        guard let elements = list.arrayValue else {
            throw PiiRuleError(reason: "invalid type: \(list.serdeName), expected a sequence")
        }
        var groups: [UInt8] = []
        for element in elements {
            guard case .number(let text) = element else {
                throw PiiRuleError(reason: "invalid type: \(element.serdeName), expected u8")
            }
            guard let group = UInt8(text) else {
                throw PiiRuleError(reason: "invalid value: \(element.serdeName), expected u8")
            }
            groups.append(group)
        }
        return groups
    }

    private static func readHideInner(_ rule: JSONValue) throws(PiiRuleError) -> Bool {
        guard let value = rule["hideInner"] else { return false }
        guard let flag = value.boolValue else {
            throw PiiRuleError(reason: "invalid type: \(value.serdeName), expected a boolean")
        }
        return flag
    }

    private static func string(
        _ field: String, of rule: JSONValue
    ) throws(PiiRuleError) -> String {
        guard let value = rule[field] else {
            throw PiiRuleError(reason: "missing field `\(field)`")
        }
        return try string(value)
    }

    private static func string(_ value: JSONValue) throws(PiiRuleError) -> String {
        guard let text = value.stringValue else {
            throw PiiRuleError(reason: "invalid type: \(value.serdeName), expected a string")
        }
        return text
    }
}
