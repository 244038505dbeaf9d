/// Matchers of addresses: IP version 4 and 6, e-mail. Each is linear in the text.
enum NetworkMatchers {
    /// Four octets 0–255 with `\b` at both ends.
    static func ipv4(_ text: ScannedText, from: Int) -> TextMatch {
        var start = from
        while start + 7 <= text.count {
            if ByteClass.of(text[start]) & ByteClass.digit != 0, !text.isWord(before: start) {
                let end = ipv4End(text, at: start)
                if end > 0 { return TextMatch(start, end) }
            }
            start += 1
        }
        return .none
    }

    private static func ipv4End(_ text: ScannedText, at start: Int) -> Int {
        var position = start
        for octet in 0..<4 {
            position = octetEnd(text, at: position)
            if position < 0 { return -1 }
            if octet < 3 {
                guard text.byte(position) == 0x2E else { return -1 }
                position += 1
            }
        }
        return text.isWord(at: position) ? -1 : position
    }

    /// End of the run of one to three digits at `offset` when its value is at most 255.
    private static func octetEnd(_ text: ScannedText, at offset: Int) -> Int {
        var value = 0
        var position = offset
        while position < text.count, position - offset < 3,
            ByteClass.of(text[position]) & ByteClass.digit != 0
        {
            value = value * 10 + Int(text[position] & 0x0F)
            position += 1
        }
        return position > offset && value <= 255 ? position : -1
    }

    /// `\b[local]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\.[a-zA-Z]{2,}\b`
    static func email(_ text: ScannedText, from: Int) -> TextMatch {
        var at = text.find(0x40, from: from)
        while at < text.count {
            let end = emailHostEnd(text, after: at)
            if end > 0 {
                var runStart = at
                while runStart > from,
                    ByteClass.of(text[runStart - 1]) & ByteClass.emailLocal != 0
                {
                    runStart -= 1
                }
                while runStart < at, !text.isBoundary(runStart) { runStart += 1 }
                if runStart < at { return TextMatch(runStart, end) }
            }
            at = text.find(0x40, from: at + 1)
        }
        return .none
    }

    private static func emailHostEnd(_ text: ScannedText, after at: Int) -> Int {
        var best = -1
        var labelStart = at + 1
        var position = labelStart
        var isFirstLabel = true
        while true {
            var letters = position
            while letters < text.count, ByteClass.of(text[letters]) & ByteClass.letter != 0 {
                letters += 1
            }
            position = letters
            while position < text.count, ByteClass.of(text[position]) & ByteClass.hostLabel != 0 {
                position += 1
            }
            if position == labelStart { return best }
            if !isFirstLabel, letters - labelStart >= 2, !text.isWord(at: letters) {
                best = letters
            }
            guard text.byte(position) == 0x2E else { return best }
            position += 1
            labelStart = position
            isFirstLabel = false
        }
    }

    /// `\b(?:(?:[a-z0-9+-]+:)?//(user(?::password)?))@`, the credentials are redacted.
    static func urlAuth(_ text: ScannedText, from: Int) -> TextMatch {
        var slash = text.find(0x2F, from: from)
        while slash + 3 < text.count {
            if text[slash + 1] == 0x2F {
                let end = credentialsEnd(text, at: slash + 2, passwordAt: nil)
                if end > 0, hasUrlStart(text, slashes: slash, from: from, scheme: .withSigns) {
                    return TextMatch(start: slash + 2, end: end, next: end + 1)
                }
            }
            slash = text.find(0x2F, from: slash + 1)
        }
        return .none
    }

    /// `\b((?:[a-z0-9]+:)?//[a-zA-Z0-9%_.-]+:)([a-zA-Z0-9%_.-]+)@`, the password is redacted.
    static func urlPassword(_ text: ScannedText, from: Int) -> TextMatch {
        var slash = text.find(0x2F, from: from)
        while slash + 5 < text.count {
            if text[slash + 1] == 0x2F {
                var password = -1
                let end = credentialsEnd(text, at: slash + 2, passwordAt: &password)
                if end > 0, password > 0,
                    hasUrlStart(text, slashes: slash, from: from, scheme: .alphanumeric)
                {
                    return TextMatch(start: password, end: end, next: end + 1)
                }
            }
            slash = text.find(0x2F, from: slash + 1)
        }
        return .none
    }

    /// End of `user` or `user:password` when an `@` follows, -1 otherwise.
    @inline(__always)
    private static func credentialsEnd(
        _ text: ScannedText, at offset: Int, passwordAt: UnsafeMutablePointer<Int>?
    ) -> Int {
        var position = offset
        while ByteClass.of(text.byte(position)) & ByteClass.urlUser != 0 { position += 1 }
        if position == offset { return -1 }
        if text.byte(position) == 0x3A {
            let start = position + 1
            passwordAt?.pointee = start
            position = start
            while ByteClass.of(text.byte(position)) & ByteClass.urlUser != 0 { position += 1 }
            if position == start { return -1 }
        }
        return text.byte(position) == 0x40 ? position : -1
    }

    private enum SchemeCharacters { case alphanumeric, withSigns }

    /// Whether a match may start at the scheme before `slashes` or at the slashes themselves.
    private static func hasUrlStart(
        _ text: ScannedText, slashes: Int, from: Int, scheme: SchemeCharacters
    ) -> Bool {
        if text.isWord(before: slashes) { return true }
        guard slashes > from, text[slashes - 1] == 0x3A else { return false }
        var position = slashes - 1
        while position > from {
            let byte = text[position - 1]
            let isLower = byte >= 0x61 && byte <= 0x7A
            let isDigit = byte >= 0x30 && byte <= 0x39
            let isSign = scheme == .withSigns && (byte == 0x2B || byte == 0x2D)
            guard isLower || isDigit || isSign else { break }
            position -= 1
            if text.isBoundary(position) { return true }
        }
        return false
    }
}
