import JSON

/// Why a condition or another part of the settings could not be read.
struct SettingsError: Error {
    /// A phrase without any text of the settings.
    var reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

/// Reads conditions as they stand in a project's settings, within bounds of depth and number.
struct ConditionReader {
    /// Conditions within conditions at most.
    static let depthMax = 64
    /// Conditions of one filter at most.
    static let countMax = 4096

    private let document: JSONDocument
    private var count = 0
    /// Told of globs that are ignored.
    private let problem: (String) -> Void

    init(_ document: JSONDocument, problem: @escaping (String) -> Void) {
        self.document = document
        self.problem = problem
    }

    mutating func read(_ node: JSONNode) throws(SettingsError) -> RuleCondition {
        try read(node, depth: 0, isException: false)
    }

    private mutating func read(
        _ node: JSONNode, depth: Int, isException: Bool
    ) throws(SettingsError) -> RuleCondition {
        count += 1
        guard depth < Self.depthMax else {
            throw SettingsError("conditions are nested deeper than \(Self.depthMax)")
        }
        guard count <= Self.countMax else {
            throw SettingsError("more than \(Self.countMax) conditions")
        }
        guard document.kind(of: node) == .object else {
            throw SettingsError("a condition is an object")
        }
        guard let name = document.string(of: document.find("op", in: node)) else {
            throw SettingsError("a condition has no op")
        }
        switch name {
        case "and", "or":
            let inner = try readList(node, depth: depth, isException: isException)
            return name == "and" ? .all(inner) : .any(inner)
        case "not":
            let inner = document.find("inner", in: node)
            return .not(try read(inner, depth: depth + 1, isException: isException))
        case "any", "all":
            let path = try fieldName(node)
            let isExceptions = !isException && path == "event.exception.values"
            let inner = try read(
                document.find("inner", in: node), depth: depth + 1, isException: true)
            return name == "any"
                ? .anyElement(isExceptions: isExceptions, inner)
                : .allElements(isExceptions: isExceptions, inner)
        default: return try readLeaf(name, node, isException)
        }
    }

    private mutating func readList(
        _ node: JSONNode, depth: Int, isException: Bool
    ) throws(SettingsError) -> [RuleCondition] {
        let list = document.find("inner", in: node)
        guard document.kind(of: list) == .array else {
            throw SettingsError("inner of a condition is not a list")
        }
        var result: [RuleCondition] = []
        for child in document.children(of: list) {
            result.append(try read(child, depth: depth + 1, isException: isException))
        }
        return result
    }

    private func fieldName(_ node: JSONNode) throws(SettingsError) -> String {
        guard let name = document.string(of: document.find("name", in: node)) else {
            throw SettingsError("a condition has no name")
        }
        return name
    }

    private func readLeaf(
        _ name: String, _ node: JSONNode, _ isException: Bool
    ) throws(SettingsError) -> RuleCondition {
        let operand = document.find("value", in: node)
        switch name {
        case "eq":
            let field = try field(node, isException)
            guard operand.exists else { throw SettingsError("a condition has no value") }
            return .equal(
                field, Self.operand(operand, document), ignoresCase: try ignoresCase(node))
        case "gt", "gte", "lt", "lte":
            let field = try field(node, isException)
            guard operand.exists, let comparison = RuleCondition.Comparison(rawValue: name) else {
                throw SettingsError("a condition has no value")
            }
            return .compare(field, comparison, Self.operand(operand, document))
        case "glob":
            return .glob(
                try field(node, isException), GlobList(try strings(operand), problem: problem))
        case "cidr":
            return .networks(
                try field(node, isException), try strings(operand).compactMap { IPNetwork($0) })
        case "release": return try readRelease(node, operand, isException)
        default: return .unsupported
        }
    }

    private func readRelease(
        _ node: JSONNode, _ operand: JSONNode, _ isException: Bool
    ) throws(SettingsError) -> RuleCondition {
        let field = try field(node, isException)
        guard let text = document.string(of: operand) else {
            throw SettingsError("value of a release condition is not a text")
        }
        guard let name = document.string(of: document.find("comparator", in: node)) else {
            throw SettingsError("a release condition has no comparator")
        }
        guard let comparison = RuleCondition.Comparison(rawValue: name),
            let version = SentryRelease.comparable(text)
        else { return .unsupported }
        return .release(field, comparison, version)
    }

    private func field(
        _ node: JSONNode, _ isException: Bool
    ) throws(SettingsError) -> ConditionField {
        ConditionField(path: try fieldName(node), isException: isException)
    }

    private func ignoresCase(_ node: JSONNode) throws(SettingsError) -> Bool {
        let options = document.find("options", in: node)
        guard options.exists else { return false }
        let flag = document.find("ignoreCase", in: options)
        guard flag.exists, document.kind(of: options) == .object else {
            if document.kind(of: options) == .object { return false }
            throw SettingsError("options of a condition is not an object")
        }
        guard let value = document.bool(of: flag) else {
            throw SettingsError("ignoreCase is not true or false")
        }
        return value
    }

    private func strings(_ node: JSONNode) throws(SettingsError) -> [String] {
        guard document.kind(of: node) == .array else {
            throw SettingsError("value of a condition is not a list")
        }
        var result: [String] = []
        for child in document.children(of: node) {
            guard let text = document.string(of: child) else {
                throw SettingsError("value of a condition is not a list of texts")
            }
            result.append(text)
        }
        return result
    }

    private static func operand(
        _ node: JSONNode, _ document: JSONDocument
    ) -> RuleCondition.Operand {
        switch document.kind(of: node) {
        case .missing, .null: return .null
        case .bool: return .bool(document.bool(of: node) == true)
        case .number:
            if let value = document.int64(of: node) { return .signed(value) }
            if let value = document.uint64(of: node) { return .unsigned(value) }
            return .double(document.double(of: node) ?? 0)
        case .string: return .text(Array(document.textBytes(of: node)))
        case .array:
            return .texts(
                document.children(of: node).compactMap { child in
                    document.stringBytes(of: child).map { Array($0) }
                })
        case .object: return .object
        }
    }
}
