import CByteScan

/// One glob, see `GlobSyntax`.
struct Glob: Sendable {
    /// How a glob is matched; most are literals around a few stars.
    private enum Shape: Sendable {
        case never
        case always
        /// ASCII literals between stars: the first is at the start, the last at the end.
        case literals([[UInt8]])
        case machine
    }

    private let shape: Shape
    /// For texts and patterns with more than ASCII.
    private let machine: GlobMachine
    /// ASCII bytes in lower case that every match contains; empty if there are none.
    let required: [UInt8]

    init(_ pattern: String) throws(GlobError) {
        let tokens = try GlobSyntax.parse(pattern)
        machine = GlobMachine(tokens)
        shape = Self.shape(of: tokens)
        required = Self.required(tokens)
    }

    private static func shape(of tokens: [GlobToken]) -> Shape {
        if tokens.isEmpty { return .never }
        if tokens == [.wildcard] { return .always }
        var parts: [[UInt8]] = [[]]
        for token in tokens {
            switch token {
            case .wildcard: parts.append([])
            case .literal(let scalars):
                guard let ascii = ascii(scalars) else { return .machine }
                parts[parts.count - 1] += ascii
            default: return .machine
            }
        }
        return .literals(parts)
    }

    private static func ascii(_ scalars: [UInt32]) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in scalars {
            guard scalar < 0x80 else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: scalar))
        }
        return bytes
    }

    /// The longest run of ASCII outside of alternates.
    private static func required(_ tokens: [GlobToken]) -> [UInt8] {
        var best: [UInt8] = []
        for case .literal(let scalars) in tokens {
            for run in scalars.split(whereSeparator: { $0 >= 0x80 }) where run.count > best.count {
                best = run.map { UInt8(truncatingIfNeeded: $0) }
            }
        }
        return best
    }

    /// Whether a text matches that has no letters beyond ASCII with a lower case in it.
    /// - Parameter lower: the text with its ASCII letters in lower case.
    func matches(
        lower: UnsafeRawBufferPointer, text: UnsafeRawBufferPointer, isASCII: Bool
    ) -> Bool {
        switch shape {
        case .never: return false
        case .always: return true
        case .literals(let parts): return Self.match(parts, lower)
        case .machine where isASCII: return machine.matches(text.lazy.map { UInt32($0) })
        case .machine:
            let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
            return machine.matches(scalars.map(\.value))
        }
    }

    /// Whether any text matches.
    func matches(scalars: [UInt32]) -> Bool {
        switch shape {
        case .never: return false
        case .always: return true
        case .literals, .machine: return machine.matches(scalars)
        }
    }

    private static func match(_ parts: [[UInt8]], _ text: UnsafeRawBufferPointer) -> Bool {
        guard let first = parts.first, let last = parts.last else { return false }
        guard parts.count > 1 else {
            return first.count == text.count && ByteSearch.has(text, first, at: 0)
        }
        guard first.count + last.count <= text.count, ByteSearch.has(text, first, at: 0),
            ByteSearch.has(text, last, at: text.count - last.count)
        else { return false }
        var start = first.count
        let end = text.count - last.count
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = ByteSearch.find(part, in: text, from: start, to: end) else {
                return false
            }
            start = found + part.count
        }
        return true
    }
}

/// Searches for bytes in bytes.
enum ByteSearch {
    static func has(_ text: UnsafeRawBufferPointer, _ part: [UInt8], at start: Int) -> Bool {
        guard start >= 0, start + part.count <= text.count else { return false }
        for index in 0..<part.count where text[start + index] != part[index] { return false }
        return true
    }

    /// Where `part` begins, within `from..<to`.
    static func find(
        _ part: [UInt8], in text: UnsafeRawBufferPointer, from: Int, to: Int
    ) -> Int? {
        guard part.count <= to - from else { return nil }
        guard let base = text.baseAddress else { return nil }
        let found = part.withUnsafeBytes { wanted in
            byte_scan_find(base + from, to - from, wanted.baseAddress, wanted.count)
        }
        guard let found else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
