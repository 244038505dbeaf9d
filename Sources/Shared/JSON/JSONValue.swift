/// A JSON value as an ordinary Swift tree, for what is not on the path of an event: configuration,
/// project states, credentials.
public indirect enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// The text of the number, so that no digit is lost.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// Members in their order; duplicate keys are kept.
    case object([(String, JSONValue)])
}

extension JSONValue {
    /// A number.
    public static func number(_ value: Int) -> JSONValue { .number(String(value)) }

    /// A number in the notation of `JSONNumber.text(of:)`; null if it is not finite.
    public static func number(_ value: Double) -> JSONValue {
        value.isFinite ? .number(JSONNumber.text(of: value)) : .null
    }

    /// The value of an object's member; with duplicates the last one. Nil for other kinds.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.0 == key }?.1
    }

    /// The element of an array; nil outside it and for other kinds.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// Whether the value is null.
    public var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    /// The value of a bool; nil for other kinds.
    public var boolValue: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// The text of a string; nil for other kinds.
    public var stringValue: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    /// A number without fraction and exponent that fits an `Int`.
    public var intValue: Int? {
        if case .number(let text) = self { return Int(text) }
        return nil
    }

    /// A number without sign, fraction and exponent that fits.
    public var uint64Value: UInt64? {
        if case .number(let text) = self { return UInt64(text) }
        return nil
    }

    /// Any number, rounded.
    public var doubleValue: Double? {
        guard case .number(let text) = self else { return nil }
        var copy = text
        return copy.withUTF8 { JSONNumber.double(UnsafeRawBufferPointer($0)) }
    }

    /// The elements of an array; nil for other kinds.
    public var arrayValue: [JSONValue]? {
        if case .array(let elements) = self { return elements }
        return nil
    }

    /// The members of an object; nil for other kinds.
    public var objectValue: [(String, JSONValue)]? {
        if case .object(let members) = self { return members }
        return nil
    }
}

extension JSONValue: Equatable {
    /// Same kinds, same texts, and members in the same order.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let one), .bool(let two)): one == two
        case (.number(let one), .number(let two)): one == two
        case (.string(let one), .string(let two)): one == two
        case (.array(let one), .array(let two)): one == two
        case (.object(let one), .object(let two)):
            one.count == two.count && zip(one, two).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 }
        default: false
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `nil` is null.
    public init(nilLiteral: ()) { self = .null }
    /// A bool.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A number.
    public init(integerLiteral value: Int) { self = .number(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object, members in the order written.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements) }
}
