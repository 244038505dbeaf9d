import CRe2

/// Finds what a rule redacts in a text of which it knows only the bytes.
///
/// The text is ASCII or UTF-8 for the matchers; for bytes that are no text, everything beyond ASCII
/// stands as U+0001, which no rule asks for: that gives the ASCII meaning of `\w`, `\s` and `\b`, as
/// the original's matching of bytes.
struct RuleMatches {
    /// How the searched text came about.
    enum Source {
        /// Bytes whatever they mean; they are here as they were.
        case bytes(UnsafeRawBufferPointer)
        /// Decoded UTF-16.
        case text
    }

    let program: ScrubProgram
    let text: ScannedText
    let source: Source
    /// Nanoseconds that patterns of the configuration may still take.
    var nanosecondsLeft: Int64

    /// Matches of one rule at most; the rest of the text becomes one.
    private static let countMax = 1_000_000

    /// The parts that the rule redacts, in order, without overlaps and none of them empty.
    mutating func ranges(
        _ rule: ScrubRule, _ traits: TextTraits, patterns: BytePatterns
    ) -> [Range<Int>] {
        var found = Ranges(limit: text.count)
        if !rule.kind.looksAtKeys, traits.isDisjoint(with: rule.kind.traits) { return [] }
        switch rule.kind {
        case .anything: anything(&found)
        case .ip:
            // The second pattern sees what the first one has left.
            collect(&found) { NetworkMatchers.ipv4($0, from: $1) }
            var second = Ranges(limit: text.count)
            collect(&second) { InternetProtocol6Matcher($0).next(from: $1) }
            found.merge(second)
        case .imei: collect(&found) { NumberMatchers.imei($0, from: $1) }
        case .mac: collect(&found) { NumberMatchers.mac($0, from: $1) }
        case .uuid: collect(&found) { NumberMatchers.uuid($0, from: $1) }
        case .email: collect(&found) { NetworkMatchers.email($0, from: $1) }
        case .creditCard: collect(&found) { NumberMatchers.creditCard($0, from: $1) }
        case .iban: collect(&found) { NumberMatchers.iban($0, from: $1) }
        case .userPath: collect(&found) { UserPathMatcher.next($0, from: $1) }
        case .pemKey: collect(&found) { PemKeyMatcher.next($0, from: $1) }
        case .urlAuth: collect(&found) { NetworkMatchers.urlAuth($0, from: $1) }
        case .urlPassword: collect(&found) { NetworkMatchers.urlPassword($0, from: $1) }
        case .usSsn: collect(&found) { NumberMatchers.socialSecurity($0, from: $1) }
        case .bearer: collect(&found) { KeywordMatchers.bearer($0, from: $1) }
        case .cookies: collect(&found) { KeywordMatchers.cookies($0, from: $1) }
        case .password:
            if traits.contains(.secretName), KeywordMatchers.containsSecretName(text) {
                found.append(0..<text.count)
            } else if traits.contains(.bearer) {
                collect(&found) { KeywordMatchers.bearer($0, from: $1) }
            }
        case .pattern, .redactPair:
            pattern(rule, patterns, &found)
            // Keys are not told from values in a file: all of it goes.
            if rule.kind == .redactPair, !found.all.isEmpty { return [0..<text.count] }
        }
        return found.all
    }

    private func anything(_ found: inout Ranges) {
        if case .bytes = source { return found.append(0..<text.count) }
        var start = 0
        while start < text.count {
            let end = text.find(0x0A, from: start)
            found.append(start..<end)
            start = end + 1
        }
    }

    private func collect(_ found: inout Ranges, _ find: (ScannedText, Int) -> TextMatch) {
        var match = find(text, 0)
        while match.found {
            found.append(match.start..<match.end)
            if found.all.count >= RuleMatches.countMax {
                return found.append(match.end..<text.count)
            }
            match = match.next > text.count ? .none : find(text, match.next)
        }
    }

    // MARK: Patterns of the configuration

    private mutating func pattern(
        _ rule: ScrubRule, _ patterns: BytePatterns, _ found: inout Ranges
    ) {
        let pattern = program.patterns[Int(rule.pattern)]
        guard nanosecondsLeft > 0 else { return found.append(0..<text.count) }
        var searched = text
        var regex: UserPattern?
        if case .bytes(let bytes) = source, let ownRegex = patterns.pattern(rule, of: program) {
            guard let base = bytes.baseAddress else { return }
            searched = ScannedText(
                base: base.assumingMemoryBound(to: UInt8.self), count: bytes.count)
            regex = ownRegex
        } else {
            switch pattern.matcher {
            case .literals(let set): return collect(&found) { set.next($0, from: $1) }
            case .everything: return found.append(0..<text.count)
            case .regex(let known): regex = known
            }
        }
        guard let regex else { return }
        let groups = rule.kind == .redactPair ? [0] : pattern.groups ?? [0]
        let start = CPUClock.nanoseconds()
        search(regex, searched, groups, since: start, &found)
        nanosecondsLeft -= Int64(truncatingIfNeeded: CPUClock.nanoseconds() &- start)
    }

    private func search(
        _ regex: UserPattern, _ searched: ScannedText, _ groups: [UInt8], since start: UInt64,
        _ found: inout Ranges
    ) {
        let spanCount = min(Int(groups.max() ?? 0), regex.groupCount) + 1
        withUnsafeTemporaryAllocation(of: cre2_span.self, capacity: 256) { memory in
            guard let spans = memory.baseAddress else { return }
            var position = 0
            var matches = 0
            while position <= searched.count,
                regex.search(searched, from: position, spans: spans, count: spanCount)
            {
                for index in 0..<spanCount where groups.contains(UInt8(truncatingIfNeeded: index)) {
                    guard spans[index].start >= 0 else { continue }
                    found.append(Int(spans[index].start)..<Int(spans[index].end))
                }
                let end = Int(spans[0].end)
                position = spans[0].end > spans[0].start ? end : next(end, in: searched)
                matches += 1
                guard matches & 63 == 0 else { continue }
                let spent = Int64(truncatingIfNeeded: CPUClock.nanoseconds() &- start)
                if spent > nanosecondsLeft || found.all.count >= RuleMatches.countMax {
                    return found.append(end..<searched.count)
                }
            }
        }
    }

    /// The character behind an empty match.
    private func next(_ offset: Int, in searched: ScannedText) -> Int {
        guard offset < searched.count, case .text = source else { return offset + 1 }
        return offset + ScannedText.sequenceLength(searched[offset])
    }
}

/// Parts of a text in order; what overlaps an earlier one is cut.
private struct Ranges {
    private(set) var all: [Range<Int>] = []
    let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func append(_ range: Range<Int>) {
        let start = max(range.lowerBound, all.last?.upperBound ?? 0)
        let end = min(range.upperBound, limit)
        if start < end { all.append(start..<end) }
    }

    mutating func merge(_ other: Ranges) {
        if other.all.isEmpty { return }
        let sorted = (all + other.all).sorted { $0.lowerBound < $1.lowerBound }
        all = []
        for range in sorted { append(range) }
    }
}

/// The patterns of a program for bytes, compiled when first used.
final class BytePatterns {
    private var program: ScrubProgram?
    private var patterns: [UserPattern??] = []

    /// Nil when the pattern can only be used on text.
    func pattern(_ rule: ScrubRule, of program: ScrubProgram) -> UserPattern? {
        if program !== self.program {
            self.program = program
            patterns = Array(repeating: nil, count: program.patterns.count)
        }
        let number = Int(rule.pattern)
        if let known = patterns[number] { return known }
        let source = program.patterns[number]
        var compiled: UserPattern?
        if case .everything = source.matcher {
            compiled = nil
        } else {
            compiled = try? UserPattern(
                bytes: source.text, isCaseInsensitive: source.isCaseInsensitive)
        }
        patterns[number] = .some(compiled)
        return compiled
    }
}
