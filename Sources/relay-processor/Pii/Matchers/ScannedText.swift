import CRe2

/// UTF-8 text under a matcher, with the Unicode-aware character classes of Rust's regular
/// expressions (`\b`, `\w`, `\s`, `\d` are Unicode classes there).
///
/// All offsets are byte offsets. The bytes must be valid UTF-8 and stay in place while the value is
/// used; a matcher never keeps it.
struct ScannedText {
    let base: UnsafePointer<UInt8>
    let count: Int

    @inline(__always)
    init(base: UnsafePointer<UInt8>, count: Int) {
        self.base = base
        self.count = count
    }

    @inline(__always)
    subscript(offset: Int) -> UInt8 { base[offset] }

    /// The byte at `offset`, or 0 at and after the end.
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 { offset < count ? base[offset] : 0 }

    /// Length in bytes of the UTF-8 sequence that `lead` starts.
    @inline(__always)
    static func sequenceLength(_ lead: UInt8) -> Int {
        if lead < 0x80 { return 1 }
        if lead < 0xE0 { return 2 }
        return lead < 0xF0 ? 3 : 4
    }

    /// The scalar that starts at `offset` and its length in bytes.
    @inline(never)
    func scalar(at offset: Int) -> (value: UInt32, length: Int) {
        let lead = base[offset]
        let length = min(ScannedText.sequenceLength(lead), count - offset)
        switch length {
        case 2:
            return (UInt32(lead & 0x1F) << 6 | UInt32(base[offset + 1] & 0x3F), 2)
        case 3:
            let high = UInt32(lead & 0x0F) << 12 | UInt32(base[offset + 1] & 0x3F) << 6
            return (high | UInt32(base[offset + 2] & 0x3F), 3)
        case 4:
            let high = UInt32(lead & 0x07) << 18 | UInt32(base[offset + 1] & 0x3F) << 12
            let low = UInt32(base[offset + 2] & 0x3F) << 6 | UInt32(base[offset + 3] & 0x3F)
            return (high | low, 4)
        default:
            return (UInt32(lead), 1)
        }
    }

    /// Offset of the scalar that ends just before `offset` (`offset` > 0).
    @inline(__always)
    func scalarStart(before offset: Int) -> Int {
        var start = offset - 1
        while start > 0, base[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }

    @inline(__always)
    func isWord(at offset: Int) -> Bool {
        guard offset < count else { return false }
        let byte = base[offset]
        if byte < 0x80 { return ByteClass.of(byte) & ByteClass.word != 0 }
        return TextClasses.isWord(scalar(at: offset).value)
    }

    @inline(__always)
    func isWord(before offset: Int) -> Bool {
        guard offset > 0 else { return false }
        let byte = base[offset - 1]
        if byte < 0x80 { return ByteClass.of(byte) & ByteClass.word != 0 }
        return TextClasses.isWord(scalar(at: scalarStart(before: offset)).value)
    }

    /// `\b`
    @inline(__always)
    func isBoundary(_ offset: Int) -> Bool { isWord(before: offset) != isWord(at: offset) }

    /// Length of the `\s` character at `offset`, 0 when there is none.
    @inline(__always)
    func spaceLength(at offset: Int) -> Int {
        guard offset < count else { return 0 }
        let byte = base[offset]
        if byte < 0x80 { return ByteClass.of(byte) & ByteClass.space != 0 ? 1 : 0 }
        let (value, length) = scalar(at: offset)
        return TextClasses.isSpace(value) ? length : 0
    }

    /// Length of the `\d` character at `offset`, 0 when there is none.
    @inline(__always)
    func digitLength(at offset: Int) -> Int {
        guard offset < count else { return 0 }
        let byte = base[offset]
        if byte < 0x80 { return ByteClass.of(byte) & ByteClass.digit != 0 ? 1 : 0 }
        let (value, length) = scalar(at: offset)
        return TextClasses.isDigit(value) ? length : 0
    }

    /// Whether the ASCII `word` (lower case) stands at `offset` without regard to case. Simple case
    /// folding also lets U+017F stand for `s` and U+212A for `k`, as Rust's `(?i)` does. Returns the
    /// offset after it, -1 otherwise.
    func skip(_ word: StaticString, at offset: Int) -> Int {
        let pattern = word.utf8Start
        var position = offset
        for index in 0..<word.utf8CodeUnitCount {
            let next = skipLetter(pattern[index], at: position)
            if next < 0 { return -1 }
            position = next
        }
        return position
    }

    @inline(__always)
    func skipLetter(_ letter: UInt8, at offset: Int) -> Int {
        guard offset < count else { return -1 }
        let byte = base[offset]
        if byte == letter { return offset + 1 }
        if letter >= 0x61, letter <= 0x7A, byte == letter & 0xDF { return offset + 1 }
        if byte < 0x80 { return -1 }
        if letter == 0x73, byte == 0xC5, self.byte(offset + 1) == 0xBF { return offset + 2 }
        if letter == 0x6B, byte == 0xE2, self.byte(offset + 1) == 0x84,
            self.byte(offset + 2) == 0xAA
        {
            return offset + 3
        }
        return -1
    }

    /// Length of the character at `offset` that `[a-z]` matches without regard to case.
    @inline(__always)
    func foldedLetterLength(at offset: Int) -> Int {
        guard offset < count else { return 0 }
        let byte = base[offset]
        if ByteClass.of(byte) & ByteClass.letter != 0 { return 1 }
        if byte < 0x80 { return 0 }
        if byte == 0xC5, self.byte(offset + 1) == 0xBF { return 2 }
        if byte == 0xE2, self.byte(offset + 1) == 0x84, self.byte(offset + 2) == 0xAA { return 3 }
        return 0
    }

    /// Whether the exact ASCII `word` stands at `offset`.
    func has(_ word: StaticString, at offset: Int) -> Bool {
        let length = word.utf8CodeUnitCount
        guard offset >= 0, offset + length <= count else { return false }
        let pattern = word.utf8Start
        for index in 0..<length where base[offset + index] != pattern[index] { return false }
        return true
    }

    /// First offset at or after `offset` that holds `byte`, or `count`.
    @inline(__always)
    func find(_ byte: UInt8, from offset: Int) -> Int {
        var position = offset
        while position < count, base[position] != byte { position += 1 }
        return position
    }
}

/// Character classes of ASCII bytes, one bit each; bytes from 0x80 have none.
enum ByteClass {
    static let word: UInt16 = 1
    static let space: UInt16 = 2
    static let digit: UInt16 = 4
    static let letter: UInt16 = 8
    static let hex: UInt16 = 16
    static let punctuation: UInt16 = 32
    /// Characters of an e-mail address's local part.
    static let emailLocal: UInt16 = 64
    /// `[a-zA-Z0-9-]`
    static let hostLabel: UInt16 = 128
    /// `[a-zA-Z0-9%_.-]`
    static let urlUser: UInt16 = 256
    static let upper: UInt16 = 512

    @inline(__always)
    static func of(_ byte: UInt8) -> UInt16 { relay_byte_class(byte) }
}

/// Unicode classes of scalars outside ASCII.
enum TextClasses {
    /// `\w`: alphabetic, marks, decimal digits, connector punctuation, join controls (UTS 18).
    static func isWord(_ value: UInt32) -> Bool {
        if value < tableEnd { return table[Int(value)] & 1 != 0 }
        // The large blocks that have nothing but letters.
        switch value {
        case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7A3: return true
        default: return isWordByProperties(value)
        }
    }

    /// `\d`: general category Nd.
    static func isDigit(_ value: UInt32) -> Bool {
        if value < tableEnd { return table[Int(value)] & 2 != 0 }
        switch value {
        case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7A3: return false
        default: return isDigitByProperties(value)
        }
    }

    /// Bits 1 (`\w`) and 2 (`\d`) of the scripts that most texts are in: asking the standard
    /// library takes a hundred times as long. Made when the first such text comes, kept for ever.
    nonisolated(unsafe) private static let table: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(tableEnd))
        for value in 0..<tableEnd {
            table[Int(value)] =
                (isWordByProperties(value) ? 1 : 0) | (isDigitByProperties(value) ? 2 : 0)
        }
        return UnsafePointer(table)
    }()
    private static let tableEnd: UInt32 = 0x3100

    static func isWordByProperties(_ value: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(value) else { return false }
        let properties = scalar.properties
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber,
            .connectorPunctuation:
            return true
        default:
            return false
        }
    }

    static func isDigitByProperties(_ value: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(value) else { return false }
        return scalar.properties.generalCategory == .decimalNumber
    }

    /// `\s`: White_Space.
    static func isSpace(_ value: UInt32) -> Bool {
        switch value {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
            0x205F, 0x3000:
            return true
        default:
            return false
        }
    }
}

/// One match of a rule's pattern: the part that is redacted and where the search goes on.
struct TextMatch {
    /// Start of the redacted part, -1 when nothing was found.
    var start: Int
    /// End of the redacted part.
    var end: Int
    /// End of the whole match.
    var next: Int

    static let none = TextMatch(start: -1, end: -1, next: -1)

    @inline(__always)
    var found: Bool { start >= 0 }

    @inline(__always)
    init(start: Int, end: Int, next: Int) {
        self.start = start
        self.end = end
        self.next = next
    }

    /// A match that is redacted whole.
    @inline(__always)
    init(_ start: Int, _ end: Int) {
        self.init(start: start, end: end, next: end)
    }
}
