import CByteScan
import Glibc

/// A list of globs. Many globs cost little more than one: one pass finds which of their literals
/// occur, and only globs whose literal does are tried.
struct GlobList: Sendable {
    /// Globs of one list at most.
    static let countMax = 10_000
    /// Bytes of all globs of a list at most.
    static let bytesMax = 1 << 20

    private var globs: [Glob] = []
    /// Globs that are always tried.
    private var unconditional: [Int] = []
    private var literals: LiteralSet?

    /// Reads a list; what cannot be read, or is too much, is left out and told.
    init(_ patterns: [String], problem: (String) -> Void) {
        var bytes = 0
        for (index, pattern) in patterns.enumerated() {
            bytes += pattern.utf8.count
            guard index < Self.countMax, bytes <= Self.bytesMax else {
                problem(
                    "more than \(Self.countMax) patterns or \(Self.bytesMax) bytes of them, "
                        + "the rest is ignored")
                break
            }
            do throws(GlobError) {
                globs.append(try Glob(pattern))
            } catch {
                problem("pattern \(index) is ignored: \(error)")
            }
        }
        prepare()
    }

    private mutating func prepare() {
        var omitted: [Int] = []
        // Long literals make many states and find no more than their first part.
        let required = globs.map { Array($0.required.prefix(32)) }
        literals = LiteralSet(required, omitted: &omitted)
        unconditional = omitted + required.indices.filter { required[$0].isEmpty }
    }

    var isEmpty: Bool { globs.isEmpty }

    /// Whether any glob matches the whole text.
    /// - Parameter scratch: room for the text in lower case.
    func matches(_ text: UnsafeRawBufferPointer, _ scratch: inout [UInt8]) -> Bool {
        if globs.isEmpty { return false }
        let isASCII = ASCIIText.isASCII(text)
        if !isASCII, ASCIIText.hasLettersBeyondASCII(text) {
            let scalars = String(decoding: text, as: UTF8.self).unicodeScalars.map(\.value)
            return globs.contains { $0.matches(scalars: scalars) }
        }
        var isFolded = false
        func isMatch(_ index: Int) -> Bool {
            if !isFolded {
                ASCIIText.lower(text, into: &scratch)
                isFolded = true
            }
            return scratch.withUnsafeBytes {
                globs[index].matches(lower: $0, text: text, isASCII: isASCII)
            }
        }
        for index in unconditional where isMatch(index) { return true }
        guard let literals else { return false }
        return literals.scan(text) { index, _ in isMatch(index) }
    }
}

/// ASCII text.
enum ASCIIText {
    @inline(__always)
    static func isASCII(_ text: UnsafeRawBufferPointer) -> Bool {
        byte_scan_is_ascii(text.baseAddress, text.count) != 0
    }

    /// Whether there are characters beyond ASCII whose lower case is in ASCII, wholly or in part:
    /// the Kelvin sign and the capital I with a dot.
    static func hasLettersBeyondASCII(_ text: UnsafeRawBufferPointer) -> Bool {
        for index in 0..<max(text.count - 1, 0) {
            switch (text[index], text[index + 1]) {
            case (0xC4, 0xB0): return true
            case (0xE2, 0x84) where index + 2 < text.count && text[index + 2] == 0xAA: return true
            default: continue
            }
        }
        return false
    }

    @inline(__always)
    static func lower(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    static func lower(_ text: UnsafeRawBufferPointer, into target: inout [UInt8]) {
        target.removeAll(keepingCapacity: true)
        target.append(contentsOf: text)
        for index in 0..<target.count { target[index] = lower(target[index]) }
    }

    /// Whether a text is an ASCII word, ignoring the case of letters.
    static func equals(_ text: UnsafeRawBufferPointer, ignoringCase lowerCase: StaticString) -> Bool
    {
        guard text.count == lowerCase.utf8CodeUnitCount else { return false }
        for index in 0..<text.count where lower(text[index]) != lowerCase.utf8Start[index] {
            return false
        }
        return true
    }

    @inline(__always)
    static func equals(_ text: UnsafeRawBufferPointer, _ other: StaticString) -> Bool {
        text.count == other.utf8CodeUnitCount && starts(text, with: other)
    }

    static func equals(_ text: UnsafeRawBufferPointer, _ other: [UInt8]) -> Bool {
        text.count == other.count && text.elementsEqual(other)
    }

    @inline(__always)
    static func starts(_ text: UnsafeRawBufferPointer, with prefix: StaticString) -> Bool {
        let count = prefix.utf8CodeUnitCount
        guard text.count >= count, let base = text.baseAddress else { return count == 0 }
        return memcmp(base, prefix.utf8Start, count) == 0
    }
}
