import Model

/// Reads the fields of a payload front to back. Every length is checked against what is left before
/// anything is allocated or copied.
struct WireReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var lastTag: UInt16 = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var bytesLeft: Int { bytes.count - position }

    mutating func integer<Number: FixedWidthInteger & BitwiseCopyable>(
        _ field: WireError.StaticField, as _: Number.Type = Number.self
    ) throws(WireError) -> Number {
        let size = MemoryLayout<Number>.size
        guard bytesLeft >= size else { throw .truncated(field: field) }
        let number = Number(
            littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Number.self))
        position += size
        return number
    }

    /// `count` bytes in place.
    mutating func view(
        _ count: Int, _ field: WireError.StaticField
    ) throws(WireError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytesLeft else { throw .truncated(field: field) }
        let view = UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
        position += count
        return view
    }

    /// Bytes behind a 32-bit length, in place.
    mutating func blob(
        _ field: WireError.StaticField
    ) throws(WireError) -> UnsafeRawBufferPointer {
        let count: UInt32 = try integer(field)
        return try view(Int(count), field)
    }

    /// Text behind a 16-bit length. Bytes that are not UTF-8 are replaced.
    mutating func shortText(
        _ field: WireError.StaticField, bytesMax: Int
    ) throws(WireError) -> String {
        let count: UInt16 = try integer(field)
        guard Int(count) <= bytesMax else {
            throw .limitExceeded(field: field, value: Int(count), limit: bytesMax)
        }
        return String(decoding: try view(Int(count), field), as: UTF8.self)
    }

    /// A 16-bit count of things that take at least `bytesEach` bytes each.
    mutating func count(
        _ field: WireError.StaticField, max: Int, bytesEach: Int
    ) throws(WireError) -> Int {
        let count = Int(try integer(field, as: UInt16.self))
        guard count <= max else { throw .limitExceeded(field: field, value: count, limit: max) }
        guard count * bytesEach <= bytesLeft else { throw .truncated(field: field) }
        return count
    }

    mutating func projectKey() throws(WireError) -> ProjectKey {
        let high: UInt64 = try integer("project key")
        return ProjectKey(high: high, low: try integer("project key"))
    }

    mutating func eventID() throws(WireError) -> EventID {
        let high: UInt64 = try integer("event id")
        return EventID(high: high, low: try integer("event id"))
    }

    /// The next optional field, or nil at the end of the payload.
    mutating func nextOptional() throws(WireError) -> (tag: UInt16, value: OptionalField)? {
        if bytesLeft == 0 { return nil }
        // What is too short for a tag and a length can be no optional field.
        guard bytesLeft >= 6 else { throw .bytesLeftOver(bytesLeft) }
        let tag: UInt16 = try integer("tag")
        guard tag > lastTag else { throw .fieldsOutOfOrder(tag: tag) }
        lastTag = tag
        return (tag, OptionalField(bytes: try blob("optional field")))
    }
}

/// The value of an optional field.
struct OptionalField {
    let bytes: UnsafeRawBufferPointer

    func text(_ field: WireError.StaticField, bytesMax: Int) throws(WireError) -> String {
        guard bytes.count <= bytesMax else {
            throw .limitExceeded(field: field, value: bytes.count, limit: bytesMax)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func integer<Number: FixedWidthInteger & BitwiseCopyable>(
        _ field: WireError.StaticField, as _: Number.Type = Number.self
    ) throws(WireError) -> Number {
        guard bytes.count == MemoryLayout<Number>.size else { throw .invalidValue(field: field) }
        return Number(littleEndian: bytes.loadUnaligned(as: Number.self))
    }
}
