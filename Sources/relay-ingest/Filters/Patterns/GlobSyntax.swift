/// Why a glob could not be read.
public enum GlobError: Error, Hashable, Sendable, CustomStringConvertible {
    case invalidRange
    case unbalancedClass
    case invalidClass
    case nestedAlternates
    case unbalancedAlternates
    case danglingEscape
    case tooLong

    /// A phrase without any of the pattern.
    public var description: String {
        switch self {
        case .invalidRange: "the end of a character range is before its start"
        case .unbalancedClass: "unbalanced [ or ]"
        case .invalidClass: "[ within a character class"
        case .nestedAlternates: "alternates within alternates"
        case .unbalancedAlternates: "unbalanced { or }"
        case .danglingEscape: "nothing behind the last backslash"
        case .tooLong: "longer than \(GlobSyntax.bytesMax) bytes"
        }
    }
}

/// The characters of a class: `[a-z]`, `[!abc]`.
struct GlobClass: Hashable, Sendable {
    var isNegated = false
    var ranges: [ClosedRange<UInt32>] = []

    /// Whether a character belongs to the class, in either case.
    func contains(_ scalar: UInt32) -> Bool {
        holds(scalar) != isNegated
    }

    private func holds(_ scalar: UInt32) -> Bool {
        if let lower = GlobCase.single(GlobCase.lower(scalar)), has(lower) { return true }
        if let upper = GlobCase.single(GlobCase.upper(scalar)), has(upper) { return true }
        return false
    }

    private func has(_ scalar: UInt32) -> Bool {
        ranges.contains { $0.contains(scalar) }
    }
}

/// Upper and lower case of characters as Rust's standard library has them.
enum GlobCase {
    static func lower(_ scalar: UInt32) -> String.UnicodeScalarView {
        if scalar < 0x80 {
            let isUpper = scalar >= 0x41 && scalar <= 0x5A
            return view(isUpper ? scalar | 0x20 : scalar)
        }
        return Unicode.Scalar(scalar)?.properties.lowercaseMapping.unicodeScalars
            ?? String.UnicodeScalarView()
    }

    static func upper(_ scalar: UInt32) -> String.UnicodeScalarView {
        Unicode.Scalar(scalar)?.properties.uppercaseMapping.unicodeScalars
            ?? String.UnicodeScalarView()
    }

    static func single(_ view: String.UnicodeScalarView) -> UInt32? {
        view.count == 1 ? view.first?.value : nil
    }

    private static func view(_ scalar: UInt32) -> String.UnicodeScalarView {
        var view = String.UnicodeScalarView()
        if let scalar = Unicode.Scalar(scalar) { view.append(scalar) }
        return view
    }
}

/// One piece of a glob.
enum GlobToken: Hashable, Sendable {
    /// Characters in lower case.
    case literal([UInt32])
    /// `?`
    case any
    /// `*`
    case wildcard
    case oneOf(GlobClass)
    case alternates([[GlobToken]])
}

/// Reads globs in the syntax of today's Relay: `?`, `*`, `[a-z]`, `[!a-z]`, `{a,b}`, `\` escapes.
/// Matching ignores case; the empty glob matches nothing.
struct GlobSyntax {
    /// Bytes of one pattern at most.
    static let bytesMax = 4096

    private var scalars: ArraySlice<UInt32>
    private var tokens: [GlobToken] = []
    private var alternates: [[GlobToken]]?
    private var literal: [UInt32] = []

    private init(_ pattern: String) {
        scalars = pattern.unicodeScalars.map(\.value)[...]
    }

    /// The pieces of a pattern.
    static func parse(_ pattern: String) throws(GlobError) -> [GlobToken] {
        guard pattern.utf8.count <= bytesMax else { throw .tooLong }
        var syntax = GlobSyntax(pattern)
        try syntax.run()
        return syntax.tokens
    }

    private mutating func run() throws(GlobError) {
        while let scalar = scalars.popFirst() {
            switch Unicode.Scalar(scalar) {
            case "?": push(.any)
            case "*": push(.wildcard)
            case "[": try readClass()
            case "]": throw .unbalancedClass
            case "{":
                guard alternates == nil else { throw .nestedAlternates }
                finishLiteral()
                alternates = [[]]
            case "}":
                finishLiteral()
                guard let all = alternates else { throw .unbalancedAlternates }
                alternates = nil
                push(.alternates(all))
            case "," where alternates != nil:
                finishLiteral()
                alternates?.append([])
            case "\\":
                guard let escaped = scalars.popFirst() else { throw .danglingEscape }
                append(escaped)
            default: append(scalar)
            }
        }
        finishLiteral()
        // What is behind a brace that is never closed says nothing.
        alternates = nil
    }

    private mutating func append(_ scalar: UInt32) {
        literal += GlobCase.lower(scalar).map(\.value)
    }

    private mutating func finishLiteral() {
        guard !literal.isEmpty else { return }
        add(.literal(literal))
        literal = []
    }

    private mutating func push(_ token: GlobToken) {
        finishLiteral()
        add(token)
    }

    private mutating func add(_ token: GlobToken) {
        guard let count = alternates?.count else {
            // Two stars say no more than one.
            if token == .wildcard, tokens.last == .wildcard { return }
            tokens.append(token)
            return
        }
        if token == .wildcard, alternates?[count - 1].last == .wildcard { return }
        alternates?[count - 1].append(token)
    }

    private mutating func readClass() throws(GlobError) {
        var result = GlobClass()
        if scalars.first == 0x21 {
            scalars.removeFirst()
            result.isNegated = true
        }
        var isFirst = true
        var isInRange = false
        while true {
            guard var scalar = scalars.popFirst() else { throw .unbalancedClass }
            if scalar == 0x5B { throw .invalidClass }
            if scalar == 0x5D { break }
            if scalar == 0x2D, !isFirst, !isInRange {
                isInRange = true
                continue
            }
            if scalar == 0x5C {
                guard let escaped = scalars.popFirst() else { throw .danglingEscape }
                scalar = escaped
            }
            isFirst = false
            guard isInRange, let last = result.ranges.last else {
                result.ranges.append(scalar...scalar)
                continue
            }
            guard last.lowerBound <= scalar else { throw .invalidRange }
            result.ranges[result.ranges.count - 1] = last.lowerBound...scalar
            isInRange = false
        }
        if isInRange { result.ranges.append(0x2D...0x2D) }
        // An empty class is as if it was not there.
        if !result.ranges.isEmpty { push(.oneOf(result)) }
    }
}
