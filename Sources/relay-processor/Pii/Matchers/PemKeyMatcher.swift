/// Matcher of the body of a PEM key:
/// `-----BEGIN[A-Z ]+(PRIVATE|PUBLIC) KEY-----[\t ]*\r?\n?(.+?)\r?\n?-----END[A-Z ]+(…) KEY-----`.
enum PemKeyMatcher {
    static func next(_ text: ScannedText, from: Int) -> TextMatch {
        var begin = find("-----BEGIN", in: text, from: from)
        // Where the search for the next end marker may go on; no marker before it is usable.
        var end = -1
        var hasNoEnd = false
        while begin >= 0 {
            let header = markerEnd(text, at: begin + 10)
            if header >= 0 {
                let body = bodyStart(text, after: header)
                if end < body + 1, !hasNoEnd {
                    end = endMarker(text, from: body + 1)
                    hasNoEnd = end < 0
                }
                if end >= 0 { return match(text, body: body, marker: end) }
                if body > header, endMarkerEnd(text, at: body) >= 0 {
                    let next = endMarkerEnd(text, at: body)
                    return TextMatch(start: body - 1, end: body, next: next)
                }
            }
            begin = find("-----BEGIN", in: text, from: begin + 1)
        }
        return .none
    }

    private static func match(_ text: ScannedText, body: Int, marker: Int) -> TextMatch {
        var end = marker
        if end - 1 > body, text[end - 1] == 0x0A { end -= 1 }
        if end - 1 > body, text[end - 1] == 0x0D { end -= 1 }
        return TextMatch(start: body, end: end, next: endMarkerEnd(text, at: marker))
    }

    private static func bodyStart(_ text: ScannedText, after header: Int) -> Int {
        var position = header
        while text.byte(position) == 0x20 || text.byte(position) == 0x09 { position += 1 }
        if text.byte(position) == 0x0D { position += 1 }
        if text.byte(position) == 0x0A { position += 1 }
        return position
    }

    private static func endMarker(_ text: ScannedText, from: Int) -> Int {
        var marker = find("-----END", in: text, from: from)
        while marker >= 0, endMarkerEnd(text, at: marker) < 0 {
            marker = find("-----END", in: text, from: marker + 1)
        }
        return marker
    }

    private static func endMarkerEnd(_ text: ScannedText, at marker: Int) -> Int {
        text.has("-----END", at: marker) ? markerEnd(text, at: marker + 8) : -1
    }

    /// End of `[A-Z ]+(PRIVATE|PUBLIC) KEY-----` at `offset`, -1 when it is not there.
    private static func markerEnd(_ text: ScannedText, at offset: Int) -> Int {
        var end = offset
        while text.byte(end) == 0x20 || ByteClass.of(text.byte(end)) & ByteClass.upper != 0 {
            end += 1
        }
        guard text.has("-----", at: end) else { return -1 }
        let isPrivate = end - 11 > offset && text.has("PRIVATE KEY", at: end - 11)
        let isPublic = end - 10 > offset && text.has("PUBLIC KEY", at: end - 10)
        return isPrivate || isPublic ? end + 5 : -1
    }

    static func find(_ word: StaticString, in text: ScannedText, from: Int) -> Int {
        let first = word.utf8Start[0]
        var position = text.find(first, from: from)
        while position < text.count {
            if text.has(word, at: position) { return position }
            position = text.find(first, from: position + 1)
        }
        return -1
    }
}
