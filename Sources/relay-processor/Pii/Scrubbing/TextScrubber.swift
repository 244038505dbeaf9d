import CRe2
import JSON

/// Applies a list of rules to one text.
final class TextScrubber {
    enum Result {
        case unchanged
        /// The text in `chunks` is new.
        case changed
        /// The value must go; `rule` is the name for the remark. `isChanged`: rules before it have
        /// left remarks in `chunks`.
        case removed(rule: JSONNode, isChanged: Bool)
    }

    /// The key of the value, for rules that look at keys.
    struct Key {
        var text: ScannedText
        /// Id of the key in the document's table, 0 when it is not there.
        var id: UInt16
        /// False for elements of arrays; no rule matches their key.
        var exists = true
    }

    let chunks = ChunkedText()
    private let document: JSONDocument
    private let meta: EventMeta
    /// Per rule name: the string node of this event, made on demand.
    private var nameNodes: [JSONNode] = []
    private var budget = PatternBudget()
    private let spans: UnsafeMutablePointer<cre2_span>
    /// Bit per pattern of the program: whether it may match the text that rules are applied to.
    private var candidates: UnsafeMutableBufferPointer<UInt64>

    init(document: JSONDocument, meta: EventMeta) {
        self.document = document
        self.meta = meta
        spans = .allocate(capacity: 256)
        candidates = .allocate(capacity: 1)
        candidates.initialize(repeating: 0)
    }

    deinit {
        spans.deallocate()
        candidates.deallocate()
    }

    /// To be called before each event.
    func beginEvent(_ program: ScrubProgram) {
        program.beginEvent()
        if candidates.count < program.unfilteredPatterns.count {
            candidates.deallocate()
            candidates = .allocate(capacity: program.unfilteredPatterns.count)
            candidates.initialize(repeating: 0)
        }
        budget = PatternBudget()
        nameNodes.removeAll(keepingCapacity: true)
        nameNodes.append(contentsOf: repeatElement(.none, count: program.names.count))
    }

    func nameNode(_ rule: ScrubRule, _ program: ScrubProgram) -> JSONNode {
        let index = Int(rule.name)
        if nameNodes[index].exists { return nameNodes[index] }
        let node = program.names[index].withUnsafeBytes { document.makeString($0) }
        nameNodes[index] = node
        return node
    }

    // MARK: Keys

    /// Whether the rule matches the key.
    func matchesKey(_ rule: ScrubRule, _ key: Key, _ program: ScrubProgram) -> Bool {
        guard key.exists, rule.kind.looksAtKeys else { return false }
        let number = rule.kind == .redactPair ? Int(rule.pattern) + 1 : 0
        if rule.kind == .cookies { return KeywordMatchers.cookies(key.text, from: 0).found }
        if let known = program.keyMemory.answer(key.id, number) { return known }
        let isMatch =
            rule.kind == .password
            ? KeywordMatchers.isSecretKey(key.text)
            : matchesPattern(
                Int(rule.pattern), key.text,
                isASCII: !TextTraits.of(key.text).contains(.nonASCII), program)
        // An answer for want of time holds for this event only.
        if !budget.isUsedUp {
            program.keyMemory.remember(key.id, number, isMatch)
        }
        return isMatch
    }

    // MARK: Texts

    /// Applies the rules to a text.
    ///
    /// - Parameters:
    ///   - text: Its bytes, with 64 readable bytes behind them.
    ///   - node: The node whose remarks belong to the text; `.none` when it has none.
    func apply(
        _ list: ScrubProgram.RuleList, of program: ScrubProgram, to text: ScannedText,
        _ node: JSONNode, key: Key
    ) -> Result {
        let traits = TextTraits.of(text)
        let hasRemarks = node.exists && !meta.isEmpty(node)
        if !list.looksAtKeys, !hasRemarks, traits.isDisjoint(with: list.traits) {
            return .unchanged
        }
        var run = Run(text: text, node: node, key: key, traits: traits)
        if traits.contains(.hasNUL) || hasRemarks { start(&run) }
        var rules = list.rules
        if let filter = program.filter, list.rules.count > list.rulesWithoutPatterns.count {
            // What rules take away later brings no new word into the text.
            run.isFiltered = true
            if !findCandidates(run.text, program, filter) { rules = list.rulesWithoutPatterns }
        }
        for index in rules {
            let rule = program.rule(index)
            if !rule.kind.looksAtKeys, run.traits.isDisjoint(with: rule.kind.traits) { continue }
            if rule.kind == .pattern, run.isFiltered, !isCandidate(rule) { continue }
            if !apply(rule, &run, program) {
                return .removed(
                    rule: nameNode(rule, program), isChanged: run.isStarted && chunks.isChanged)
            }
        }
        return run.isStarted && chunks.isChanged ? .changed : .unchanged
    }

    /// Finds which patterns may match a text; whether any.
    private func findCandidates(
        _ text: ScannedText, _ program: ScrubProgram, _ filter: PatternSet
    ) -> Bool {
        filter.candidates(text, candidates)
        var all: UInt64 = 0
        for index in program.unfilteredPatterns.indices {
            candidates[index] |= program.unfilteredPatterns[index]
            all |= candidates[index]
        }
        return all != 0
    }

    @inline(__always)
    private func isCandidate(_ rule: ScrubRule) -> Bool {
        let number = Int(rule.pattern)
        return number < 0 || candidates[number / 64] >> UInt64(number & 63) & 1 != 0
    }

    /// A text on its way through the rules.
    private struct Run {
        /// The text as it came, or `chunks.text` once it is taken apart.
        var text: ScannedText
        let node: JSONNode
        let key: Key
        var traits: TextTraits
        /// Whether the text is in `chunks`.
        var isStarted = false
        /// Whether `candidates` are those of this text.
        var isFiltered = false

        init(text: ScannedText, node: JSONNode, key: Key, traits: TextTraits) {
            self.text = text
            self.node = node
            self.key = key
            self.traits = traits
        }
    }

    private func start(_ run: inout Run) {
        chunks.begin(run.text, run.node, meta)
        run.text = chunks.text
        run.isStarted = true
        run.traits = TextTraits.of(run.text)
    }

    private func finishRule(_ run: inout Run) {
        chunks.endRule()
        run.text = chunks.text
        run.traits = TextTraits.of(run.text)
    }

    /// Applies one rule; false = the value must go.
    private func apply(_ rule: ScrubRule, _ run: inout Run, _ program: ScrubProgram) -> Bool {
        switch rule.kind {
        case .anything:
            if !rule.redactsChunks { return false }
            replaceMatches(rule, &run, program) { TextScrubber.line($0, from: $1) }
        case .ip:
            if run.traits.contains(.ipv4) {
                replaceMatches(rule, &run, program) { NetworkMatchers.ipv4($0, from: $1) }
            }
            if run.traits.contains(.ipv6) {
                replaceMatches(rule, &run, program) { InternetProtocol6Matcher($0).next(from: $1) }
            }
        case .imei: replaceMatches(rule, &run, program) { NumberMatchers.imei($0, from: $1) }
        case .mac: replaceMatches(rule, &run, program) { NumberMatchers.mac($0, from: $1) }
        case .uuid: replaceMatches(rule, &run, program) { NumberMatchers.uuid($0, from: $1) }
        case .email: replaceMatches(rule, &run, program) { NetworkMatchers.email($0, from: $1) }
        case .creditCard:
            replaceMatches(rule, &run, program) { NumberMatchers.creditCard($0, from: $1) }
        case .iban: replaceMatches(rule, &run, program) { NumberMatchers.iban($0, from: $1) }
        case .userPath: replaceMatches(rule, &run, program) { UserPathMatcher.next($0, from: $1) }
        case .pemKey: replaceMatches(rule, &run, program) { PemKeyMatcher.next($0, from: $1) }
        case .urlAuth: replaceMatches(rule, &run, program) { NetworkMatchers.urlAuth($0, from: $1) }
        case .urlPassword:
            replaceMatches(rule, &run, program) { NetworkMatchers.urlPassword($0, from: $1) }
        case .usSsn:
            replaceMatches(rule, &run, program) { NumberMatchers.socialSecurity($0, from: $1) }
        case .bearer: replaceMatches(rule, &run, program) { KeywordMatchers.bearer($0, from: $1) }
        case .pattern: replacePattern(rule, &run, program)
        case .cookies:
            // A key that looks like a cookie lets the text alone or removes it, as the reference.
            if matchesKey(rule, run.key, program) { return rule.redactsChunks }
            replaceMatches(rule, &run, program) { KeywordMatchers.cookies($0, from: $1) }
        case .password, .redactPair: return applyKeyRule(rule, &run, program)
        }
        return true
    }

    private func applyKeyRule(
        _ rule: ScrubRule, _ run: inout Run, _ program: ScrubProgram
    ) -> Bool {
        if rule.kind == .password, run.traits.contains(.bearer) {
            replaceMatches(rule, &run, program) { KeywordMatchers.bearer($0, from: $1) }
        }
        if matchesKey(rule, run.key, program) {
            if !rule.redactsChunks { return false }
            replaceWhole(rule, &run, program)
            return true
        }
        if run.isStarted, !chunks.hasText { return true }
        let isMatch =
            rule.kind == .password
            ? run.traits.contains(.secretName) && KeywordMatchers.containsSecretName(run.text)
            : (!run.isFiltered || isCandidate(rule))
                && matchesPattern(
                    Int(rule.pattern), run.text, isASCII: !run.traits.contains(.nonASCII), program)
        if isMatch { replaceWhole(rule, &run, program) }
        return true
    }

    // MARK: Replacing

    private func replaceWhole(_ rule: ScrubRule, _ run: inout Run, _ program: ScrubProgram) {
        if !run.isStarted { start(&run) }
        guard chunks.hasText else { return }
        chunks.beginRule()
        redact(0..<run.text.count, rule, program)
        finishRule(&run)
    }

    private func redact(_ range: Range<Int>, _ rule: ScrubRule, _ program: ScrubProgram) {
        chunks.redact(
            range, method: rule.method,
            text: rule.text >= 0 ? program.texts[Int(rule.text)] : nil,
            rule: nameNode(rule, program))
    }

    @inline(__always)
    private func replaceMatches(
        _ rule: ScrubRule, _ run: inout Run, _ program: ScrubProgram,
        _ find: (ScannedText, Int) -> TextMatch
    ) {
        if run.isStarted, !chunks.hasText { return }
        var match = find(run.text, 0)
        guard match.found else { return }
        if !run.isStarted {
            // Nothing was taken out of the text, so the offsets hold.
            start(&run)
        }
        let text = run.text
        chunks.beginRule()
        var position = 0
        while match.found {
            chunks.keep(position..<match.start)
            if chunks.isFull {
                redact(match.start..<text.count, rule, program)
                position = text.count
                break
            }
            redact(match.start..<match.end, rule, program)
            position = match.end
            match = match.next > text.count ? .none : find(text, match.next)
        }
        chunks.keep(position..<text.count)
        finishRule(&run)
    }

    /// `.*`: a line, the empty one after the last line feed included.
    private static func line(_ text: ScannedText, from: Int) -> TextMatch {
        guard from <= text.count else { return .none }
        let end = text.find(0x0A, from: from)
        return TextMatch(start: from, end: end, next: end + 1)
    }

    // MARK: Patterns of the configuration

    private func matchesPattern(
        _ number: Int, _ text: ScannedText, isASCII: Bool, _ program: ScrubProgram
    ) -> Bool {
        let pattern = program.patterns[number]
        guard case .regex(let regex) = pattern.matcher else {
            return pattern.matches(text, isASCII: isASCII)
        }
        if budget.isUsedUp { return true }
        regex.prepare(isASCII: isASCII)
        let start = budget.begin()
        let isMatch = pattern.matches(text, isASCII: isASCII)
        budget.end(start)
        return isMatch
    }

    private func replacePattern(_ rule: ScrubRule, _ run: inout Run, _ program: ScrubProgram) {
        if run.isStarted, !chunks.hasText { return }
        let pattern = program.patterns[Int(rule.pattern)]
        guard case .regex(let regex) = pattern.matcher else {
            if case .literals(let set) = pattern.matcher, !set.matches(run.text) { return }
            if case .literals(let set) = pattern.matcher {
                return replaceMatches(rule, &run, program) { set.next($0, from: $1) }
            }
            return replaceMatches(rule, &run, program) { TextScrubber.line($0, from: $1) }
        }
        guard !budget.isUsedUp else {
            return replaceWhole(rule, &run, program)
        }
        regex.prepare(isASCII: !run.traits.contains(.nonASCII))
        let start = budget.begin()
        replaceRegex(regex, pattern.groups ?? [0], rule, &run, program, since: start)
        budget.end(start)
    }

    private func replaceRegex(
        _ regex: UserPattern, _ groups: [UInt8], _ rule: ScrubRule, _ run: inout Run,
        _ program: ScrubProgram, since start: UInt64
    ) {
        let spanCount = min(Int(groups.max() ?? 0), regex.groupCount) + 1
        let isASCII = !run.traits.contains(.nonASCII)
        guard regex.search(run.text, isASCII: isASCII, from: 0, spans: spans, count: spanCount)
        else { return }
        if !run.isStarted { self.start(&run) }
        let text = run.text
        chunks.beginRule()
        var position = 0
        var matches = 0
        var found = true
        while found {
            for index in 0..<spanCount where groups.contains(UInt8(truncatingIfNeeded: index)) {
                let span = spans[index]
                // A group inside one that is redacted already has nothing left to redact.
                guard span.start >= position else { continue }
                chunks.keep(position..<Int(span.start))
                redact(Int(span.start)..<Int(span.end), rule, program)
                position = Int(span.end)
            }
            matches += 1
            if chunks.isFull || isOverTime(matches, since: start) {
                redact(position..<text.count, rule, program)
                position = text.count
                break
            }
            found = next(regex, text, isASCII: isASCII, spanCount)
        }
        chunks.keep(position..<text.count)
        finishRule(&run)
    }

    /// Finds the match after the one in `spans`; an empty match right behind it does not count.
    private func next(
        _ regex: UserPattern, _ text: ScannedText, isASCII: Bool, _ spanCount: Int
    ) -> Bool {
        let end = Int(spans[0].end)
        guard end <= text.count,
            regex.search(text, isASCII: isASCII, from: end, spans: spans, count: spanCount)
        else { return false }
        if spans[0].end > end || spans[0].start > end { return true }
        guard end < text.count else { return false }
        return regex.search(
            text, isASCII: isASCII, from: end + ScannedText.sequenceLength(text[end]), spans: spans,
            count: spanCount)
    }

    private func isOverTime(_ matches: Int, since start: UInt64) -> Bool {
        guard matches & 63 == 0 else { return false }
        return budget.isUsedUp(since: start)
    }
}

/// Answers of key rules for keys that have an id.
struct KeyMemory {
    private var answers: [UInt8] = []
    private static let idsMax = 1024
    private static let rulesMax = 16

    func answer(_ id: UInt16, _ rule: Int) -> Bool? {
        guard id != 0, rule < KeyMemory.rulesMax, Int(id) < KeyMemory.idsMax else { return nil }
        let index = Int(id) * KeyMemory.rulesMax + rule
        guard index < answers.count, answers[index] != 0 else { return nil }
        return answers[index] == 2
    }

    mutating func remember(_ id: UInt16, _ rule: Int, _ isMatch: Bool) {
        guard id != 0, rule < KeyMemory.rulesMax, Int(id) < KeyMemory.idsMax else { return }
        let index = Int(id) * KeyMemory.rulesMax + rule
        if index >= answers.count {
            answers += [UInt8](
                repeating: 0, count: KeyMemory.idsMax * KeyMemory.rulesMax - answers.count)
        }
        answers[index] = isMatch ? 2 : 1
    }
}
