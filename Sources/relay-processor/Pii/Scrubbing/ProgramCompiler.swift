/// Resolves a configuration's rules: follows aliases and multiple rules, numbers names and texts,
/// compiles patterns.
struct ProgramCompiler {
    struct Application {
        var selector: Selector
        var rules: [ScrubRule]
    }

    private let configuration: PiiConfiguration
    private(set) var problems: [PiiProblem] = []
    private(set) var names: [[UInt8]] = []
    private(set) var texts: [[UInt8]] = []
    private(set) var patterns: [ScrubPattern] = []
    /// All patterns together; nil when memory is exhausted.
    let set = PatternSet()
    private var nameNumbers: [String: Int32] = [:]
    private var textNumbers: [String: Int32] = [:]
    private var patternNumbers: [ScrubProgram.PatternKey: Int32] = [:]
    private var reported: Set<String> = []
    private var ruleCount = 0

    /// A rule on its way: the name it is sorted by, the name it reports, and how it redacts.
    private struct Resolved {
        var origin: String
        var type: PiiRuleType
        var redaction: PiiRedaction
    }

    /// Rules visited per application; a chain of multiple rules can be exponential.
    private static let visitsMax = 50_000

    init(_ configuration: PiiConfiguration) { self.configuration = configuration }

    mutating func compile() -> [Application] {
        var result: [Application] = []
        var items = 0
        for application in configuration.applications {
            items += application.selector.itemCount
            guard items <= SelectorAutomaton.itemsMax else {
                problems.append(
                    PiiProblem(
                        place: "applications",
                        reason: "more than \(SelectorAutomaton.itemsMax) elements in selectors"))
                result.append(everywhere())
                break
            }
            result.append(
                Application(
                    selector: application.selector, rules: resolve(application)))
        }
        set?.finish()
        return result
    }

    /// Stands for what is beyond a limit: redacts every text.
    private mutating func everywhere() -> Application {
        Application(
            selector: .path([.deepWildcard]),
            rules: [make("@anything:filter", everythingRule)])
    }

    private let everythingRule = Resolved(
        origin: "@anything:filter", type: .anything,
        redaction: .replace(text: PiiRedaction.filtered))

    private mutating func resolve(_ application: PiiConfiguration.Application) -> [ScrubRule] {
        var found: [String: Resolved] = [:]
        var visits = 0
        for name in application.rules { collect(name, nil, &found, &visits, level: 0) }
        if visits > ProgramCompiler.visitsMax {
            problems.append(
                PiiProblem(
                    place: "applications.\(application.selector)",
                    reason: "more than \(ProgramCompiler.visitsMax) rules"))
            found["@anything:filter"] = everythingRule
        }
        ruleCount += found.count
        if ruleCount > ScrubProgram.rulesMax {
            problems.append(
                PiiProblem(
                    place: "applications", reason: "more than \(ScrubProgram.rulesMax) rules"))
            ruleCount -= found.count
            found = ["@anything:filter": everythingRule]
        }
        let sorted = found.sorted { Array($0.key.utf8).lexicographicallyPrecedes($1.key.utf8) }
        var rules: [ScrubRule] = []
        for (name, rule) in sorted { rules.append(make(name, rule)) }
        return rules
    }

    private mutating func collect(
        _ name: String, _ parent: Resolved?, _ found: inout [String: Resolved],
        _ visits: inout Int, level: Int
    ) {
        guard let rule = configuration.rules[name] ?? BuiltinRules.all[name] else {
            if level == 0 || parent != nil, reported.insert(name).inserted {
                problems.append(
                    PiiProblem(place: "rules.\(name)", reason: "no such rule; it is ignored"))
            }
            return
        }
        visits += 1
        guard found[name] == nil, level < 64, visits <= ProgramCompiler.visitsMax else { return }
        var resolved = Resolved(origin: name, type: rule.type, redaction: rule.redaction)
        if let parent {
            resolved.origin = parent.origin
            if parent.redaction != .default { resolved.redaction = parent.redaction }
        }
        switch rule.type {
        case .multiple(let rules, let hideInner):
            for inner in rules {
                collect(inner, hideInner ? resolved : nil, &found, &visits, level: level + 1)
            }
        case .alias(let inner, let hideInner):
            collect(inner, hideInner ? resolved : nil, &found, &visits, level: level + 1)
        case .unknown: break
        default: found[name] = resolved
        }
    }

    private mutating func make(_ name: String, _ rule: Resolved) -> ScrubRule {
        var result = ScrubRule(
            kind: .anything, method: .remove, name: number(ofName: rule.origin), text: -1,
            pattern: -1)
        switch rule.redaction {
        case .default, .remove: result.method = .remove
        case .mask: result.method = .mask
        case .hash: result.method = .hash
        case .other: result.method = .drop
        case .replace(let text):
            result.method = .replace
            result.text = number(ofText: text)
        }
        switch rule.type {
        case .pattern(let pattern, let groups):
            if pattern == BuiltinRules.urlPasswordPattern, groups == [2] {
                result.kind = .urlPassword
            } else {
                result.kind = .pattern
                result.pattern = number(
                    of: ScrubProgram.PatternKey(
                        pattern: pattern, groups: groups, isCaseInsensitive: false), name)
            }
        case .redactPair(let pattern):
            result.kind = .redactPair
            result.pattern = number(
                of: ScrubProgram.PatternKey(
                    pattern: pattern, groups: nil,
                    isCaseInsensitive: configuration.isCaseInsensitive(name)), name)
        default: result.kind = ProgramCompiler.kind(rule.type)
        }
        return result
    }

    private static func kind(_ type: PiiRuleType) -> ScrubRuleKind {
        switch type {
        case .imei: .imei
        case .mac: .mac
        case .uuid: .uuid
        case .email: .email
        case .ip: .ip
        case .creditCard: .creditCard
        case .iban: .iban
        case .userPath: .userPath
        case .pemKey: .pemKey
        case .urlAuth: .urlAuth
        case .usSsn: .usSsn
        case .bearer: .bearer
        case .password: .password
        case .cookies: .cookies
        case .anything, .unusable, .unknown, .pattern, .redactPair, .multiple, .alias: .anything
        }
    }

    private mutating func number(ofName name: String) -> Int32 {
        if let known = nameNumbers[name] { return known }
        names.append(Array(name.utf8))
        nameNumbers[name] = Int32(names.count - 1)
        return Int32(names.count - 1)
    }

    private mutating func number(ofText text: String) -> Int32 {
        if let known = textNumbers[text] { return known }
        texts.append(Array(text.utf8))
        textNumbers[text] = Int32(texts.count - 1)
        return Int32(texts.count - 1)
    }

    private mutating func number(of key: ScrubProgram.PatternKey, _ name: String) -> Int32 {
        if let known = patternNumbers[key] { return known }
        var pattern = ScrubPattern(
            matcher: .everything, text: key.pattern, isCaseInsensitive: key.isCaseInsensitive,
            groups: key.groups)
        if patterns.count >= ScrubProgram.patternsMax {
            problems.append(
                PiiProblem(
                    place: "rules.\(name)",
                    reason: "more than \(ScrubProgram.patternsMax) patterns"))
        } else if key.groups == nil,
            let set = LiteralSet(pattern: key.pattern, isCaseInsensitive: key.isCaseInsensitive)
        {
            if let all = self.set, all.add(patterns.count, set) { pattern.matcher = .literals(set) }
        } else if let set {
            do {
                pattern.matcher = .regex(
                    try UserPattern(
                        key.pattern, isCaseInsensitive: key.isCaseInsensitive,
                        number: patterns.count, in: set))
            } catch {
                problems.append(PiiProblem(place: "rules.\(name)", reason: error.description))
            }
        }
        patterns.append(pattern)
        patternNumbers[key] = Int32(patterns.count - 1)
        return Int32(patterns.count - 1)
    }
}

extension Selector {
    /// Elements of all paths together.
    var itemCount: Int {
        switch self {
        case .and(let parts), .or(let parts): parts.reduce(0) { $0 + $1.itemCount }
        case .not(let part): part.itemCount
        case .path(let items): items.count
        }
    }
}
