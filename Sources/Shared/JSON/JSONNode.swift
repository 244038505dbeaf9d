/// What a node holds.
@frozen
public enum JSONKind: UInt8, Sendable {
    /// No node: the answer of a lookup that found nothing. Reading it is safe, editing it does
    /// nothing.
    case missing = 0
    case null = 1
    case bool = 2
    case number = 3
    case string = 4
    case array = 5
    case object = 6
}

/// A handle of one node in a `JSONDocument`: the index of its record. Trivial, 4 bytes.
///
/// A handle is valid until the document it came from parses again or is reset.
@frozen
public struct JSONNode: Hashable, Sendable {
    /// Index of the record in the document's arena; 0 means that there is no node.
    public var index: UInt32

    /// A handle from an index that was read from a handle before.
    @inlinable
    public init(index: UInt32) {
        self.index = index
    }

    /// The handle that stands for "no node".
    @inlinable
    public static var none: JSONNode { JSONNode(index: 0) }

    /// Whether the handle stands for a node.
    @inlinable
    public var exists: Bool { index != 0 }
}

/// The small number of a known field name, see `JSONKeyTable`. 0 = not a known name.
@frozen
public struct JSONKeyID: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    /// The number; 0 = unknown.
    public var rawValue: UInt16

    /// The id with a number.
    @inlinable
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The id with a number.
    @inlinable
    public init(integerLiteral value: UInt16) {
        self.rawValue = value
    }

    /// The id of all names that are not in the table.
    @inlinable
    public static var unknown: JSONKeyID { JSONKeyID(rawValue: 0) }
}

/// The record behind a handle: 32 bytes of plain integers (see the picture in JSONDocument.swift).
///
/// The parser writes the fields by their byte offsets, so their order matters.
@frozen
@usableFromInline
struct JSONNodeRecord {
    @usableFromInline var kind: UInt8
    @usableFromInline var flags: UInt8
    @usableFromInline var key: UInt16
    /// Next sibling, 0 = none. While the parser has a container open: its parent.
    @usableFromInline var next: UInt32
    /// Containers: first child, 0 = none. Strings and numbers: offset of the text.
    @usableFromInline var first: UInt32
    /// Containers: last child. Strings and numbers: bytes of text.
    @usableFromInline var last: UInt32
    @usableFromInline var keyOffset: UInt32
    @usableFromInline var keyLength: UInt32
    @usableFromInline var annotation: UInt32
    /// Containers: number of children.
    @usableFromInline var count: UInt32

    @inlinable
    init(
        kind: JSONKind, flags: UInt8 = 0, key: UInt16 = 0, keyOffset: UInt32 = 0,
        keyLength: UInt32 = 0, first: UInt32 = 0, last: UInt32 = 0
    ) {
        self.kind = kind.rawValue
        self.flags = flags
        self.key = key
        self.next = 0
        self.first = first
        self.last = last
        self.keyOffset = keyOffset
        self.keyLength = keyLength
        self.annotation = 0
        self.count = 0
    }

    @inlinable
    var isContainer: Bool { kind >= JSONKind.array.rawValue }

    /// Byte offsets of fields the parser links through.
    static var nextOffset: Int { 4 }
    static var firstOffset: Int { 8 }
}

/// Bits of `JSONNodeRecord.flags`.
@usableFromInline
enum JSONNodeFlags {
    /// The value of a `.bool`.
    @inlinable static var isTrue: UInt8 { 1 }
    /// The text may hold a quote, backslash or control character: the writer must look.
    @inlinable static var mayNeedEscape: UInt8 { 2 }
    /// The text holds bytes above 0x7F.
    @inlinable static var nonASCII: UInt8 { 4 }
    /// The number has neither fraction nor exponent.
    @inlinable static var integer: UInt8 { 8 }
    /// The node is in its parent's list of children.
    @inlinable static var attached: UInt8 { 16 }
    /// The key may need escapes.
    @inlinable static var keyMayNeedEscape: UInt8 { 32 }
    /// Used within one operation of the document, clear otherwise.
    @inlinable static var marked: UInt8 { 64 }
    /// The bits that belong to the place in the tree rather than to the value.
    @inlinable static var placeMask: UInt8 { 16 | 32 }
}
