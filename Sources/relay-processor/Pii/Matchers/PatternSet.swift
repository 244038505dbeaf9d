import CRe2

/// The patterns of a configuration together, with a filter that finds in one pass over a text which
/// of them can match it at all: by the words that each match must contain.
final class PatternSet {
    private let set: OpaquePointer
    /// Whether `candidates` may be asked.
    private(set) var isFinished = false
    /// Patterns that were added.
    private(set) var count = 0

    init?() {
        guard let set = cre2_set_new() else { return nil }
        self.set = set
    }

    deinit { cre2_set_free(set) }

    /// Adds a regular expression in RE2's syntax and returns it compiled, to be freed by the caller
    /// before the set; nil if it cannot be compiled.
    func add(_ number: Int, _ pattern: [UInt8]) -> OpaquePointer? {
        let isAdded = pattern.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cre2_set_add(
                    set, Int32(number), $0.baseAddress, $0.count, UserPattern.memoryBytesMax)
            }
        }
        guard isAdded else { return nil }
        count += 1
        return cre2_set_regex(set, Int32(number))
    }

    /// Adds a pattern that consists of literal texts.
    func add(_ number: Int, _ literals: LiteralSet) -> Bool {
        count += 1
        return literals.texts.allSatisfy { text in
            text.withUnsafeBufferPointer { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    cre2_set_add_literal(set, Int32(number), $0.baseAddress, $0.count)
                }
            }
        }
    }

    /// To be called once after all patterns.
    func finish() { isFinished = cre2_set_finish(set) }

    /// Sets the bits of the patterns that may match a text, as it is or with parts of it redacted.
    func candidates(_ text: ScannedText, _ words: UnsafeMutableBufferPointer<UInt64>) {
        text.base.withMemoryRebound(to: CChar.self, capacity: max(text.count, 1)) {
            cre2_set_candidates(set, $0, text.count, words.baseAddress, words.count)
        }
    }
}
