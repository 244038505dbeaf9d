/// Names of transactions that are URLs, for the processor, which rewrites them, and the filters, which
/// must read the rewritten name.
public enum TransactionName {
    /// Whether an SDK that states no source gives URLs as names.
    public static func isURL(sdk: UnsafeRawBufferPointer) -> Bool {
        sdks.contains { known in
            sdk.elementsEqual(
                UnsafeBufferPointer(start: known.utf8Start, count: known.utf8CodeUnitCount))
        }
    }

    private static let sdks: [StaticString] = [
        "sentry.javascript.angular", "sentry.javascript.browser", "sentry.javascript.ember",
        "sentry.javascript.gatsby", "sentry.javascript.react", "sentry.javascript.remix",
        "sentry.javascript.vue", "sentry.javascript.nextjs", "sentry.php.laravel",
        "sentry.php.symfony",
    ]

    /// The name with `*` for each part that identifies something; nil if it stays, as a name does that
    /// would be nothing but `*`.
    ///
    /// - Parameter found: told of each such part and the rule that knows it.
    public static func scrubbed(
        _ name: UnsafeRawBufferPointer, found: (Range<Int>, StaticString) -> Void = { _, _ in }
    ) -> [UInt8]? {
        var scrubbed: [UInt8] = []
        var start = 0
        var isChanged = false
        for end in 0...name.count {
            guard end == name.count || name[end] == 0x2F || name[end] == 0x5C else { continue }
            let segment = UnsafeRawBufferPointer(rebasing: name[start..<end])
            if let rule = IdentifierSegment.rule(segment, isFirst: start == 0) {
                isChanged = true
                found(start..<end, rule)
                scrubbed.append(0x2A)
            } else {
                scrubbed.append(contentsOf: segment)
            }
            if end < name.count { scrubbed.append(name[end]) }
            start = end + 1
        }
        return isChanged && scrubbed != [0x2A] ? scrubbed : nil
    }
}

/// Parts of URL paths that name one thing rather than a kind of things.
private enum IdentifierSegment {
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
                guard index + 2 < segment.count, Hexadecimal.value(of: segment[index + 1]) != nil,
                    Hexadecimal.value(of: segment[index + 2]) != nil
                else { return false }
                index += 3
            } else {
                if isDigit(segment[index]), isDigit(segment[index + 1]) {
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
                default: return Hexadecimal.value(of: byte) != nil
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
                return shape[$0] == 0x64 ? isDigit(byte) : byte == shape[$0]
            }
            if fits, hasZone(segment[(start + shape.count)...]) { return true }
        }
        return false
    }

    private static func hasZone(_ rest: Slice<UnsafeRawBufferPointer>) -> Bool {
        var rest = rest.drop { isDigit($0) || $0 == 0x3A || $0 == 0x2E }
        guard let zone = rest.popFirst() else { return false }
        if zone == 0x5A { return true }
        let offset = Array(rest.prefix(5))
        return (zone == 0x2B || zone == 0x2D) && offset.count == 5 && offset[2] == 0x3A
            && [0, 1, 3, 4].allSatisfy { isDigit(offset[$0]) }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == 0x5F || byte >= 0x80
            || ((byte | 0x20) &- 0x61 < 26)
    }

    private static func hasHexadecimalWord(
        _ segment: UnsafeRawBufferPointer, of length: Int
    ) -> Bool {
        guard segment.count >= length else { return false }
        return segment.split(whereSeparator: { !isWord($0) }).contains {
            $0.count == length && $0.allSatisfy { Hexadecimal.value(of: $0) != nil }
        }
    }

    private static func hasPrefixedHexadecimal(_ segment: UnsafeRawBufferPointer) -> Bool {
        segment.split(whereSeparator: { !isWord($0) }).contains {
            $0.count > 2 && $0[$0.startIndex] == 0x30 && $0[$0.startIndex + 1] | 0x20 == 0x78
                && $0.dropFirst(2).allSatisfy { Hexadecimal.value(of: $0) != nil }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
}
