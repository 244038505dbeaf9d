/// Matcher of the user's name in file paths:
/// `(?i)(?:\b(?:[a-z]:[\\/])?(?:users|home|documentsandsettings|[^/\\]+[/\\]profiles)[\\/]`
/// `|/(?:home|users)/)([^/\\\r\n\x00]+)`, the last group is redacted.
///
/// (The reference writes "documents and settings", but its pattern ignores white space.)
enum UserPathMatcher {
    static func next(_ text: ScannedText, from: Int) -> TextMatch {
        var position = from
        // First separator at or after `position`; every alternative needs one.
        var separator = nextSeparator(text, from: from)
        while separator < text.count {
            while position <= separator {
                let match = match(text, at: position, separator: separator)
                if match.found { return match }
                position += ScannedText.sequenceLength(text[position])
            }
            separator = nextSeparator(text, from: separator + 1)
        }
        return .none
    }

    @inline(__always)
    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x2F || byte == 0x5C }

    private static func nextSeparator(_ text: ScannedText, from: Int) -> Int {
        var position = from
        while position < text.count, !isSeparator(text[position]) { position += 1 }
        return position
    }

    private static func match(_ text: ScannedText, at start: Int, separator: Int) -> TextMatch {
        if text.isBoundary(start) {
            let letter = text.foldedLetterLength(at: start)
            if letter > 0, start + letter + 1 == separator, text.byte(start + letter) == 0x3A {
                let after = separator + 1
                let match = root(text, at: after, separator: nextSeparator(text, from: after))
                if match.found { return match }
            }
            let match = root(text, at: start, separator: separator)
            if match.found { return match }
        }
        if text[start] == 0x2F {
            for word: StaticString in ["home", "users"] {
                let end = text.skip(word, at: start + 1)
                if end >= 0, text.byte(end) == 0x2F { return segment(text, at: end + 1) }
            }
        }
        return .none
    }

    /// `(users|home|documentsandsettings|X/profiles)[\\/]` and the segment after it; `separator` is
    /// the first one at or after `start`.
    private static func root(_ text: ScannedText, at start: Int, separator: Int) -> TextMatch {
        guard separator < text.count, separator > start else { return .none }
        if separator - start <= 24 {
            for word: StaticString in ["users", "home", "documentsandsettings"]
            where text.skip(word, at: start) == separator {
                let match = segment(text, at: separator + 1)
                if match.found { return match }
            }
        }
        let end = text.skip("profiles", at: separator + 1)
        guard end >= 0, end < text.count, isSeparator(text[end]) else { return .none }
        return segment(text, at: end + 1)
    }

    private static func segment(_ text: ScannedText, at start: Int) -> TextMatch {
        var end = start
        while end < text.count, !isSeparator(text[end]), text[end] != 0x0D, text[end] != 0x0A,
            text[end] != 0
        {
            end += 1
        }
        return end > start ? TextMatch(start, end) : .none
    }
}
