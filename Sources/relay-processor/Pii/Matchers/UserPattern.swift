import CRe2

/// A regular expression from a configuration, compiled by RE2.
///
/// `\w` has a hundred thousand members, which makes a pattern a hundred times larger. As most texts
/// are ASCII, a pattern of a set is compiled with a small `\w` that is the same for them, and with
/// the real one when a text needs it.
final class UserPattern {
    /// Memory for the program and its caches; a pattern that needs more is refused.
    static let memoryBytesMax: Int64 = 8 << 20
    /// Instructions of the small program up to which the whole one surely is within the memory: of
    /// each dozen it may make 1,400, of which 87,000 are allowed.
    private static let smallInstructionsMax: Int32 = 400
    /// `\w` of ASCII, and enough else that the filter of a set takes it for "anything".
    private static let smallWord = #"0-9A-Za-z_\x{4e00}-\x{9fff}"#

    private enum Whole {
        /// `regex` is the whole pattern.
        case same
        /// In RE2's syntax, to be compiled when needed.
        case text([UInt8])
        case compiled(OpaquePointer)
        /// It does not compile after all: everything matches.
        case unusable
    }

    private let regex: OpaquePointer
    private var whole = Whole.same
    /// Keeps what the set owns.
    private let set: PatternSet?
    /// Whether the filter of the set knows the pattern.
    var isInSet: Bool { self.set != nil }
    /// Number of capturing groups.
    let groupCount: Int

    /// Compiles a pattern in Rust's syntax.
    convenience init(_ pattern: String, isCaseInsensitive: Bool = false) throws(PatternError) {
        let translated = try RustPattern.translate(pattern).text
        try self.init(
            translated: Array(translated.utf8), isCaseInsensitive: isCaseInsensitive,
            compile: cre2_compile)
    }

    /// Compiles a pattern in Rust's syntax as part of a set.
    init(
        _ pattern: String, isCaseInsensitive: Bool, number: Int, in set: PatternSet
    ) throws(PatternError) {
        let translated = try RustPattern.translate(pattern).text
        let all = UserPattern.wrapped(Array(translated.utf8), isCaseInsensitive)
        var small = all
        small.replaceAll(Array(EscapeReader.word.utf8), with: Array(UserPattern.smallWord.utf8))
        if let added = set.add(number, small) {
            regex = added
            self.set = set
            if small != all {
                whole =
                    cre2_program_size(added) <= UserPattern.smallInstructionsMax
                    ? .text(all) : .compiled(try UserPattern.compiled(all, cre2_compile))
            }
        } else {
            regex = try UserPattern.compiled(all, cre2_compile)
            self.set = nil
        }
        groupCount = Int(cre2_group_count(regex))
    }

    /// Compiles a pattern for texts that are any bytes: `\w` and `\s` are those of ASCII, `.`
    /// matches line feeds too, characters beyond ASCII stand for their bytes.
    convenience init(bytes pattern: String, isCaseInsensitive: Bool) throws(PatternError) {
        let translated = try RustPattern.translate(pattern).text
        var ascii = Array(translated.utf8)
        ascii.replaceAll(Array(EscapeReader.space.utf8), with: Array(#"\t-\r "#.utf8))
        ascii.replaceAll(Array(EscapeReader.word.utf8), with: Array("0-9A-Za-z_".utf8))
        try self.init(
            translated: ascii, isCaseInsensitive: isCaseInsensitive, compile: cre2_compile_bytes)
    }

    private init(
        translated: [UInt8], isCaseInsensitive: Bool,
        compile: (UnsafePointer<CChar>?, Int, Int64) -> OpaquePointer?
    ) throws(PatternError) {
        regex = try UserPattern.compiled(
            UserPattern.wrapped(translated, isCaseInsensitive), compile)
        set = nil
        groupCount = Int(cre2_group_count(regex))
    }

    private static func wrapped(_ pattern: [UInt8], _ isCaseInsensitive: Bool) -> [UInt8] {
        isCaseInsensitive ? Array("(?i:".utf8) + pattern + Array(")".utf8) : pattern
    }

    private static func compiled(
        _ pattern: [UInt8], _ compile: (UnsafePointer<CChar>?, Int, Int64) -> OpaquePointer?
    ) throws(PatternError) -> OpaquePointer {
        let compiled = pattern.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                compile($0.baseAddress, $0.count, UserPattern.memoryBytesMax)
            }
        }
        guard let compiled else { throw PatternError(description: "no memory for the pattern") }
        if let reason = cre2_error(compiled) {
            let text = UserPattern.reason(String(cString: reason))
            cre2_free(compiled)
            throw PatternError(description: text)
        }
        return compiled
    }

    deinit {
        cre2_free(regex)
        if case .compiled(let other) = whole { cre2_free(other) }
    }

    private static func reason(_ text: String) -> String {
        if text.hasPrefix("pattern too large") || text.hasPrefix("bad repetition") {
            return "Compiled regex exceeds size limit of \(memoryBytesMax) bytes."
        }
        if text.hasPrefix("invalid character class range") { return "Unicode property not found" }
        return text
    }

    /// Whether the pattern matches anywhere. `isASCII`: whether the text is known to be so.
    func matches(_ text: ScannedText, isASCII: Bool = false) -> Bool {
        search(text, isASCII: isASCII, from: 0, spans: nil, count: 0)
    }

    /// The leftmost match at or after `from`: the whole and the groups.
    func search(
        _ text: ScannedText, isASCII: Bool = false, from: Int,
        spans: UnsafeMutablePointer<cre2_span>?, count: Int
    ) -> Bool {
        guard let program = isASCII ? regex : wholeRegex() else {
            guard from < text.count else { return false }
            for index in 0..<count {
                spans?[index] = cre2_span(start: Int64(from), end: Int64(text.count))
            }
            return true
        }
        return text.base.withMemoryRebound(to: CChar.self, capacity: max(text.count, 1)) {
            cre2_search(program, $0, text.count, from, spans, Int32(count))
        }
    }

    /// Compiles what a search of such a text needs: it happens once and is not the event's fault, so
    /// it should not count as time of the search.
    func prepare(isASCII: Bool) {
        if !isASCII { _ = wholeRegex() }
    }

    /// The program with the real `\w`; nil: it cannot be compiled.
    private func wholeRegex() -> OpaquePointer? {
        switch whole {
        case .same: return regex
        case .compiled(let known): return known
        case .unusable: return nil
        case .text(let text):
            do {
                let made = try UserPattern.compiled(text, cre2_compile)
                whole = .compiled(made)
                return made
            } catch {
                whole = .unusable
                return nil
            }
        }
    }
}

extension [UInt8] {
    /// Replaces every occurrence of `part`, which is not empty.
    fileprivate mutating func replaceAll(_ part: [UInt8], with replacement: [UInt8]) {
        var result: [UInt8] = []
        var position = 0
        while position < count {
            if count - position >= part.count, self[position..<position + part.count] == part[...] {
                result += replacement
                position += part.count
            } else {
                result.append(self[position])
                position += 1
            }
        }
        self = result
    }
}
