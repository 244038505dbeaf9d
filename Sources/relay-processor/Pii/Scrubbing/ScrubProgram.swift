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
    /// Patterns from which on a pass that says which of them may match is cheaper than to try them.
    private static let filteredPatternsMin = 4

    /// What of the configuration cannot be used, and why.
    public private(set) var problems: [PiiProblem]

    let automaton: SelectorAutomaton
    let names: [[UInt8]]
    let texts: [[UInt8]]
    let patterns: [ScrubPattern]
    /// Says which patterns may match a text; nil when there are too few to be worth it.
    let filter: PatternSet?
    /// Bit per pattern: whether the filter does not know it, so that it may match any text.
    let unfilteredPatterns: [UInt64]
    /// Whether nothing is ever scrubbed.
    public let isEmpty: Bool

    /// Rules of each application in order.
    private let applicationRules: [[ScrubRule]]
    // Behind a pointer, so that access needs no run-time exclusivity check.
    private let state: UnsafeMutablePointer<State>

    /// What the program remembers.
    private struct State {
        /// Rules of the automaton's lists, filled on demand.
        var rules: [ScrubRule] = []
        var lists: [RuleList?] = []
        var scratchStart: Int?
        var keyMemory = KeyMemory()
    }

    /// A list of rules as the walk needs it.
    struct RuleList {
        var rules: Range<Int>
        /// The same without the rules of kind `.pattern`.
        var rulesWithoutPatterns: Range<Int>
        /// Union of the rules' traits.
        var traits: TextTraits
        var looksAtKeys: Bool
        /// Whether a rule redacts anything, containers and numbers included.
        var hasAnything: Bool

        static let empty = RuleList(
            rules: 0..<0, rulesWithoutPatterns: 0..<0, traits: [], looksAtKeys: false,
            hasAnything: false)
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
        filter =
            compiler.patterns.count >= ScrubProgram.filteredPatternsMin
                && compiler.set?.isFinished == true ? compiler.set : nil
        unfilteredPatterns = ScrubProgram.unfiltered(compiler.patterns)
        isEmpty = applicationRules.allSatisfy(\.isEmpty)
        state = .allocate(capacity: 1)
        state.initialize(to: State())
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    private static func unfiltered(_ patterns: [ScrubPattern]) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: patterns.count / 64 + 1)
        for (number, pattern) in patterns.enumerated() {
            let isFiltered =
                switch pattern.matcher {
                case .literals: true
                case .regex(let regex): regex.isInSet
                case .everything: false
                }
            if !isFiltered { words[number / 64] |= 1 << UInt64(number & 63) }
        }
        return words
    }

    /// One of the rules of a list.
    @inline(__always)
    func rule(_ index: Int) -> ScrubRule { state.pointee.rules[index] }

    /// What is known about keys with an id.
    @inline(__always)
    var keyMemory: KeyMemory {
        get { state.pointee.keyMemory }
        _modify { yield &state.pointee.keyMemory }
    }

    /// The rules that apply to a value.
    @inline(__always)
    func rules(_ set: Int32, pii: PIIAttribute) -> RuleList {
        guard pii != .no else { return .empty }
        let list = Int(automaton.list(set, isSpecificOnly: pii == .maybe))
        if list < state.pointee.lists.count, let known = state.pointee.lists[list] { return known }
        return makeList(list)
    }

    private func makeList(_ number: Int) -> RuleList {
        var list = RuleList.empty
        let start = state.pointee.rules.count
        for application in automaton.applications(ofList: UInt32(number)) {
            for rule in applicationRules[Int(application)] {
                state.pointee.rules.append(rule)
                list.traits.formUnion(rule.kind.traits)
                list.looksAtKeys = list.looksAtKeys || rule.kind.looksAtKeys
                list.hasAnything = list.hasAnything || rule.kind == .anything
            }
        }
        list.rules = start..<state.pointee.rules.count
        for index in list.rules where state.pointee.rules[index].kind != .pattern {
            state.pointee.rules.append(state.pointee.rules[index])
        }
        list.rulesWithoutPatterns = list.rules.upperBound..<state.pointee.rules.count
        if automaton.isScratch(UInt32(number)) {
            // Its content changes: the rules lie behind all others until the next one is made.
            state.pointee.scratchStart = state.pointee.scratchStart ?? start
            return list
        }
        while state.pointee.lists.count <= number { state.pointee.lists.append(nil) }
        state.pointee.lists[number] = list
        return list
    }

    /// To be called before each event: gives back what only the last event needed.
    func beginEvent() {
        guard state.pointee.scratchStart != nil else { return }
        state.pointee.scratchStart = nil
        state.pointee.lists.removeAll()
        state.pointee.rules.removeAll()
    }
}
