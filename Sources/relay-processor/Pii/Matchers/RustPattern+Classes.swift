/// Reads one escape of Rust's syntax that stands for a character or a set of characters.
struct EscapeReader {
    enum Part {
        case scalar(Unicode.Scalar)
        /// A set in RE2's syntax; `isClassBody`: what goes between brackets.
        case set(String, isClassBody: Bool)
    }

    private let source: [UInt8]
    private(set) var position: Int
    private let start: Int

    /// - Parameter position: Of the backslash.
    init(_ source: [UInt8], _ position: Int) {
        self.source = source
        self.position = position
        start = position
    }

    /// `\s`: White_Space
    static let space =
        #"\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}"#
        + #"\x{205f}\x{3000}"#
    /// `\w`: Alphabetic, marks, decimal digits, connectors, join controls.
    static let word =
        #"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{200c}\x{200d}\x{24b6}-\x{24e9}"#
        + #"\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189}"#

    static func literal(_ scalar: Unicode.Scalar) -> String {
        // Beyond ASCII too: in patterns for bytes an escape is one byte, a character all of its bytes.
        if scalar.value < 0x20 || scalar.value >= 0x7F {
            return "\\x{\(String(scalar.value, radix: 16))}"
        }
        let isPlain =
            scalar.value == 0x20
            || ByteClass.of(UInt8(truncatingIfNeeded: scalar.value)) & ByteClass.word != 0
        return isPlain ? String(Character(scalar)) : "\\" + String(Character(scalar))
    }

    private func failure(_ reason: String) -> PatternError {
        let text = String(decoding: source, as: UTF8.self)
        let column = String(decoding: source[..<start], as: UTF8.self).unicodeScalars.count
        let marker =
            String(repeating: " ", count: 4 + column)
            + String(repeating: "^", count: max(position - start, 1))
        return PatternError(
            description: "regex parse error:\n    \(text)\n\(marker)\nerror: \(reason)")
    }

    mutating func read() throws(PatternError) -> Part {
        position += 1
        guard position < source.count else {
            throw failure("incomplete escape sequence, reached end of pattern prematurely")
        }
        let byte = source[position]
        position += 1
        switch byte {
        case 0x64: return .set("\\p{Nd}", isClassBody: false)
        case 0x44: return .set("\\P{Nd}", isClassBody: false)
        case 0x73: return .set(EscapeReader.space, isClassBody: true)
        case 0x77: return .set(EscapeReader.word, isClassBody: true)
        case 0x53: return .set("[^\(EscapeReader.space)]", isClassBody: false)
        case 0x57: return .set("[^\(EscapeReader.word)]", isClassBody: false)
        case 0x70, 0x50: return .set(try property(isNegated: byte == 0x50), isClassBody: false)
        case 0x6E: return .scalar("\n")
        case 0x72: return .scalar("\r")
        case 0x74: return .scalar("\t")
        case 0x66: return .scalar("\u{0C}")
        case 0x76: return .scalar("\u{0B}")
        case 0x61: return .scalar("\u{07}")
        case 0x78: return .scalar(try hex(digits: 2))
        case 0x75: return .scalar(try hex(digits: 4))
        case 0x55: return .scalar(try hex(digits: 8))
        default:
            let isLetterOrDigit =
                ByteClass.of(byte) & (ByteClass.letter | ByteClass.digit) != 0 || byte >= 0x80
            if isLetterOrDigit || byte == 0x3C || byte == 0x3E {
                throw failure("unrecognized escape sequence")
            }
            return .scalar(Unicode.Scalar(byte))
        }
    }

    private mutating func hex(digits: Int) throws(PatternError) -> Unicode.Scalar {
        var text = ""
        if position < source.count, source[position] == 0x7B {
            position += 1
            while position < source.count, source[position] != 0x7D {
                text.unicodeScalars.append(Unicode.Scalar(source[position]))
                position += 1
            }
            position += 1
        } else {
            while text.utf8.count < digits, position < source.count {
                text.unicodeScalars.append(Unicode.Scalar(source[position]))
                position += 1
            }
            if text.utf8.count < digits {
                throw failure("incomplete escape sequence, reached end of pattern prematurely")
            }
        }
        guard let value = UInt32(text, radix: 16) else {
            throw failure(text.isEmpty ? "hexadecimal literal empty" : "invalid hexadecimal digit")
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw failure("hexadecimal literal is not a Unicode scalar value")
        }
        return scalar
    }

    /// `\pL`, `\p{Greek}`, `\p{^Lu}`: categories and scripts, under their short or proper names.
    private mutating func property(isNegated: Bool) throws(PatternError) -> String {
        var name = ""
        if position < source.count, source[position] == 0x7B {
            position += 1
            while position < source.count, source[position] != 0x7D {
                name.unicodeScalars.append(Unicode.Scalar(source[position]))
                position += 1
            }
            position += 1
        } else if position < source.count {
            name.unicodeScalars.append(Unicode.Scalar(source[position]))
            position += 1
        }
        var isInverted = isNegated
        if name.hasPrefix("^") {
            isInverted.toggle()
            name.removeFirst()
        }
        let folded = name.lowercased().filter { $0 != " " && $0 != "_" && $0 != "-" }
        let body: String
        if let category = EscapeReader.categories[folded] {
            body = "\\p{\(category)}"
        } else if let set = EscapeReader.sets[folded] {
            body = set
        } else if let first = name.unicodeScalars.first, first.value < 0x80, folded.count > 2 {
            // A script: RE2 knows it by its proper name, or refuses it when it compiles.
            let words = name.split { $0 == " " || $0 == "_" || $0 == "-" }
            body =
                "\\p{"
                + words.map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }
                .joined(separator: "_") + "}"
        } else {
            throw failure("Unicode property not found")
        }
        return "[\(isInverted ? "^" : "")\(body)]"
    }

    private static let sets: [String: String] = [
        "alphabetic": #"\p{L}\p{M}\p{Nl}\x{24b6}-\x{24e9}"#, "alpha": #"\p{L}\p{M}\p{Nl}"#,
        "whitespace": space, "space": space, "any": #"\x{0}-\x{10ffff}"#, "ascii": #"\x{0}-\x{7f}"#,
        "lowercase": #"\p{Ll}\x{aa}\x{ba}"#, "uppercase": #"\p{Lu}"#,
    ]

    private static let categories: [String: String] = {
        var names: [String: String] = [
            "letter": "L", "uppercaseletter": "Lu", "lowercaseletter": "Ll",
            "titlecaseletter": "Lt", "modifierletter": "Lm", "otherletter": "Lo", "mark": "M",
            "nonspacingmark": "Mn", "spacingmark": "Mc", "enclosingmark": "Me", "number": "N",
            "decimalnumber": "Nd", "digit": "Nd", "letternumber": "Nl", "othernumber": "No",
            "punctuation": "P", "punct": "P", "symbol": "S", "separator": "Z", "other": "C",
            "control": "Cc", "cntrl": "Cc", "spaceseparator": "Zs", "mathsymbol": "Sm",
            "currencysymbol": "Sc", "dashpunctuation": "Pd", "connectorpunctuation": "Pc",
        ]
        for name in [
            "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P",
            "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl",
            "Zp", "C", "Cc", "Cf", "Co", "Cs",
        ] {
            names[name.lowercased()] = name
        }
        return names
    }()
}

/// Translates one bracketed class, nested ones flattened; set operations are refused.
struct ClassTranslation {
    private let source: [UInt8]
    private(set) var position: Int
    private let isVerbose: Bool
    private var level = 0

    init(_ source: [UInt8], _ position: Int, _ isVerbose: Bool) {
        self.source = source
        self.position = position
        self.isVerbose = isVerbose
    }

    private func failure(_ reason: String, at offset: Int, length: Int = 1) -> PatternError {
        let text = String(decoding: source, as: UTF8.self)
        let column = String(decoding: source[..<offset], as: UTF8.self).unicodeScalars.count
        let marker =
            String(repeating: " ", count: 4 + column) + String(repeating: "^", count: length)
        return PatternError(
            description: "regex parse error:\n    \(text)\n\(marker)\nerror: \(reason)")
    }

    private func byte(_ offset: Int) -> UInt8 {
        position + offset < source.count ? source[position + offset] : 0
    }

    mutating func read() throws(PatternError) -> String {
        let start = position
        position += 1
        var isNegated = false
        if byte(0) == 0x5E {
            isNegated = true
            position += 1
        }
        let body = try readBody(start)
        return "[\(isNegated ? "^" : "")\(body)]"
    }

    private mutating func readBody(_ start: Int) throws(PatternError) -> String {
        var body = ""
        var isFirst = true
        while true {
            guard position < source.count else {
                throw failure("unclosed character class", at: start)
            }
            let next = byte(0)
            if isVerbose, next == 0x20 || (next >= 9 && next <= 13) {
                position += 1
                continue
            }
            if next == 0x5D, !isFirst {
                position += 1
                return body
            }
            let isOperator =
                (next == 0x26 || next == 0x2D || next == 0x7E) && byte(1) == next
                && !(next == 0x2D && isFirst)
            if isOperator {
                throw PatternError(
                    description: "a set operation in a character class is not supported")
            }
            if next == 0x5B {
                body += try readNested(start)
            } else {
                body += try readItem()
            }
            isFirst = false
        }
    }

    private mutating func readNested(_ start: Int) throws(PatternError) -> String {
        if byte(1) == 0x3A {
            var end = position + 2
            while end < source.count, source[end] != 0x5D { end += 1 }
            if end < source.count, source[end - 1] == 0x3A {
                let text = String(decoding: source[position...end], as: UTF8.self)
                position = end + 1
                return text
            }
        }
        level += 1
        guard level <= RustPattern.levelsMax, byte(1) != 0x5E else {
            throw PatternError(
                description: "a negated class inside a character class is not supported")
        }
        position += 1
        let body = try readBody(start)
        level -= 1
        return body
    }

    private mutating func readItem() throws(PatternError) -> String {
        let start = position
        let first = try readElement()
        guard case .scalar(let low) = first else {
            guard case .set(let text, let isClassBody) = first else { return "" }
            if !isClassBody, text.hasPrefix("[") {
                if text.hasPrefix("[^") {
                    return try negatedSet(text)
                }
                return String(text.dropFirst().dropLast())
            }
            return text
        }
        guard byte(0) == 0x2D, byte(1) != 0x5D, byte(1) != 0x2D, position + 1 < source.count else {
            return ClassTranslation.literal(low)
        }
        position += 1
        guard case .scalar(let high) = try readElement() else {
            throw failure("invalid range boundary, must be a literal", at: start)
        }
        guard low.value <= high.value else {
            throw failure(
                "invalid character class range, the start must be <= the end", at: start,
                length: position - start)
        }
        return "\(ClassTranslation.literal(low))-\(ClassTranslation.literal(high))"
    }

    /// `\S` and `\W` inside a class: RE2 has no nested negation, so their members are written out.
    private func negatedSet(_ text: String) throws(PatternError) -> String {
        if text == "[^\(EscapeReader.space)]" {
            return #"\x{0}-\x{8}\x{e}-\x{1f}!-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}"#
                + #"\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}"#
                + #"\x{2060}-\x{2fff}\x{3001}-\x{10ffff}"#
        }
        if text.hasPrefix("[^\\p{"), text.hasSuffix("}]"), text.filter({ $0 == "{" }).count == 1 {
            return "\\P" + text.dropFirst(4).dropLast(1)
        }
        throw PatternError(description: "a negated set inside a character class is not supported")
    }

    private mutating func readElement() throws(PatternError) -> EscapeReader.Part {
        let first = byte(0)
        if first == 0x5C {
            var reader = EscapeReader(source, position)
            let part = try reader.read()
            position = reader.position
            return part
        }
        let length = min(ScannedText.sequenceLength(first), source.count - position)
        let text = String(decoding: source[position..<position + length], as: UTF8.self)
        position += length
        return .scalar(text.unicodeScalars.first ?? "\u{FFFD}")
    }

    private static func literal(_ scalar: Unicode.Scalar) -> String { EscapeReader.literal(scalar) }
}
