/// Which names normalising accepts.
enum NameRules {
    static func isRelease(_ text: Text) -> Bool {
        guard text.count <= 200, text.allSatisfy(isAllowed) else { return false }
        if text.count <= 2, text.allSatisfy({ $0 == 0x2E }) { return false }
        return !ASCIIText.equals(text, ignoringCase: "latest")
    }

    static func isEnvironment(_ text: Text) -> Bool {
        text.count <= 64 && text.allSatisfy(isAllowed)
            && !ASCIIText.equals(text, ignoringCase: "none")
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F && byte != 0x2F && byte != 0x5C
    }

    static func isDistribution(_ text: Text) -> Bool {
        text.count <= 64 && text.allSatisfy { isWord($0) || $0 == 0x2D || $0 == 0x2E }
    }

    static func isTagKey(_ text: Text) -> Bool {
        !text.isEmpty
            && text.allSatisfy { isWord($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x3A }
    }

    static func isMethod(_ text: Text) -> Bool {
        text.count >= 3 && text.count <= 32
            && text.allSatisfy { ASCIIText.lower($0) &- 0x61 < 26 || $0 == 0x2D || $0 == 0x5F }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        ASCIIText.lower(byte) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F
    }
}

/// The first word of an exception's message that is its type.
enum ExceptionType {
    /// Position of the colon if the text is one line that starts with a word and a colon.
    static func prefix(_ text: Text) -> Int? {
        guard let colon = text.firstIndex(of: 0x3A), colon > 0, !text.contains(0x0A) else {
            return nil
        }
        let word = String(decoding: text[..<colon], as: UTF8.self).unicodeScalars
        let isWord = word.allSatisfy {
            $0.properties.isAlphabetic || $0 == "_" || $0.properties.numericType == .decimal
        }
        return isWord ? colon : nil
    }
}

/// White space as Unicode defines it.
enum WhiteSpace {
    /// The range without white space around it.
    static func trimmed(_ text: Text) -> Range<Int> {
        if let first = text.first, let last = text.last, first > 0x20, first < 0x80, last > 0x20,
            last < 0x80
        {
            return 0..<text.count
        }
        let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
        var start = 0
        for scalar in scalars {
            guard scalar.properties.isWhitespace else { break }
            start += UTF8.width(scalar)
        }
        var end = text.count
        for scalar in scalars.reversed() {
            guard end > start, scalar.properties.isWhitespace else { break }
            end -= UTF8.width(scalar)
        }
        return start..<max(start, end)
    }
}
