/// A selector of the personal-data configuration: which values of an event a list of rules applies
/// to.
///
/// A path is a suffix of a value's path (`$frame.vars`, `request.headers.*`); paths combine with
/// `!`/`~`, `&&`/`&` and `||`/`|` in that precedence.
public indirect enum Selector: Hashable, Sendable {
    case and([Selector])
    case or([Selector])
    case not(Selector)
    case path([SelectorItem])
}

/// One element of a selector path.
public enum SelectorItem: Hashable, Sendable {
    /// `$frame`: the value is of this type.
    case type(SelectorType)
    /// `0`: this index of an array.
    case index(UInt64)
    /// `foo`, `'foo bar'`: this key, ASCII letters without regard to case.
    case key([UInt8])
    /// `*`: exactly one element.
    case wildcard
    /// `**`: one or more elements, at most once in a path.
    case deepWildcard
}

/// A type that a selector can name. The order decides which of two applications comes first.
public enum SelectorType: UInt8, CaseIterable, Sendable {
    case string, binary, number, boolean, dateTime, array, object, event, attachments, replay
    case exception, stacktrace, frame, request, user, logEntry, message, thread, breadcrumb, log
    case span, sdk, minidump, heapMemory, stackMemory

    /// Bit of this type in a set of types.
    @inlinable
    public var bit: UInt32 { 1 << UInt32(rawValue) }

    /// The name without `$` that selectors are printed with.
    var name: StaticString {
        switch self {
        case .string: "string"
        case .binary: "binary"
        case .number: "number"
        case .boolean: "boolean"
        case .dateTime: "datetime"
        case .array: "array"
        case .object: "object"
        case .event: "event"
        case .attachments: "attachments"
        case .replay: "replay"
        case .exception: "error"
        case .stacktrace: "stack"
        case .frame: "frame"
        case .request: "http"
        case .user: "user"
        case .logEntry: "logentry"
        case .message: "message"
        case .thread: "thread"
        case .breadcrumb: "breadcrumb"
        case .log: "log"
        case .span: "span"
        case .sdk: "sdk"
        case .minidump: "minidump"
        case .heapMemory: "heap_memory"
        case .stackMemory: "stack_memory"
        }
    }

    /// The type that `name` (without `$`) stands for in a selector.
    init?(name: [UInt8]) {
        for type in SelectorType.allCases where type.name.equals(name) {
            self = type
            return
        }
        let aliases: [(StaticString, SelectorType)] = [
            ("bool", .boolean), ("list", .array), ("exception", .exception),
            ("stacktrace", .stacktrace), ("request", .request),
        ]
        for (alias, type) in aliases where alias.equals(name) {
            self = type
            return
        }
        return nil
    }

    /// Types of plain JSON values: too general to reach a value whose attribute is pii=maybe.
    var isGeneric: Bool { rawValue <= SelectorType.object.rawValue }
}

extension StaticString {
    func equals(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where bytes[index] != utf8Start[index] { return false }
        return true
    }
}

extension Selector: Comparable {
    /// The order in which the applications of a configuration are carried out.
    public static func < (left: Selector, right: Selector) -> Bool { order(left, right) < 0 }

    private var rank: Int {
        switch self {
        case .and: 0
        case .or: 1
        case .not: 2
        case .path: 3
        }
    }

    private static func order(_ left: Selector, _ right: Selector) -> Int {
        switch (left, right) {
        case (.and(let a), .and(let b)), (.or(let a), .or(let b)):
            return lexicographic(a, b, by: order)
        case (.not(let a), .not(let b)): return order(a, b)
        case (.path(let a), .path(let b)): return lexicographic(a, b, by: SelectorItem.order)
        default: return left.rank - right.rank
        }
    }

    fileprivate static func lexicographic<T>(
        _ left: [T], _ right: [T], by order: (T, T) -> Int
    ) -> Int {
        for index in 0..<min(left.count, right.count) {
            let result = order(left[index], right[index])
            if result != 0 { return result }
        }
        return left.count - right.count
    }
}

extension SelectorItem {
    fileprivate var rank: Int {
        switch self {
        case .type: 0
        case .index: 1
        case .key: 2
        case .wildcard: 3
        case .deepWildcard: 4
        }
    }

    fileprivate static func order(_ left: SelectorItem, _ right: SelectorItem) -> Int {
        switch (left, right) {
        case (.type(let a), .type(let b)): return Int(a.rawValue) - Int(b.rawValue)
        case (.index(let a), .index(let b)): return a < b ? -1 : (a == b ? 0 : 1)
        case (.key(let a), .key(let b)):
            return Selector.lexicographic(a, b) { Int($0) - Int($1) }
        default: return left.rank - right.rank
        }
    }
}

extension Selector: CustomStringConvertible {
    /// The selector in the notation that the reference prints; it reads as this selector again.
    public var description: String {
        // Alone, and without quotes, some keys are old names of types.
        if case .path(let items) = self, items.count == 1, case .key(let key) = items[0],
            SelectorParser.oldTypeName(key) != nil
        {
            return SelectorItem.inQuotes(key)
        }
        return notation
    }

    /// The selector as a part of a longer one.
    private var notation: String {
        switch self {
        case .and(let parts): parts.map { $0.parenthesized(unless: 2) }.joined(separator: " && ")
        case .or(let parts): parts.map { $0.parenthesized(unless: 1) }.joined(separator: " || ")
        case .not(let part): "!" + part.parenthesized(unless: 3)
        case .path(let items): items.map(\.description).joined(separator: ".")
        }
    }

    private func parenthesized(unless level: Int) -> String {
        let needed =
            switch self {
            case .or: level > 1
            case .and: level > 2
            case .not: level > 2
            case .path: false
            }
        return needed ? "(\(notation))" : notation
    }
}

extension SelectorItem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .type(let type): "$\(type.name)"
        case .index(let index): String(index)
        case .key(let key): SelectorItem.quoted(key)
        case .wildcard: "*"
        case .deepWildcard: "**"
        }
    }

    /// A key as it must be written in a selector: bare when possible.
    static func quoted(_ key: [UInt8]) -> String {
        SelectorParser.isBareKey(key) ? String(decoding: key, as: UTF8.self) : inQuotes(key)
    }

    /// A key in quotes, as every key may be written.
    static func inQuotes(_ key: [UInt8]) -> String {
        // By bytes: a quote before a combining mark is a quote, too.
        let quote = UInt8(ascii: "'")
        let doubled = key.flatMap { $0 == quote ? [quote, quote] : [$0] }
        return String(decoding: [quote] + doubled + [quote], as: UTF8.self)
    }
}
