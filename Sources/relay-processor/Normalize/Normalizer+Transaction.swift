import JSON

/// Transactions: name, source, trace and spans get their defaults.
extension Normalizer {
    func normalizeTransaction() {
        guard isTransaction else { return }
        let name = entry(Key.transaction, in: event)
        if text(name)?.isEmpty != false {
            document.setString(name, "<unlabeled transaction>")
        }
        let spans = entry(Key.spans, in: event)
        if !has(spans) { document.setEmptyArray(spans) }
        let info = objectEntry(Key.transactionInfo, in: event)
        scrubName(name, info)
        setDefault(Key.source, in: info, "unknown")
        let trace = eventContext(Key.trace, "trace")
        if trace.exists { setDefault(Key.op, in: trace, "default") }
        for span in document.children(of: find(Key.spans, in: event))
        where kind(span) == .object {
            setDefault(Key.op, in: span, "default")
        }
    }

    /// Names made of URLs: parts that identify something become `*`.
    private func scrubName(_ name: JSONNode, _ info: JSONNode) {
        let source = find(Key.source, in: info)
        let isURL = isText(source, "url") || isText(source, "sanitized")
        guard isURL || (!has(source) && isBrowserSDK), let bytes = text(name) else { return }
        document.setString(entry(Key.source, in: info), "sanitized")
        if isText(name, "<unlabeled transaction>") { return }
        var scrubbed: [UInt8] = []
        var start = 0
        var found = false
        for end in 0...bytes.count {
            guard end == bytes.count || bytes[end] == 0x2F || bytes[end] == 0x5C else { continue }
            let segment = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            if let rule = IdentifierSegment.rule(segment) {
                found = true
                meta.addRemark(name, rule: rule, type: .substituted, range: start..<end)
                scrubbed.append(0x2A)
            } else {
                scrubbed.append(contentsOf: segment)
            }
            if end < bytes.count { scrubbed.append(bytes[end]) }
            start = end + 1
        }
        // A name that would be nothing but `*` stays.
        guard found, scrubbed != [0x2A] else { return }
        meta.setOriginal(name, document.makeString(bytes))
        scrubbed.withUnsafeBytes { document.setString(name, $0) }
    }

    private var isBrowserSDK: Bool {
        let name = find(Key.name, in: find(Key.sdk, in: event))
        for sdk: StaticString in [
            "sentry.javascript.angular", "sentry.javascript.browser", "sentry.javascript.ember",
            "sentry.javascript.gatsby", "sentry.javascript.react", "sentry.javascript.remix",
            "sentry.javascript.vue", "sentry.javascript.nextjs", "sentry.php.laravel",
            "sentry.php.symfony",
        ] where isText(name, sdk) {
            return true
        }
        return false
    }
}

/// Parts of URL paths that name one thing rather than a kind of things.
enum IdentifierSegment {
    /// Name of the rule that finds an identifier in the segment.
    static func rule(_ segment: UnsafeRawBufferPointer) -> StaticString? {
        guard segment.count >= 2 else { return nil }
        if hasHexadecimalWord(segment, of: 40) { return "sha1" }
        if hasHexadecimalWord(segment, of: 32) { return "md5" }
        if hasPrefixedHexadecimal(segment) { return "hex" }
        for index in 1..<segment.count
        where ASCII.isDigit(segment[index]) && ASCII.isDigit(segment[index - 1]) {
            return "int"
        }
        return nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || byte == 0x5F || byte >= 0x80
            || (ASCII.lower(byte) >= 0x61 && ASCII.lower(byte) <= 0x7A)
    }

    private static func hasHexadecimalWord(
        _ segment: UnsafeRawBufferPointer, of length: Int
    ) -> Bool {
        guard segment.count >= length else { return false }
        return segment.split(whereSeparator: { !isWord($0) }).contains {
            $0.count == length && $0.allSatisfy { Hexadecimal.value($0) != nil }
        }
    }

    private static func hasPrefixedHexadecimal(_ segment: UnsafeRawBufferPointer) -> Bool {
        segment.split(whereSeparator: { !isWord($0) }).contains {
            $0.count > 2 && $0[$0.startIndex] == 0x30 && $0[$0.startIndex + 1] | 0x20 == 0x78
                && $0.dropFirst(2).allSatisfy { Hexadecimal.value($0) != nil }
        }
    }
}
