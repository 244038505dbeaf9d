import CRe2

/// A regular expression from a configuration, compiled by RE2.
final class UserPattern {
    /// Memory for the program and its caches; a pattern that needs more is refused.
    static let memoryBytesMax: Int64 = 8 << 20

    private let regex: OpaquePointer
    /// Number of capturing groups.
    let groupCount: Int

    /// Compiles a pattern in Rust's syntax.
    init(_ pattern: String, isCaseInsensitive: Bool = false) throws(PatternError) {
        var translated = try RustPattern.translate(pattern).text
        if isCaseInsensitive { translated = "(?i:\(translated))" }
        let compiled = translated.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cre2_compile($0.baseAddress, $0.count, UserPattern.memoryBytesMax)
            }
        }
        guard let compiled else { throw PatternError(description: "no memory for the pattern") }
        if let reason = cre2_error(compiled) {
            let text = UserPattern.reason(String(cString: reason))
            cre2_free(compiled)
            throw PatternError(description: text)
        }
        regex = compiled
        groupCount = Int(cre2_group_count(compiled))
    }

    deinit { cre2_free(regex) }

    private static func reason(_ text: String) -> String {
        if text.hasPrefix("pattern too large") || text.hasPrefix("bad repetition") {
            return "Compiled regex exceeds size limit of \(memoryBytesMax) bytes."
        }
        if text.hasPrefix("invalid character class range") { return "Unicode property not found" }
        return text
    }

    /// Whether the pattern matches anywhere.
    func matches(_ text: ScannedText) -> Bool {
        search(text, from: 0, spans: nil, count: 0)
    }

    /// The leftmost match at or after `from`: the whole and the groups.
    func search(
        _ text: ScannedText, from: Int, spans: UnsafeMutablePointer<cre2_span>?, count: Int
    ) -> Bool {
        text.base.withMemoryRebound(to: CChar.self, capacity: max(text.count, 1)) {
            cre2_search(regex, $0, text.count, from, spans, Int32(count))
        }
    }
}
