/// A pattern that is an alternation of literal texts, the form that lists of sensitive fields have.
struct LiteralSet {
    private let literals: [[UInt8]]
    /// The literals; in lower case when case does not matter.
    var texts: [[UInt8]] { literals }
    private let isCaseInsensitive: Bool
    /// Bit per first byte.
    private let first: (UInt64, UInt64, UInt64, UInt64)

    /// Nil when the pattern is anything else than literals (see `RustPattern.escaped`).
    init?(pattern: String, isCaseInsensitive: Bool) {
        var literals: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in pattern.utf8 {
            if isCaseInsensitive, byte >= 0x80 { return nil }
            if isEscaped {
                guard ByteClass.of(byte) & ByteClass.punctuation != 0 else { return nil }
                isEscaped = false
                literals[literals.count - 1].append(byte)
            } else if byte == 0x5C {
                isEscaped = true
            } else if byte == 0x7C {
                literals.append([])
            } else {
                let isMeta = ".+*?()[]{}^$".utf8.contains(byte)
                if isMeta { return nil }
                let folded = isCaseInsensitive ? KeyClasses.fold(byte) : byte
                literals[literals.count - 1].append(folded)
            }
        }
        guard !isEscaped, !literals.contains([]), literals.count <= 256 else { return nil }
        self.literals = literals
        self.isCaseInsensitive = isCaseInsensitive
        var words: [UInt64] = [0, 0, 0, 0]
        for literal in literals {
            words[Int(literal[0] >> 6)] |= 1 << UInt64(literal[0] & 63)
            if isCaseInsensitive, ByteClass.of(literal[0]) & ByteClass.letter != 0 {
                let upper = literal[0] & 0xDF
                words[Int(upper >> 6)] |= 1 << UInt64(upper & 63)
            }
        }
        first = (words[0], words[1], words[2], words[3])
    }

    /// Whether any of the literals occurs.
    func matches(_ text: ScannedText) -> Bool {
        for offset in 0..<text.count {
            let byte = text[offset]
            let word =
                switch byte >> 6 {
                case 0: first.0
                case 1: first.1
                case 2: first.2
                default: first.3
                }
            if word >> UInt64(byte & 63) & 1 == 0 { continue }
            for index in literals.indices where isAt(index, offset, text) { return true }
        }
        return false
    }

    /// The leftmost match at or after `from`; of several at one place the first in the list.
    func next(_ text: ScannedText, from: Int) -> TextMatch {
        var offset = from
        while offset < text.count {
            for index in literals.indices where isAt(index, offset, text) {
                return TextMatch(offset, offset + literals[index].count)
            }
            offset += 1
        }
        return .none
    }

    private func isAt(_ index: Int, _ offset: Int, _ text: ScannedText) -> Bool {
        let count = literals[index].count
        guard offset + count <= text.count else { return false }
        return literals[index].withUnsafeBufferPointer { literal in
            for position in 0..<count {
                var byte = text[offset + position]
                if isCaseInsensitive { byte = KeyClasses.fold(byte) }
                if byte != literal[position] { return false }
            }
            return true
        }
    }
}
