/// Why a pattern cannot be used.
public struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
}

/// Translates regular expressions from Rust's syntax to RE2's.
///
/// Both are leftmost-first and linear, so the translation keeps the meaning: Unicode classes are
/// written out (`\d`, `\w`, `\s`, `.` of Rust are Unicode), white space of `(?x)` disappears, stacked
/// repetitions get a group, escapes are rewritten. What RE2 cannot express is refused with the
/// reason: set operations in classes, half word boundaries, byte-oriented parts.
struct RustPattern {
    /// Levels of groups and classes.
    static let levelsMax = 128
    static let bytesMax = 64 * 1024

    private let source: [UInt8]
    private var position = 0
    private var level = 0
    private var isVerbose = false
    /// Whether `\b` or `\B` occurs, whose Unicode meaning RE2 does not have.
    private(set) var usesWordBoundary = false

    private init(_ source: [UInt8]) { self.source = source }

    /// The pattern in RE2's syntax.
    static func translate(
        _ pattern: String
    ) throws(PatternError) -> (text: String, usesWordBoundary: Bool) {
        let bytes = Array(pattern.utf8)
        guard bytes.count <= bytesMax else {
            throw PatternError(description: "pattern is longer than \(bytesMax) bytes")
        }
        var translation = RustPattern(bytes)
        let result = try translation.alternation()
        if translation.position < bytes.count {
            throw translation.error("unopened group", at: translation.position, length: 1)
        }
        return (result, translation.usesWordBoundary)
    }

    /// The text as a pattern that matches it literally.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if #"\.+*?()|[]{}^$#&-~"#.unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    // MARK: Reading

    private var current: UInt8 { position < source.count ? source[position] : 0 }
    private var isAtEnd: Bool { position >= source.count }

    private func peek(_ offset: Int) -> UInt8 {
        position + offset < source.count ? source[position + offset] : 0
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard !isAtEnd, source[position] == byte else { return false }
        position += 1
        return true
    }

    /// An error in the form that Rust's parser prints.
    private func error(_ reason: String, at offset: Int, length: Int) -> PatternError {
        let text = String(decoding: source, as: UTF8.self)
        let column = String(decoding: source[..<min(offset, source.count)], as: UTF8.self)
            .unicodeScalars.count
        let marker =
            String(repeating: " ", count: 4 + column)
            + String(repeating: "^", count: max(length, 1))
        return PatternError(
            description: "regex parse error:\n    \(text)\n\(marker)\nerror: \(reason)")
    }

    private func refused(_ what: String) -> PatternError {
        PatternError(description: "\(what) is not supported")
    }

    private mutating func skipVerbose() {
        guard isVerbose else { return }
        while !isAtEnd {
            let byte = current
            if byte == 0x20 || (byte >= 9 && byte <= 13) {
                position += 1
            } else if byte == 0x23 {
                while !isAtEnd, current != 0x0A { position += 1 }
            } else {
                return
            }
        }
    }

    // MARK: Grammar

    private mutating func alternation() throws(PatternError) -> String {
        level += 1
        guard level <= RustPattern.levelsMax else {
            throw refused("nesting deeper than \(RustPattern.levelsMax) levels")
        }
        let verboseOutside = isVerbose
        var result = try concatenation()
        while skip(0x7C) {
            result += "|"
            result += try concatenation()
        }
        isVerbose = verboseOutside
        level -= 1
        return result
    }

    private mutating func concatenation() throws(PatternError) -> String {
        var result = ""
        while true {
            skipVerbose()
            if isAtEnd || current == 0x7C || current == 0x29 { return result }
            result += try repetition()
        }
    }

    private mutating func repetition() throws(PatternError) -> String {
        let start = position
        if current == 0x2A || current == 0x2B || current == 0x3F {
            throw error("repetition operator missing expression", at: position, length: 1)
        }
        var result = try atom()
        let isDirective =
            start < source.count && result.hasPrefix("(?") && result.hasSuffix(")")
            && !result.hasPrefix("(?:") && !result.hasPrefix("(?P") && !result.contains(":")
        var isRepeated = false
        while true {
            skipVerbose()
            guard let quantifier = try quantifier() else { return result }
            if isDirective {
                throw error("repetition operator missing expression", at: position, length: 1)
            }
            result = isRepeated ? "(?:\(result))\(quantifier)" : result + quantifier
            isRepeated = true
        }
    }

    private mutating func quantifier() throws(PatternError) -> String? {
        var result: String
        switch current {
        case 0x2A where !isAtEnd: result = "*"
        case 0x2B where !isAtEnd: result = "+"
        case 0x3F where !isAtEnd: result = "?"
        case 0x7B where !isAtEnd:
            result = try countedQuantifier()
            position -= 1
        default: return nil
        }
        position += 1
        if skip(0x3F) { result += "?" }
        return result
    }

    private mutating func countedQuantifier() throws(PatternError) -> String {
        let start = position
        position += 1
        var minimum = number()
        var result: String
        if skip(0x2C) {
            let maximum = number()
            if minimum == nil, maximum != nil { minimum = 0 }
            guard let minimum else {
                throw error(
                    "repetition quantifier expects a valid decimal", at: start + 1, length: 1)
            }
            if let maximum, maximum < minimum {
                throw error(
                    "invalid repetition count range, the start must be <= the end", at: start,
                    length: position - start + 1)
            }
            result = "{\(minimum),\(maximum.map { String($0) } ?? "")}"
        } else {
            guard let minimum else {
                throw error(
                    "repetition quantifier expects a valid decimal", at: start + 1, length: 1)
            }
            result = "{\(minimum)}"
        }
        guard skip(0x7D) else {
            throw error("unclosed counted repetition", at: start, length: position - start)
        }
        return result
    }

    private mutating func number() -> Int? {
        while current == 0x20, isVerbose { position += 1 }
        var value: Int?
        while !isAtEnd, current >= 0x30, current <= 0x39 {
            value = min((value ?? 0) * 10 + Int(current & 0x0F), 1_000_000)
            position += 1
        }
        return value
    }

    private mutating func atom() throws(PatternError) -> String {
        let byte = current
        switch byte {
        case 0x28: return try group()
        case 0x5B:
            var translation = ClassTranslation(source, position, isVerbose)
            let text = try translation.read()
            position = translation.position
            return text
        case 0x5C: return try escape()
        case 0x2E, 0x5E, 0x24:
            position += 1
            return String(UnicodeScalar(byte))
        case 0x7B:
            throw error("repetition operator missing expression", at: position, length: 1)
        default:
            let length = min(ScannedText.sequenceLength(byte), source.count - position)
            let text = String(decoding: source[position..<position + length], as: UTF8.self)
            position += length
            return byte == 0x5D || byte == 0x7D ? "\\" + text : text
        }
    }

    private mutating func group() throws(PatternError) -> String {
        let start = position
        position += 1
        var opening = "("
        if skip(0x3F) {
            if current == 0x3D || current == 0x21
                || (current == 0x3C && (peek(1) == 0x3D || peek(1) == 0x21))
            {
                throw error(
                    "look-around, including look-ahead and look-behind, is not supported",
                    at: start, length: current == 0x3C ? 4 : 3)
            }
            if current == 0x3C || (current == 0x50 && peek(1) == 0x3C) {
                opening = "(?P<\(try groupName(start))>"
            } else {
                let verboseOutside = isVerbose
                let flags = try readFlags(start)
                if skip(0x29) { return flags.isEmpty ? "" : "(?\(flags))" }
                guard skip(0x3A) else { throw error("unrecognized flag", at: position, length: 1) }
                let body = try alternation()
                isVerbose = verboseOutside
                guard skip(0x29) else { throw error("unclosed group", at: start, length: 1) }
                return "(?\(flags):\(body))"
            }
        }
        let body = try alternation()
        guard skip(0x29) else { throw error("unclosed group", at: start, length: 1) }
        return "\(opening)\(body))"
    }

    private mutating func groupName(_ start: Int) throws(PatternError) -> String {
        position += current == 0x50 ? 2 : 1
        let nameStart = position
        while !isAtEnd, current != 0x3E { position += 1 }
        guard !isAtEnd else { throw error("unclosed capture group name", at: start, length: 1) }
        let name = String(decoding: source[nameStart..<position], as: UTF8.self)
        position += 1
        guard name.utf8.allSatisfy({ ByteClass.of($0) & ByteClass.word != 0 }), !name.isEmpty
        else {
            throw error("invalid capture group character", at: nameStart, length: 1)
        }
        return name
    }

    /// Reads `i`, `m`, `s`, `U`, `x`, `u` with `-` up to `)` or `:`; the flags for RE2.
    private mutating func readFlags(_ start: Int) throws(PatternError) -> String {
        var result = ""
        var isNegated = false
        while !isAtEnd, current != 0x29, current != 0x3A {
            switch current {
            case 0x69, 0x6D, 0x73, 0x55: result.unicodeScalars.append(UnicodeScalar(current))
            case 0x2D:
                isNegated = true
                result += "-"
            case 0x78: isVerbose = !isNegated
            case 0x75:
                if isNegated { throw refused("a pattern without Unicode") }
            case 0x52: throw refused("the flag R")
            default: throw error("unrecognized flag", at: position, length: 1)
            }
            position += 1
        }
        if result.hasSuffix("-") { result.removeLast() }
        return result
    }

    // MARK: Escapes

    private mutating func escape() throws(PatternError) -> String {
        let next = peek(1)
        switch next {
        case 0x62, 0x42:
            if next == 0x62, peek(2) == 0x7B { throw refused("a half word boundary") }
            usesWordBoundary = true
            position += 2
            return next == 0x62 ? "\\b" : "\\B"
        case 0x41, 0x7A:
            position += 2
            return next == 0x41 ? "\\A" : "\\z"
        case 0x3C, 0x3E: throw refused("a half word boundary")
        default: break
        }
        var reader = EscapeReader(source, position)
        let part = try reader.read()
        position = reader.position
        switch part {
        case .scalar(let scalar): return EscapeReader.literal(scalar)
        case .set(let text, let isClassBody): return isClassBody ? "[\(text)]" : text
        }
    }
}
