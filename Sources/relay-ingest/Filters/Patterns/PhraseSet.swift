/// Fixed phrases that are searched for in a text as today's Relay searches for its built-in regular
/// expressions: case of letters is ignored, as Unicode has it.
///
/// In a phrase a space is any white space, `.` any character but a line feed, and a leading `^` the
/// start of the text.
struct PhraseSet: Sendable {
    private struct Phrase: Sendable {
        var isAnchored = false
        /// The part up to the first `.`, which is searched for.
        var literal: [UInt8] = []
        /// What must follow it.
        var rest: [UInt8] = []
        /// What must come behind everything.
        var tail: Tail
    }

    /// What must come behind a phrase.
    enum Tail: Sendable {
        case anything
        /// An optional `s`, then white space, `/`, `)`, `;` or the end of the text.
        case endOfWord
        /// A digit.
        case digit
    }

    private let phrases: [Phrase]
    private let literals: LiteralSet

    init(_ list: [(text: String, tail: Tail)]) {
        phrases = list.map { text, tail in
            var bytes = Array(text.lowercased().utf8)
            let isAnchored = bytes.first == 0x5E
            if isAnchored { bytes.removeFirst() }
            let end = bytes.firstIndex(of: Self.anyCharacter) ?? bytes.endIndex
            return Phrase(
                isAnchored: isAnchored, literal: Array(bytes[..<end]), rest: Array(bytes[end...]),
                tail: tail)
        }
        var omitted: [Int] = []
        literals = LiteralSet(phrases.map(\.literal), omitted: &omitted)
    }

    /// Stands for any character in a phrase; a plain full stop is itself.
    static let anyCharacter: UInt8 = 0x01

    /// Whether any phrase is in the text.
    func isFound(in text: UnsafeRawBufferPointer) -> Bool {
        if ASCIIText.isASCII(text) { return scan(text) }
        return Self.folded(text).withUnsafeBytes { scan($0) }
    }

    private func scan(_ text: UnsafeRawBufferPointer) -> Bool {
        literals.scan(text) { index, end in
            let phrase = phrases[index]
            if phrase.isAnchored, end != phrase.literal.count { return false }
            guard let next = Self.match(phrase.rest, text, end) else { return false }
            return Self.match(phrase.tail, text, next)
        }
    }

    private static func match(
        _ rest: [UInt8], _ text: UnsafeRawBufferPointer, _ start: Int
    ) -> Int? {
        var index = start
        for wanted in rest {
            guard index < text.count else { return nil }
            let byte = text[index]
            index += 1
            if wanted == anyCharacter {
                if byte == 0x0A { return nil }
                // The other bytes of the character.
                while byte >= 0xC0, index < text.count, text[index] & 0xC0 == 0x80 { index += 1 }
            } else if wanted == 0x20 {
                guard isSpace(byte) else { return nil }
            } else if ASCIIText.lower(byte) != wanted {
                return nil
            }
        }
        return index
    }

    private static func match(_ tail: Tail, _ text: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        switch tail {
        case .anything: return true
        case .digit: return start < text.count && text[start] &- 0x30 < 10
        case .endOfWord:
            if isEnd(text, start) { return true }
            return start < text.count && ASCIIText.lower(text[start]) == 0x73
                && isEnd(text, start + 1)
        }
    }

    private static func isEnd(_ text: UnsafeRawBufferPointer, _ index: Int) -> Bool {
        guard index < text.count else { return true }
        let byte = text[index]
        return byte == 0x2F || byte == 0x29 || byte == 0x3B || isSpace(byte)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
    }

    /// Characters that Unicode takes for ASCII ones, as those: the Kelvin sign and the long s, white
    /// space, decimal digits.
    private static func folded(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\u{212A}": result.append(0x6B)
            case "\u{017F}": result.append(0x73)
            default:
                if scalar.value >= 0x80, scalar.properties.isWhitespace {
                    result.append(0x20)
                } else if scalar.value >= 0x80, scalar.properties.numericType == .decimal {
                    result.append(0x30)
                } else {
                    result.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
                }
            }
        }
        return result
    }
}
