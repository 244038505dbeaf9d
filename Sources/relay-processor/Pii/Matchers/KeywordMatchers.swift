/// Matchers that look for words: bearer tokens, secret names, session cookies.
enum KeywordMatchers {
    /// `(?i)\b(Bearer\s+)([^\s]+)`
    static func bearer(_ text: ScannedText, from: Int) -> TextMatch {
        var start = from
        while start + 8 <= text.count {
            if text[start] | 0x20 == 0x62, !text.isWord(before: start) {
                let word = text.skip("bearer", at: start)
                if word >= 0 {
                    let match = token(text, start: start, after: word)
                    if match.found { return match }
                }
            }
            start += 1
        }
        return .none
    }

    private static func token(_ text: ScannedText, start: Int, after word: Int) -> TextMatch {
        var position = word
        while true {
            let length = text.spaceLength(at: position)
            if length == 0 { break }
            position += length
        }
        guard position > word, position < text.count else { return .none }
        while position < text.count, text.spaceLength(at: position) == 0 {
            position += ScannedText.sequenceLength(text[position])
        }
        return TextMatch(start, position)
    }

    /// `(?i)(password|secret|passwd|api[-_]key|apikey|auth|credentials|mysql_pwd|privatekey|`
    /// `private[-_]key|token[^\s]*[:=]|^otp$|^two[-_]factor$)` anywhere in the text.
    static func containsSecretName(_ text: ScannedText) -> Bool {
        var position = 0
        // Start of the last "token" that may still be closed by a `:` or `=` before white space.
        var hasOpenToken = false
        while position < text.count {
            let byte = text[position]
            switch byte | 0x20 {
            case 0x70: if isSecretAtP(text, position) { return true }
            case 0x73, 0xE5:
                if text.skip("secret", at: position) >= 0 { return true }
            case 0x61:
                if isSecretAtA(text, position) { return true }
            case 0x63: if text.skip("credentials", at: position) >= 0 { return true }
            case 0x6D: if text.skip("mysql_pwd", at: position) >= 0 { return true }
            case 0x74:
                let end = text.skip("token", at: position)
                if end >= 0 {
                    hasOpenToken = true
                    position = end
                    continue
                }
                if position == 0, isWhole(text, "two", "factor") { return true }
            case 0x6F:
                if position == 0, text.skip("otp", at: 0) == text.count { return true }
            default: break
            }
            if hasOpenToken {
                if byte == 0x3A || byte == 0x3D { return true }
                if text.spaceLength(at: position) > 0 { hasOpenToken = false }
            }
            position += ScannedText.sequenceLength(byte)
        }
        return false
    }

    private static func isSecretAtP(_ text: ScannedText, _ position: Int) -> Bool {
        let pass = text.skip("pass", at: position)
        if pass >= 0 { return text.skip("word", at: pass) >= 0 || text.skip("wd", at: pass) >= 0 }
        let privat = text.skip("private", at: position)
        return privat >= 0 && isKeyWord(text, at: privat)
    }

    private static func isSecretAtA(_ text: ScannedText, _ position: Int) -> Bool {
        if text.skip("auth", at: position) >= 0 { return true }
        let api = text.skip("api", at: position)
        return api >= 0 && isKeyWord(text, at: api)
    }

    /// `[-_]?key`
    private static func isKeyWord(_ text: ScannedText, at offset: Int) -> Bool {
        let byte = text.byte(offset)
        return text.skip("key", at: byte == 0x2D || byte == 0x5F ? offset + 1 : offset) >= 0
    }

    private static func isWhole(
        _ text: ScannedText, _ first: StaticString, _ second: StaticString
    ) -> Bool {
        let end = text.skip(first, at: 0)
        guard end >= 0, text.byte(end) == 0x2D || text.byte(end) == 0x5F else { return false }
        return text.skip(second, at: end + 1) == text.count
    }

    /// Whether a key names a secret: as `containsSecretName`, or `token` anywhere.
    static func isSecretKey(_ text: ScannedText) -> Bool {
        if containsSecretName(text) { return true }
        var position = 0
        while position + 5 <= text.count {
            if text[position] | 0x20 == 0x74, text.skip("token", at: position) >= 0 { return true }
            position += 1
        }
        return false
    }

    /// `(?i)\b(name|…)=([^;]+)` with the names of session and anti-forgery cookies; the value is
    /// redacted.
    static func cookies(_ text: ScannedText, from: Int) -> TextMatch {
        var equals = text.find(0x3D, from: from)
        while equals + 1 < text.count {
            if text[equals + 1] != 0x3B, endsCookieName(text, at: equals, from: from) {
                let end = text.find(0x3B, from: equals + 1)
                return TextMatch(equals + 1, end)
            }
            equals = text.find(0x3D, from: equals + 1)
        }
        return .none
    }

    private static func endsCookieName(_ text: ScannedText, at end: Int, from: Int) -> Bool {
        // A name takes at most two more bytes per `s` or `k` than it has letters.
        var start = end
        let earliest = max(from, end - 32)
        while start > earliest {
            start -= 1
            if text[start] & 0xC0 == 0x80 { continue }
            guard text.isBoundary(start) else { continue }
            for name in SensitiveCookies.names where text.skip(name, at: start) == end {
                return true
            }
        }
        return false
    }
}

/// Cookies that identify a session or carry an anti-forgery token.
enum SensitiveCookies {
    static let names: [StaticString] = [
        "sentrysid", "sudo", "su", "session", "__session", "sessionid", "user_session", "symfony",
        "phpsessid", "fasthttpsessionid", "mysession", "irissessionid", "_vercel_jwt", "csrf",
        "xsrf", "_xsrf", "_csrf", "csrf-token", "csrf_token", "xsrf-token", "xsrf_token",
        "fastcsrf", "_iris_csrf",
    ]
}
