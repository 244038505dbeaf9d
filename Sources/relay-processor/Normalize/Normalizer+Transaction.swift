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
        let isUnlabeled = isText(name, "<unlabeled transaction>")
        guard isURL || (!has(source) && isBrowserSDK && !isUnlabeled), let bytes = text(name)
        else { return }
        document.setString(entry(Key.source, in: info), "sanitized")
        if isUnlabeled { return }
        var scrubbed: [UInt8] = []
        var start = 0
        var found = false
        for end in 0...bytes.count {
            guard end == bytes.count || bytes[end] == 0x2F || bytes[end] == 0x5C else { continue }
            let segment = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            if let rule = IdentifierSegment.rule(segment, isFirst: start == 0) {
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
    /// Name of the rule that finds an identifier in the segment. Numbers come first, but not in the
    /// first segment of a name that starts without a slash.
    static func rule(_ segment: UnsafeRawBufferPointer, isFirst: Bool) -> StaticString? {
        guard segment.count >= 2 else { return nil }
        if !isFirst, hasNumber(segment) { return "int" }
        if hasUUID(segment) { return "uuid" }
        if hasHexadecimalWord(segment, of: 40) { return "sha1" }
        if hasHexadecimalWord(segment, of: 32) { return "md5" }
        if hasTime(segment) { return "date" }
        if hasPrefixedHexadecimal(segment) { return "hex" }
        return hasNumber(segment) ? "int" : nil
    }

    /// Two digits in a row that are no part of an escape; nothing counts behind a broken escape.
    private static func hasNumber(_ segment: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index + 1 < segment.count {
            if segment[index] == 0x25 {
                guard index + 2 < segment.count, Hexadecimal.value(segment[index + 1]) != nil,
                    Hexadecimal.value(segment[index + 2]) != nil
                else { return false }
                index += 3
            } else {
                if ASCII.isDigit(segment[index]), ASCII.isDigit(segment[index + 1]) {
                    return true
                }
                index += 1
            }
        }
        return false
    }

    private static func hasUUID(_ segment: UnsafeRawBufferPointer) -> Bool {
        guard segment.count >= 36 else { return false }
        for start in 0...(segment.count - 36) {
            if start > 0, isWord(segment[start - 1]) { continue }
            if start + 36 < segment.count, isWord(segment[start + 36]) { continue }
            let isUUID = (0..<36).allSatisfy { offset in
                let byte = segment[start + offset]
                switch offset {
                case 8, 13, 18, 23: return byte == 0x2D
                default: return Hexadecimal.value(byte) != nil
                }
            }
            if isUUID { return true }
        }
        return false
    }

    /// `2022-01-01T10:00Z`, with seconds and their fraction or without, or with an offset.
    private static func hasTime(_ segment: UnsafeRawBufferPointer) -> Bool {
        let shape: [UInt8] = Array("dddd-dd-ddTdd:dd".utf8)
        guard segment.count > shape.count else { return false }
        for start in 0..<(segment.count - shape.count) {
            let fits = shape.indices.allSatisfy {
                let byte = segment[start + $0]
                return shape[$0] == 0x64 ? ASCII.isDigit(byte) : byte == shape[$0]
            }
            if fits, hasZone(segment[(start + shape.count)...]) { return true }
        }
        return false
    }

    private static func hasZone(_ rest: Slice<UnsafeRawBufferPointer>) -> Bool {
        var rest = rest.drop { ASCII.isDigit($0) || $0 == 0x3A || $0 == 0x2E }
        guard let zone = rest.popFirst() else { return false }
        if zone == 0x5A { return true }
        let offset = Array(rest.prefix(5))
        return (zone == 0x2B || zone == 0x2D) && offset.count == 5 && offset[2] == 0x3A
            && [0, 1, 3, 4].allSatisfy { ASCII.isDigit(offset[$0]) }
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
