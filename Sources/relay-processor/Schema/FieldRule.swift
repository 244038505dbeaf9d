/// How a value is read: which JSON it accepts and what it is coerced to.
public enum FieldKind: UInt8, Sendable {
    /// Anything.
    case value
    case string, lenientString, jsonString, message, nativePath
    case bool, u64, i64, f64, finiteNumber
    case timestamp, eventID, uuid, debugID, codeID, address, traceID, spanID
    case level, threadID, ipAddress, eventType, spanStatus, spanKind, registerValue, metricUnit
    case lockReason, inferIP
    /// An object whose values all follow the `element` rule.
    case object
    /// An array whose elements all follow the `element` rule.
    case array
    /// An object with the declared fields of a record.
    case record
    /// `{"values": […]}`, a bare list, or a single element.
    case values
    /// Lists of `[key, value]` that may also come as an object or as one string.
    case tags, headers, cookies, query
    case fingerprint, frameVars, messageParameters
    /// Records that can also be read from other forms.
    case mechanism, logEntry
    /// The map of contexts; each child's record depends on its `type`.
    case contexts
    /// A context or debug image whose record depends on its content (see `Schema.refine`).
    case context, debugImage
    /// One `[key, value]` element of a pair list.
    case pair
}

/// May personal data be looked for in a field?
public enum PIIAttribute: UInt8, Sendable {
    /// Never.
    case no = 0
    /// Only when a selector names the field specifically.
    case maybe = 1
    /// Yes.
    case yes = 2
}

/// When a field is left out of the output.
public enum SkipRule: UInt8, Sendable {
    /// Never, not even null (elements of plain lists and maps).
    case never
    /// When null.
    case null
    /// When null, or a list or object all of whose members are null; the same for the members.
    case nullDeep
    /// When null, empty text, or an empty list or object.
    case empty
    /// When nothing but empty values is in it; the same for the members.
    case emptyDeep

    /// The rule for the members of a list or map under this rule.
    var forMembers: SkipRule {
        switch self {
        case .nullDeep, .emptyDeep: self
        case .never, .null, .empty: .never
        }
    }
}

/// The kinds a selector can name with `$…`. A value can be of several.
public struct ValueTypes: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static let string = ValueTypes(rawValue: 1 << 0)
    public static let number = ValueTypes(rawValue: 1 << 1)
    public static let boolean = ValueTypes(rawValue: 1 << 2)
    public static let dateTime = ValueTypes(rawValue: 1 << 3)
    public static let array = ValueTypes(rawValue: 1 << 4)
    public static let object = ValueTypes(rawValue: 1 << 5)
    public static let event = ValueTypes(rawValue: 1 << 6)
    public static let exception = ValueTypes(rawValue: 1 << 7)
    public static let error = ValueTypes(rawValue: 1 << 8)
    public static let stacktrace = ValueTypes(rawValue: 1 << 9)
    public static let frame = ValueTypes(rawValue: 1 << 10)
    public static let request = ValueTypes(rawValue: 1 << 11)
    public static let user = ValueTypes(rawValue: 1 << 12)
    public static let logEntry = ValueTypes(rawValue: 1 << 13)
    public static let message = ValueTypes(rawValue: 1 << 14)
    public static let thread = ValueTypes(rawValue: 1 << 15)
    public static let breadcrumb = ValueTypes(rawValue: 1 << 16)
    public static let span = ValueTypes(rawValue: 1 << 17)
    public static let sdk = ValueTypes(rawValue: 1 << 18)
}

/// Limit of a bag: how deep and how many bytes of JSON a free-form value may be.
public struct BagSize: Sendable, Equatable {
    /// Levels of nesting kept.
    public var depthMax: Int
    /// Bytes of JSON kept.
    public var bytesMax: Int

    static let none = BagSize(depthMax: 0, bytesMax: 0)
}

/// Switches of a field.
public struct FieldFlags: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Missing is an error.
    public static let required = FieldFlags(rawValue: 1)
    /// Empty is an error.
    public static let nonempty = FieldFlags(rawValue: 2)
    /// White space around the text is cut.
    public static let trimWhitespace = FieldFlags(rawValue: 4)
    /// Stays as it is where its surroundings are cut.
    public static let untrimmed = FieldFlags(rawValue: 8)
    /// Letters, digits, `_` and `.` only.
    public static let plainCharacters = FieldFlags(rawValue: 16)
    /// Letters, digits, `_`, `.`, `-` and `:` only.
    public static let nameCharacters = FieldFlags(rawValue: 32)
    /// No line feed.
    public static let oneLine = FieldFlags(rawValue: 64)

    /// What `SchemaCheck` looks at.
    static let checked: FieldFlags = [
        .required, .nonempty, .trimWhitespace, .plainCharacters, .nameCharacters, .oneLine,
    ]
}

/// Number of a field rule in the compiled schema. 0 = no such field: unknown to a closed record.
public struct FieldID: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// No field.
    public static var none: FieldID { FieldID(rawValue: 0) }
}

/// What holds for a node of the event: the row of the compiled schema that a walk has arrived at.
public struct FieldRule: Sendable {
    public var kind: FieldKind = .value
    public var pii: PIIAttribute = .no
    public var flags: FieldFlags = []
    public var skip: SkipRule = .null
    /// Record of a `.record`; index into `Schema.records`.
    public var record: UInt16 = 0
    /// Rule of the elements of lists and maps.
    public var element: FieldID = .none
    /// Characters kept by trimming, 0 = no limit.
    public var charactersMax: UInt16 = 0
    /// Characters above `charactersMax` that are tolerated before the text is cut.
    public var charactersAllowance: UInt16 = 0
    /// Limit of a bag, `.none` = no limit.
    public var bag: BagSize = .none
    /// Selector kinds of the field apart from those its JSON kind gives.
    public var valueTypes: ValueTypes = []
}
