/// Matchers of numbers: cards, bank accounts, devices, social security. Each is linear in the text.
enum NumberMatchers {
    /// `\b(?:3[47]\d|4\d{3}|5[1-5]\d\d|65\d\d|6011)([-\s]?\d){12}\b`
    static func creditCard(_ text: ScannedText, from: Int) -> TextMatch {
        var start = from
        while start < text.count {
            let byte = text[start]
            if byte >= 0x33, byte <= 0x36, !text.isWord(before: start) {
                let end = creditCardEnd(text, at: start)
                if end > 0 { return TextMatch(start, end) }
            }
            start += 1
        }
        return .none
    }

    private static func creditCardEnd(_ text: ScannedText, at start: Int) -> Int {
        let second = text.byte(start + 1)
        var position = start + 2
        var prefixDigits: Int
        switch text[start] {
        case 0x33:
            guard second == 0x34 || second == 0x37 else { return -1 }
            prefixDigits = 1
        case 0x34:
            position = start + 1
            prefixDigits = 3
        case 0x35:
            guard second >= 0x31, second <= 0x35 else { return -1 }
            prefixDigits = 2
        default:
            if second == 0x35 {
                prefixDigits = 2
            } else {
                guard second == 0x30, text.byte(start + 2) == 0x31, text.byte(start + 3) == 0x31
                else { return -1 }
                position = start + 4
                prefixDigits = 0
            }
        }
        while prefixDigits > 0 {
            let length = text.digitLength(at: position)
            if length == 0 { return -1 }
            position += length
            prefixDigits -= 1
        }
        for _ in 0..<12 {
            if text.byte(position) == 0x2D {
                position += 1
            } else {
                position += text.spaceLength(at: position)
            }
            let length = text.digitLength(at: position)
            if length == 0 { return -1 }
            position += length
        }
        return text.isWord(at: position) ? -1 : position
    }

    /// `\b(\d{2}-?\d{6}-?\d{6}-?\d{1,2})\b`
    static func imei(_ text: ScannedText, from: Int) -> TextMatch {
        var start = from
        while start < text.count {
            if text.digitLength(at: start) > 0, !text.isWord(before: start) {
                let end = imeiEnd(text, at: start)
                if end > 0 { return TextMatch(start, end) }
            }
            start += ScannedText.sequenceLength(text[start])
        }
        return .none
    }

    private static func imeiEnd(_ text: ScannedText, at start: Int) -> Int {
        var position = start
        for index in 0..<3 {
            let group = index == 0 ? 2 : 6
            for _ in 0..<group {
                let length = text.digitLength(at: position)
                if length == 0 { return -1 }
                position += length
            }
            if text.byte(position) == 0x2D { position += 1 }
        }
        let first = text.digitLength(at: position)
        if first == 0 { return -1 }
        position += first
        position += text.digitLength(at: position)
        return text.isWord(at: position) ? -1 : position
    }

    /// `\b([0-9]{3}-[0-9]{2}-[0-9]{4})\b`
    static func socialSecurity(_ text: ScannedText, from: Int) -> TextMatch {
        var dash = text.find(0x2D, from: from + 3)
        while dash + 7 < text.count {
            let start = dash - 3
            if text[dash + 3] == 0x2D, isDigits(text, start, 3), isDigits(text, dash + 1, 2),
                isDigits(text, dash + 4, 4), !text.isWord(before: start),
                !text.isWord(at: dash + 8)
            {
                return TextMatch(start, dash + 8)
            }
            dash = text.find(0x2D, from: dash + 1)
        }
        return .none
    }

    @inline(__always)
    private static func isDigits(_ text: ScannedText, _ offset: Int, _ count: Int) -> Bool {
        for index in 0..<count where ByteClass.of(text[offset + index]) & ByteClass.digit == 0 {
            return false
        }
        return true
    }

    /// `\b(AT|AD|…)\d{2}[a-zA-Z0-9]{11,29}\b`, two-letter codes of countries with IBANs.
    static func iban(_ text: ScannedText, from: Int) -> TextMatch {
        var start = from
        while start + 15 <= text.count {
            if ByteClass.of(text[start]) & ByteClass.upper != 0,
                ByteClass.of(text[start + 1]) & ByteClass.upper != 0,
                !text.isWord(before: start), isIbanCountry(text[start], text[start + 1])
            {
                let end = ibanEnd(text, at: start + 2)
                if end > 0 { return TextMatch(start, end) }
            }
            start += 1
        }
        return .none
    }

    private static func ibanEnd(_ text: ScannedText, at offset: Int) -> Int {
        var position = offset
        for _ in 0..<2 {
            let length = text.digitLength(at: position)
            if length == 0 { return -1 }
            position += length
        }
        let accountStart = position
        while position < text.count, position - accountStart <= 29,
            ByteClass.of(text[position]) & (ByteClass.letter | ByteClass.digit) != 0
        {
            position += 1
        }
        let length = position - accountStart
        return length >= 11 && length <= 29 && !text.isWord(at: position) ? position : -1
    }

    private static let ibanCountries: StaticString = """
        ATADAEALAZBABEBGBHBRBYCHCRCYCZDEDKDOEEEGESFIFOFRGBGEGIGLGRGTHRHUIEILIQISITJOKWKZLBLCLILTLU\
        LVLYMCMDMEMKMRMTMUNLNOPKPLPSPTQARORURSSASCSESISKSMSTSVTLTNTRUAVAVGXKDZAOBJBFBICVCMCFTDKMCG\
        CIDJGQGAGWHNIRMGMLMAMZNINESNTG
        """

    private static func isIbanCountry(_ first: UInt8, _ second: UInt8) -> Bool {
        let codes = ibanCountries.utf8Start
        var index = 0
        while index < ibanCountries.utf8CodeUnitCount {
            if codes[index] == first, codes[index + 1] == second { return true }
            index += 2
        }
        return false
    }

    /// `\b([[:xdigit:]]{2}[:-]){5}[[:xdigit:]]{2}\b`
    static func mac(_ text: ScannedText, from: Int) -> TextMatch {
        var start = from
        while start + 17 <= text.count {
            if ByteClass.of(text[start]) & ByteClass.hex != 0, isMac(text, at: start),
                !text.isWord(before: start), !text.isWord(at: start + 17)
            {
                return TextMatch(start, start + 17)
            }
            start += 1
        }
        return .none
    }

    private static func isMac(_ text: ScannedText, at start: Int) -> Bool {
        for pair in 0..<6 {
            let offset = start + pair * 3
            if ByteClass.of(text[offset]) & ByteClass.of(text[offset + 1]) & ByteClass.hex == 0 {
                return false
            }
            if pair < 5, text[offset + 2] != 0x3A, text[offset + 2] != 0x2D { return false }
        }
        return true
    }

    /// `(?i)\b[a-z0-9]{8}-?[a-z0-9]{4}-?[a-z0-9]{4}-?[a-z0-9]{4}-?[a-z0-9]{12}\b`
    static func uuid(_ text: ScannedText, from: Int) -> TextMatch {
        var start = from
        while start + 32 <= text.count {
            if !text.isWord(before: start) {
                let end = uuidEnd(text, at: start)
                if end > 0 { return TextMatch(start, end) }
            }
            start += ScannedText.sequenceLength(text[start])
        }
        return .none
    }

    private static func uuidEnd(_ text: ScannedText, at start: Int) -> Int {
        var position = start
        for index in 0..<5 {
            let group = index == 0 ? 8 : (index == 4 ? 12 : 4)
            if position > start, text.byte(position) == 0x2D { position += 1 }
            for _ in 0..<group {
                guard position < text.count else { return -1 }
                if ByteClass.of(text[position]) & (ByteClass.letter | ByteClass.digit) != 0 {
                    position += 1
                } else {
                    let length = text.foldedLetterLength(at: position)
                    if length == 0 { return -1 }
                    position += length
                }
            }
        }
        return text.isWord(at: position) ? -1 : position
    }
}
