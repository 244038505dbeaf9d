/// Why a selector cannot be used.
public enum SelectorError: Error, Equatable, Sendable {
    case invalidSyntax(String)
    case unknownType
    case invalidIndex
    case deepWildcardTwice
    case bareWildcard
    case tooLong(bytesMax: Int)
    case tooDeep(levelsMax: Int)
}

extension SelectorError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidSyntax(let text): "invalid syntax near \(text.debugDescription)"
        case .unknownType: "unknown value"
        case .invalidIndex: "invalid index"
        case .deepWildcardTwice: "deep wildcard used more than once"
        case .bareWildcard: "wildcard must be part of a path"
        case .tooLong(let bytesMax): "selector is longer than \(bytesMax) bytes"
        case .tooDeep(let levelsMax): "selector nests deeper than \(levelsMax) parentheses"
        }
    }
}

/// Parser of selectors:
///
///     or    = and (("||" | "|") and)*
///     and   = unary (("&&" | "&") unary)*
///     unary = ("!" | "~")? (path | "(" or ")")
///     path  = item ("." item)*
///     item  = "$" [a-z_]+ | "**" | "*" | [0-9]+ | [A-Za-z_][A-Za-z0-9_-]* | "'" … "'"
///
/// Spaces (U+0020 only) may stand between tokens.
struct SelectorParser {
    static let bytesMax = 64 * 1024
    static let levelsMax = 64

    private let bytes: [UInt8]
    private var position = 0
    private var level = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func parse(_ text: [UInt8]) throws(SelectorError) -> Selector {
        if let type = oldTypeName(text) { return .path([.type(type)]) }
        return try parseInner(text)
    }

    /// The type that a selector stands for that is one of the words from before types could be
    /// selected; only alone, not inside a longer selector.
    static func oldTypeName(_ text: [UInt8]) -> SelectorType? {
        for word: StaticString in ["freeform", "email", "sensitive", "text"] where word.equals(text)
        {
            return .string
        }
        for word: StaticString in ["databag", "container"] where word.equals(text) {
            return .object
        }
        return nil
    }

    /// Parses a selector that is to become a part of a longer one.
    static func parseInner(_ text: [UInt8]) throws(SelectorError) -> Selector {
        guard text.count <= bytesMax else { throw .tooLong(bytesMax: bytesMax) }
        var parser = SelectorParser(text)
        parser.skipSpaces()
        let selector = try parser.parseOr()
        guard parser.position == text.count else { throw parser.syntaxError() }
        return selector
    }

    static func isBareKey(_ key: [UInt8]) -> Bool {
        guard let first = key.first, isKeyStart(first) else { return false }
        return key.allSatisfy(isKeyByte)
    }

    private static func isKeyStart(_ byte: UInt8) -> Bool {
        ByteClass.of(byte) & ByteClass.letter != 0 || byte == 0x5F
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        ByteClass.of(byte) & ByteClass.word != 0 || byte == 0x2D
    }

    private func syntaxError() -> SelectorError {
        .invalidSyntax(String(decoding: bytes, as: UTF8.self))
    }

    private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipSpaces() {
        while current == 0x20 { position += 1 }
    }

    /// Skips one of an operator's two spellings.
    private mutating func skipOperator(_ sign: UInt8) -> Bool {
        guard current == sign else { return false }
        position += 1
        if current == sign { position += 1 }
        skipSpaces()
        return true
    }

    private mutating func parseOr() throws(SelectorError) -> Selector {
        var parts = [try parseAnd()]
        while skipOperator(0x7C) { parts.append(try parseAnd()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func parseAnd() throws(SelectorError) -> Selector {
        var parts = [try parseUnary()]
        while skipOperator(0x26) { parts.append(try parseUnary()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func parseUnary() throws(SelectorError) -> Selector {
        let isNegated = current == 0x21 || current == 0x7E
        if isNegated {
            position += 1
            skipSpaces()
        }
        let selector: Selector
        if current == 0x28 {
            position += 1
            level += 1
            guard level <= SelectorParser.levelsMax else {
                throw .tooDeep(levelsMax: SelectorParser.levelsMax)
            }
            skipSpaces()
            selector = try parseOr()
            guard current == 0x29 else { throw syntaxError() }
            position += 1
            level -= 1
            skipSpaces()
        } else {
            selector = try parsePath()
        }
        return isNegated ? .not(selector) : selector
    }

    private mutating func parsePath() throws(SelectorError) -> Selector {
        var items = [try parseItem()]
        skipSpaces()
        while current == 0x2E {
            position += 1
            skipSpaces()
            let item = try parseItem()
            if item == .deepWildcard, items.contains(.deepWildcard) { throw .deepWildcardTwice }
            items.append(item)
            skipSpaces()
        }
        if items == [.wildcard] { throw .bareWildcard }
        return .path(items)
    }

    private mutating func parseItem() throws(SelectorError) -> SelectorItem {
        let first = current
        if first == 0x24 {
            position += 1
            let name = take { ($0 >= 0x61 && $0 <= 0x7A) || $0 == 0x5F }
            if name.isEmpty { throw syntaxError() }
            guard !SelectorParser.isKeyByte(current) else { throw syntaxError() }
            guard let type = SelectorType(name: name) else { throw .unknownType }
            return .type(type)
        }
        if first == 0x2A {
            position += 1
            if current != 0x2A { return .wildcard }
            position += 1
            return .deepWildcard
        }
        if first == 0x27 { return .key(try parseQuotedKey()) }
        if first >= 0x30, first <= 0x39 {
            let digits = take { ByteClass.of($0) & ByteClass.digit != 0 }
            guard !SelectorParser.isKeyByte(current) else { throw syntaxError() }
            guard let index = UInt64(String(decoding: digits, as: UTF8.self)) else {
                throw .invalidIndex
            }
            return .index(index)
        }
        guard SelectorParser.isKeyStart(first) else { throw syntaxError() }
        return .key(take(SelectorParser.isKeyByte))
    }

    /// `'…'` with at least one character; `''` inside stands for `'`.
    private mutating func parseQuotedKey() throws(SelectorError) -> [UInt8] {
        position += 1
        var key: [UInt8] = []
        while position < bytes.count {
            if bytes[position] == 0x27 {
                if position + 1 < bytes.count, bytes[position + 1] == 0x27 {
                    position += 1
                } else {
                    position += 1
                    if key.isEmpty { throw syntaxError() }
                    return key
                }
            }
            key.append(bytes[position])
            position += 1
        }
        throw syntaxError()
    }

    private mutating func take(_ isIncluded: (UInt8) -> Bool) -> [UInt8] {
        let start = position
        while position < bytes.count, isIncluded(bytes[position]) { position += 1 }
        return Array(bytes[start..<position])
    }
}

extension Selector {
    /// Parses a selector.
    public init(parsing text: String) throws(SelectorError) {
        self = try SelectorParser.parse(Array(text.utf8))
    }
}
