import JSON

/// A configuration compiled for scrubbing: the selectors as one automaton, the rules resolved.
///
/// Made once per revision of a project's configuration. Nothing in it fails: what cannot be used is
/// named in `problems` and redacts more than it would have. It remembers what it has computed, so it
/// belongs to one thread.
public final class ScrubProgram {
    /// Resolved rules of all applications together; those beyond are replaced by one that redacts
    /// everything.
    public static let rulesMax = 20_000
    /// Regular expressions that are compiled; each may use up to 8 MiB when it runs.
    public static let patternsMax = 2_000

    /// What of the configuration cannot be used, and why.
    public private(set) var problems: [PiiProblem]

    let automaton: SelectorAutomaton
    private(set) var names: [[UInt8]] = []
    private(set) var texts: [[UInt8]] = []
    private(set) var patterns: [ScrubPattern] = []

    /// Rules of each application in order.
    private let applicationRules: [[ScrubRule]]
    /// Rules of the automaton's lists, filled on demand.
    private(set) var rules: [ScrubRule] = []
    private var lists: [RuleList?] = []

    /// A list of rules as the walk needs it.
    struct RuleList {
        var rules: Range<Int>
        /// Union of the rules' traits.
        var traits: TextTraits
        var looksAtKeys: Bool
        /// Whether a rule redacts anything, containers and numbers included.
        var hasAnything: Bool

        static let empty = RuleList(
            rules: 0..<0, traits: [], looksAtKeys: false, hasAnything: false)
        var isEmpty: Bool { rules.isEmpty }
    }

    struct PatternKey: Hashable {
        var pattern: String
        var groups: [UInt8]?
        var isCaseInsensitive: Bool
    }

    /// Compiles a configuration.
    public init(_ configuration: PiiConfiguration) {
        var compiler = ProgramCompiler(configuration)
        let compiled = compiler.compile()
        problems = configuration.problems + compiler.problems
        automaton = SelectorAutomaton(compiled.map(\.selector))
        applicationRules = compiled.map(\.rules)
        names = compiler.names
        texts = compiler.texts
        patterns = compiler.patterns
    }

    /// Whether nothing is ever scrubbed.
    public var isEmpty: Bool { applicationRules.allSatisfy(\.isEmpty) }

    /// The rules that apply to a value.
    @inline(__always)
    func rules(_ state: Int32, pii: PIIAttribute) -> RuleList {
        guard pii != .no else { return .empty }
        let list = Int(automaton.list(state, isSpecificOnly: pii == .maybe))
        if list < lists.count, let known = lists[list] { return known }
        return makeList(list)
    }

    private func makeList(_ number: Int) -> RuleList {
        var list = RuleList.empty
        let start = rules.count
        for application in automaton.applications(ofList: UInt32(number)) {
            for rule in applicationRules[Int(application)] {
                rules.append(rule)
                list.traits.formUnion(rule.kind.traits)
                list.looksAtKeys = list.looksAtKeys || rule.kind.looksAtKeys
                list.hasAnything = list.hasAnything || rule.kind == .anything
            }
        }
        list.rules = start..<rules.count
        if automaton.isScratch(UInt32(number)) {
            // Its content changes: the rules lie behind all others until the next one is made.
            scratchStart = scratchStart ?? start
            return list
        }
        while lists.count <= number { lists.append(nil) }
        lists[number] = list
        return list
    }

    private var scratchStart: Int?

    /// To be called before each event: gives back what only the last event needed.
    func beginEvent() {
        guard scratchStart != nil else { return }
        scratchStart = nil
        lists.removeAll()
        rules.removeAll()
    }
}
