import JSON

/// A project's `piiConfig`: named rules and the selectors they apply to.
///
/// Reading never fails as a whole: every part that cannot be used is named in `problems` and
/// replaced by something that redacts more than it would have (fail closed).
public struct PiiConfiguration: Equatable, Sendable {
    public struct Application: Equatable, Sendable {
        public var selector: Selector
        public var rules: [String]

        public init(selector: Selector, rules: [String]) {
            self.selector = selector
            self.rules = rules
        }
    }

    /// Rules by name; they hide built-in rules of the same name.
    public var rules: [String: PiiRule] = [:]
    /// In the order in which they are carried out, each selector once.
    public private(set) var applications: [Application] = []
    public private(set) var problems: [PiiProblem] = []
    /// Rules whose key pattern ignores case.
    private var caseInsensitiveRules: Set<String> = []

    public init() {}

    /// The configuration that a project's scrubbing settings stand for.
    ///
    /// The names of sensitive fields match without regard to case, as the original does when it
    /// converts the settings itself (as JSON the configuration cannot say so).
    public init(_ settings: DataScrubbingSettings) {
        self.init(settings.piiConfiguration())
        problems = settings.problems + problems
        caseInsensitiveRules = ["strip-fields"]
    }

    func isCaseInsensitive(_ rule: String) -> Bool { caseInsensitiveRules.contains(rule) }

    /// Reads a `piiConfig`.
    public init(_ value: JSONValue) {
        switch value {
        case .object(let members): read(members)
        case .array(let elements) where elements.isEmpty: break
        default:
            fail("", "invalid type: \(value.serdeName), expected struct PiiConfig")
            apply([PiiConfiguration.everything], to: .path([.type(.string)]))
            apply([PiiConfiguration.everything], to: .path([.type(.number)]))
        }
        applications.sort { $0.selector < $1.selector }
    }

    /// Rule that stands in for a part that cannot be used.
    private static let everything = "@anything:filter"

    /// Adds or replaces the rules of a selector.
    public mutating func apply(_ rules: [String], to selector: Selector) {
        if let index = applications.firstIndex(where: { $0.selector == selector }) {
            applications[index].rules = rules
        } else {
            applications.append(Application(selector: selector, rules: rules))
        }
    }

    private mutating func fail(_ place: String, _ reason: String) {
        problems.append(PiiProblem(place: place, reason: reason))
    }

    private mutating func read(_ members: [(String, JSONValue)]) {
        for field in ["rules", "applications", "vars"]
        where members.lazy.filter({ $0.0 == field }).count > 1 {
            fail("", "duplicate field `\(field)`")
        }
        for (name, value) in members {
            switch name {
            case "rules": readRules(value)
            case "applications": readApplications(value)
            case "vars": readVars(value)
            default: break
            }
        }
    }

    private mutating func readVars(_ value: JSONValue) {
        guard case .object = value else {
            if case .array = value { return }
            return fail("vars", "invalid type: \(value.serdeName), expected struct Vars")
        }
        guard let key = value["hashKey"] else { return }
        if key.stringValue == nil, !key.isNull {
            fail("vars.hashKey", "invalid type: \(key.serdeName), expected a string")
        }
    }

    private mutating func readRules(_ value: JSONValue) {
        guard case .object(let members) = value else {
            return fail("rules", "invalid type: \(value.serdeName), expected a map")
        }
        for (name, rule) in members {
            do {
                rules[name] = try PiiRuleReader.read(rule)
            } catch {
                fail("rules.\(name)", error.reason)
                rules[name] = PiiRule(
                    type: .unusable, redaction: .replace(text: PiiRedaction.filtered))
            }
        }
    }

    private mutating func readApplications(_ value: JSONValue) {
        guard case .object(let members) = value else {
            return fail("applications", "invalid type: \(value.serdeName), expected a map")
        }
        var indexes: [String: Int] = [:]
        applications = []
        for (text, list) in members {
            let place = "applications.\(text)"
            var selector = Selector.path([.deepWildcard])
            var isUsable = true
            do {
                selector = try Selector(parsing: text)
            } catch {
                fail(place, "\(error)")
                isUsable = false
            }
            var names: [String] = []
            if case .array(let elements) = list {
                for element in elements {
                    if let name = element.stringValue {
                        names.append(name)
                    } else {
                        fail(place, "invalid type: \(element.serdeName), expected a string")
                        names.append(PiiConfiguration.everything)
                    }
                }
            } else {
                fail(place, "invalid type: \(list.serdeName), expected a sequence")
                names = [PiiConfiguration.everything]
            }
            // The same selector written twice: the last one counts. A selector that cannot be read
            // must not hide one that can.
            let key = isUsable ? selector.description : "unusable \(text)"
            if let index = indexes[key] {
                applications[index].rules = names
            } else {
                indexes[key] = applications.count
                applications.append(Application(selector: selector, rules: names))
            }
        }
    }
}

extension JSONValue {
    /// How serde names the value in an error.
    var serdeName: String {
        switch self {
        case .null: "null"
        case .bool(let value): "boolean `\(value)`"
        case .number(let text):
            text.utf8.allSatisfy { $0 == 0x2D || ($0 >= 0x30 && $0 <= 0x39) }
                ? "integer `\(text)`" : "floating point `\(text)`"
        case .string(let text): "string \(text.debugDescription)"
        case .array: "sequence"
        case .object: "map"
        }
    }
}
