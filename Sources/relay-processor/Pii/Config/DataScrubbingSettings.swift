import JSON

/// A project's `datascrubbingSettings`, the switches from before `piiConfig`.
public struct DataScrubbingSettings: Equatable, Sendable {
    /// Names of fields that are never scrubbed; a selector is allowed too.
    public var excludeFields: [String] = []
    /// Master switch for everything but IP addresses.
    public var scrubData = false
    public var scrubIPAddresses = false
    /// Names of more fields whose values are secret.
    public var sensitiveFields: [String] = []
    /// Whether the default rules apply (with `scrubData`).
    public var scrubDefaults = false
    /// What could not be read.
    public private(set) var problems: [PiiProblem] = []

    public init() {}

    /// Reads the settings; what cannot be read is named in `problems` and taken as "scrub".
    public init(_ value: JSONValue) {
        guard case .object = value else {
            if case .array(let elements) = value, elements.isEmpty { return }
            problems.append(
                PiiProblem(
                    place: "datascrubbingSettings",
                    reason: "invalid type: \(value.serdeName), expected DataScrubbingConfig"))
            scrubData = true
            scrubDefaults = true
            scrubIPAddresses = true
            return
        }
        scrubData = readFlag("scrubData", value)
        scrubIPAddresses = readFlag("scrubIpAddresses", value)
        scrubDefaults = readFlag("scrubDefaults", value)
        excludeFields = readList("excludeFields", value)
        sensitiveFields = readList("sensitiveFields", value)
    }

    private mutating func fail(_ field: String, _ value: JSONValue, expected: String) {
        problems.append(
            PiiProblem(
                place: "datascrubbingSettings.\(field)",
                reason: "invalid type: \(value.serdeName), expected \(expected)"))
    }

    private mutating func readFlag(_ field: String, _ settings: JSONValue) -> Bool {
        guard let value = settings[field] else { return false }
        guard let flag = value.boolValue else {
            fail(field, value, expected: "a boolean")
            return true
        }
        return flag
    }

    private mutating func readList(_ field: String, _ settings: JSONValue) -> [String] {
        guard let value = settings[field] else { return [] }
        guard let elements = value.arrayValue else {
            fail(field, value, expected: "a sequence")
            return []
        }
        var list: [String] = []
        for element in elements {
            if let name = element.stringValue {
                list.append(name)
            } else {
                fail(field, element, expected: "a string")
            }
        }
        return list
    }
}

extension DataScrubbingSettings {
    /// The settings as a `piiConfig`, the same one that the reference makes of them; an empty object
    /// when nothing is to be scrubbed.
    public func piiConfiguration() -> JSONValue {
        var members: [(String, JSONValue)] = []
        let fields = sensitiveFields.map(trimmed).filter { !$0.isEmpty }
        var rules: [JSONValue] = []
        if scrubData, scrubDefaults { rules.append("@common:filter") }
        if scrubIPAddresses { rules.append("@ip:replace") }
        if scrubData, !fields.isEmpty {
            members.append(("rules", .object([("strip-fields", stripRule(fields))])))
            rules.append("strip-fields")
        }
        if rules.isEmpty { return .object([]) }
        var applications: [(String, JSONValue)] = [(generalSelector, .array(rules))]
        if scrubIPAddresses {
            applications.append((DefaultSelectors.addresses, ["@anything:remove"]))
        }
        if scrubData, scrubDefaults {
            applications.append(
                (
                    DefaultSelectors.freeText,
                    [
                        "@email:replace", "@creditcard:replace", "@iban:replace",
                        "@usssn:replace", "@bearer:replace",
                    ]
                ))
            applications.append((DefaultSelectors.cookieValues, ["@anything:filter"]))
            applications.append((DefaultSelectors.cookieHeaders, ["@cookies:filter"]))
        }
        members.append(("applications", .object(applications)))
        return .object(members)
    }

    private func stripRule(_ fields: [String]) -> JSONValue {
        .object([
            ("type", "redact_pair"),
            (
                "keyPattern",
                .string(fields.map(RustPattern.escaped).joined(separator: "|"))
            ),
            (
                "redaction",
                .object([("method", "replace"), ("text", .string(PiiRedaction.filtered))])
            ),
        ])
    }

    private var generalSelector: String {
        var parts = [DefaultSelectors.values, DefaultSelectors.exceptions]
        for field in excludeFields.map(trimmed) where !field.isEmpty {
            let bytes = Array(field.utf8)
            let selector = (try? SelectorParser.parseInner(bytes)) ?? .path([.key(bytes)])
            parts.append(Selector.not(selector).description)
        }
        return parts.joined(separator: " && ")
    }

    private func trimmed(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }
}
