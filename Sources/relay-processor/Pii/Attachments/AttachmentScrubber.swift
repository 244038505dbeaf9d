import Glibc

/// Strips personal data from attachments: in place, so that every byte keeps its position.
///
/// A text file is one value, `$attachments.'its name'` of type `$binary`. A minidump
/// (`$attachments.'its name'` of type `$minidump`) is stripped part by part: `$stack_memory`,
/// `$heap_memory`, the environment and the command line (`$binary`), the folders of its modules
/// (`code_file`, `debug_file`). Everything is searched as UTF-8 and as UTF-16 (little-endian).
///
/// Make one per thread; it keeps no attachment.
public final class AttachmentScrubber {
    /// Which encodings a part is searched in.
    private enum Encoding {
        case bytes, wide, both
    }

    /// Copy of a part for matchers: same length, all of it ASCII.
    private let searched = ByteBuffer()
    private let decoded = ByteBuffer()
    private let patterns = BytePatterns()
    private var program = ScrubProgram(PiiConfiguration())
    private var nanosecondsLeft: Int64 = 0
    private var isChanged = false

    public init() {}

    /// Strips a file that is no minidump.
    ///
    /// - Parameter name: The file's name, empty when it has none.
    /// - Returns: whether anything was redacted.
    public func scrub(
        _ bytes: UnsafeMutableRawBufferPointer, name: UnsafeRawBufferPointer,
        with program: ScrubProgram
    ) -> Bool {
        begin(program, byteCount: bytes.count)
        scrub(bytes, state: file(name, .binary), .yes, .both)
        return isChanged
    }

    /// Strips a minidump. One that cannot be read is stripped as a file, and as if all of it were
    /// memory: what must not leave does not, and nobody could have read it anyway.
    ///
    /// - Returns: whether anything was redacted, and why the minidump could not be read.
    public func scrubMinidump(
        _ bytes: UnsafeMutableRawBufferPointer, name: UnsafeRawBufferPointer,
        with program: ScrubProgram
    ) -> (isChanged: Bool, problem: MinidumpError?) {
        begin(program, byteCount: bytes.count)
        do throws(MinidumpError) {
            let parts = try Minidump(UnsafeRawBufferPointer(bytes)).parts()
            let state = file(name, .minidump)
            for part in parts { scrub(part, of: bytes, in: state) }
            return (isChanged, nil)
        } catch {
            scrub(bytes, state: file(name, .binary), .yes, .both)
            let state = file(name, .minidump)
            for kind in [Minidump.Part.Kind.heap, .stack] {
                scrub(Minidump.Part(kind: kind, range: 0..<bytes.count), of: bytes, in: state)
            }
            return (isChanged, error)
        }
    }

    /// Whether the program does anything to a file of this name.
    public func needsScrubbing(
        name: UnsafeRawBufferPointer, isMinidump: Bool, with program: ScrubProgram
    ) -> Bool {
        if program.isEmpty { return false }
        if isMinidump { return true }
        begin(program, byteCount: 0)
        return !program.rules(file(name, .binary), pii: .yes).isEmpty
    }

    /// Time that patterns may take: as for an event, and what a linear search of the bytes needs.
    private static func patternNanoseconds(byteCount: Int) -> Int64 {
        Int64(PatternBudget.nanosecondsMax) + 50 * Int64(byteCount)
    }

    private func begin(_ program: ScrubProgram, byteCount: Int) {
        self.program = program
        program.beginEvent()
        nanosecondsLeft = AttachmentScrubber.patternNanoseconds(byteCount: byteCount)
        isChanged = false
    }

    // MARK: Places

    private func step(_ state: Int32, _ key: UnsafeRawBufferPointer, _ types: UInt32, _ depth: Int)
        -> Int32
    {
        let automaton = program.automaton
        return automaton.step(state, automaton.classOf(key: key), types: types, depth: depth)
    }

    /// All attachments are children of a nameless value of type `$attachments`.
    private func file(_ name: UnsafeRawBufferPointer, _ type: SelectorType) -> Int32 {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        let attachments = step(
            SelectorAutomaton.root, nothing, SelectorType.attachments.bit, 1)
        return step(attachments, name, type.bit, 2)
    }

    private func scrub(
        _ part: Minidump.Part, of bytes: UnsafeMutableRawBufferPointer, in file: Int32
    ) {
        let kind = part.kind
        let key = UnsafeRawBufferPointer(
            start: kind.key.utf8Start, count: kind.key.utf8CodeUnitCount)
        let state = step(file, key, kind.types, 3)
        var slice = UnsafeMutableRawBufferPointer(rebasing: bytes[part.range])
        switch kind {
        case .heap, .auxiliary: scrub(slice, state: state, .yes, .both)
        // Only what names it may touch the stack: walking it needs every word.
        case .stack: scrub(slice, state: state, .maybe, .both)
        case .codeFile:
            slice = UnsafeMutableRawBufferPointer(
                rebasing: slice[..<PathFolder.wideByteCount(UnsafeRawBufferPointer(slice))])
            scrub(slice, state: state, .yes, .wide)
        case .debugFile:
            slice = UnsafeMutableRawBufferPointer(
                rebasing: slice[..<PathFolder.byteCount(UnsafeRawBufferPointer(slice))])
            scrub(slice, state: state, .yes, .bytes)
        }
    }

    // MARK: Bytes

    private func scrub(
        _ bytes: UnsafeMutableRawBufferPointer, state: Int32, _ pii: PIIAttribute,
        _ encoding: Encoding
    ) {
        let list = program.rules(state, pii: pii)
        if list.isEmpty || bytes.isEmpty { return }
        if encoding != .wide { copy(bytes, 0..<bytes.count) }
        var traits = encoding == .wide ? [] : TextTraits.of(searched.text)
        for index in list.rules {
            let rule = program.rule(index)
            var ranges: [Range<Int>] = []
            if encoding != .wide {
                ranges = matches(
                    rule, searched.text, .bytes(UnsafeRawBufferPointer(bytes)), traits)
                redact(ranges, rule, in: bytes)
            }
            var isWideChanged = false
            if encoding == .wide {
                isWideChanged = scrubWide(bytes, rule)
            } else if encoding == .both {
                isWideChanged = scrubWide(bytes, rule, outside: ranges)
            }
            guard encoding != .wide, !ranges.isEmpty || isWideChanged else { continue }
            copy(bytes, 0..<bytes.count)
            traits = TextTraits.of(searched.text)
        }
        searched.removeAll()
        decoded.removeAll()
    }

    /// The part as matchers see it.
    private func copy(_ bytes: UnsafeMutableRawBufferPointer, _ range: Range<Int>) {
        searched.removeAll()
        let target = searched.reserve(range.count)
        for (index, offset) in range.enumerated() {
            let byte = bytes[offset]
            target[index] = byte &- 1 < 0x7F ? byte : 1
        }
    }

    private func matches(
        _ rule: ScrubRule, _ text: ScannedText, _ source: RuleMatches.Source, _ traits: TextTraits
    ) -> [Range<Int>] {
        var matches = RuleMatches(
            program: program, text: text, source: source, nanosecondsLeft: nanosecondsLeft)
        let ranges = matches.ranges(rule, traits, patterns: patterns)
        nanosecondsLeft = matches.nanosecondsLeft
        return ranges
    }

    private func replacement(_ rule: ScrubRule) -> [UInt8]? {
        rule.text >= 0 ? program.texts[Int(rule.text)] : nil
    }

    private func redact(
        _ ranges: [Range<Int>], _ rule: ScrubRule, in bytes: UnsafeMutableRawBufferPointer
    ) {
        if ranges.isEmpty { return }
        isChanged = true
        let text = replacement(rule)
        for range in ranges {
            SameLengthRedaction.apply(
                rule.method, text: text, to: UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
        }
    }

    // MARK: UTF-16

    /// Searches what is not redacted yet, from even positions.
    private func scrubWide(
        _ bytes: UnsafeMutableRawBufferPointer, _ rule: ScrubRule, outside ranges: [Range<Int>]
    ) -> Bool {
        var isFound = false
        var start = 0
        for range in ranges + [bytes.count..<bytes.count] {
            if range.lowerBound > start {
                let gap = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<range.lowerBound])
                if scrubWide(gap, rule) { isFound = true }
            }
            start = min(range.upperBound + range.upperBound & 1, bytes.count)
        }
        return isFound
    }

    private func scrubWide(_ bytes: UnsafeMutableRawBufferPointer, _ rule: ScrubRule) -> Bool {
        let data = UnsafeRawBufferPointer(bytes)
        let text = replacement(rule)
        var isFound = false
        var position = 0
        while var segment = WideTextSegment.next(in: data, from: position, into: decoded) {
            position = segment.range.upperBound
            let traits = TextTraits.of(decoded.text)
            for match in matches(rule, decoded.text, .text, traits) {
                let range = segment.dataRange(match, of: decoded)
                if range.isEmpty { continue }
                isFound = true
                SameLengthRedaction.applyWide(
                    rule.method, text: text,
                    to: UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
            }
        }
        if isFound { isChanged = true }
        return isFound
    }
}

/// The folder of a path: the file's name stays, because finding symbols needs it.
enum PathFolder {
    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x2F || byte == 0x5C }

    /// Bytes of a path before its last separator, 0 without one.
    static func byteCount(_ path: UnsafeRawBufferPointer) -> Int {
        path.lastIndex(where: isSeparator) ?? 0
    }

    /// The same for UTF-16, little-endian.
    static func wideByteCount(_ path: UnsafeRawBufferPointer) -> Int {
        var offset = (path.count & ~1) - 2
        while offset >= 0 {
            if path[offset + 1] == 0, isSeparator(path[offset]) { return offset }
            offset -= 2
        }
        return 0
    }
}
