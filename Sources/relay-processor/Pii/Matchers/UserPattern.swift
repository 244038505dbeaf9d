import CRe2

/// A regular expression from a configuration, compiled by RE2.
final class UserPattern {
    /// Memory for the program and its caches; a pattern that needs more is refused.
    static let memoryBytesMax: Int64 = 8 << 20

    private let regex: OpaquePointer
    /// Number of capturing groups.
    let groupCount: Int

    /// Compiles a pattern in Rust's syntax.
    convenience init(_ pattern: String, isCaseInsensitive: Bool = false) throws(PatternError) {
        let translated = try RustPattern.translate(pattern).text
        try self.init(
            translated: Array(translated.utf8), isCaseInsensitive: isCaseInsensitive,
            compile: cre2_compile)
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
        let whole =
            isCaseInsensitive
            ? Array("(?i:".utf8) + translated + Array(")".utf8) : translated
        let compiled = whole.withUnsafeBufferPointer { bytes in
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
