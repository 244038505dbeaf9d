/// Why a small JSON text (a header, a project state) could not be read.
enum JSONTextError: Error, Hashable {
    /// Not JSON, at this offset.
    case malformed(offset: Int)
    /// JSON, but a field has a type its meaning does not allow.
    case unexpectedType(offset: Int)
    /// Arrays and objects nested deeper than the reader allows.
    case tooDeep(offset: Int)
    /// A field holds a value that is out of range or not of its form.
    case invalidValue(field: String)
}

/// Reads JSON text front to back without building a tree: envelope headers and project states, of
/// which few fields matter and the rest is kept as bytes.
///
/// The caller pulls: `enterObject`, then `nextKey` and one value read per key. Every value is
/// checked against the grammar, also those that are skipped.
struct JSONText {
    /// The kind of the next value, by its first byte.
    enum Kind {
        case object, array, string, number, bool, null
    }

    let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position: Int
    private let depthMax = 64

    init(_ bytes: UnsafeBufferPointer<UInt8>, from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// The next byte that is not white space, not consumed.
    mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// The kind of the next value.
    mutating func peekKind() throws(JSONTextError) -> Kind {
        guard let byte = peek() else { throw .malformed(offset: position) }
        switch byte {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw .malformed(offset: position)
        }
    }

    private mutating func consume(_ byte: UInt8) throws(JSONTextError) {
        guard peek() == byte else { throw .malformed(offset: position) }
        position += 1
    }

    /// Enters an object; follow with `nextKey` until it returns nil.
    mutating func enterObject() throws(JSONTextError) {
        guard try peekKind() == .object else { throw .unexpectedType(offset: position) }
        position += 1
    }

    /// The next key of the object, or nil at its end (which is consumed).
    mutating func nextKey(isFirst: inout Bool) throws(JSONTextError) -> String? {
        if peek() == UInt8(ascii: "}") {
            position += 1
            return nil
        }
        if !isFirst {
            try consume(UInt8(ascii: ","))
            guard peek() == UInt8(ascii: "\"") else { throw .malformed(offset: position) }
        }
        isFirst = false
        let key = try string()
        try consume(UInt8(ascii: ":"))
        return key
    }

    /// Enters an array; follow with `nextElement` until it returns false.
    mutating func enterArray() throws(JSONTextError) {
        guard try peekKind() == .array else { throw .unexpectedType(offset: position) }
        position += 1
    }

    /// Whether another element follows; false consumes the end of the array.
    mutating func nextElement(isFirst: inout Bool) throws(JSONTextError) -> Bool {
        if peek() == UInt8(ascii: "]") {
            position += 1
            return false
        }
        if !isFirst {
            try consume(UInt8(ascii: ","))
            if peek() == UInt8(ascii: "]") { throw .malformed(offset: position) }
        }
        isFirst = false
        return true
    }

    /// Consumes `null` if it is next.
    mutating func null() throws(JSONTextError) -> Bool {
        guard try peekKind() == .null else { return false }
        try literal("null")
        return true
    }

    /// A boolean.
    mutating func bool() throws(JSONTextError) -> Bool {
        guard try peekKind() == .bool else { throw .unexpectedType(offset: position) }
        if bytes[position] == UInt8(ascii: "t") {
            try literal("true")
            return true
        }
        try literal("false")
        return false
    }

    /// A whole number that is not negative and fits 64 bits.
    mutating func unsignedInteger(field: String) throws(JSONTextError) -> UInt64 {
        guard try peekKind() == .number else { throw .unexpectedType(offset: position) }
        let start = position
        try skipNumber()
        var value: UInt64 = 0
        for index in start..<position {
            let digit = bytes[index] &- UInt8(ascii: "0")
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard digit < 10, !overflow, !carry else { throw .invalidValue(field: field) }
            value = sum
        }
        return value
    }

    /// A string, unescaped; bytes that are not UTF-8 are replaced.
    mutating func string() throws(JSONTextError) -> String {
        guard try peekKind() == .string else { throw .unexpectedType(offset: position) }
        let start = position + 1
        let isEscaped = try skipString()
        let content = UnsafeBufferPointer(rebasing: bytes[start..<position - 1])
        if !isEscaped { return String(decoding: content, as: UTF8.self) }
        return String(decoding: JSONTextString.unescape(content), as: UTF8.self)
    }

    /// Consumes one value and returns where it lies.
    mutating func raw() throws(JSONTextError) -> Range<Int> {
        _ = peek()
        let start = position
        try skip(depth: 0)
        return start..<position
    }

    private mutating func skip(depth: Int) throws(JSONTextError) {
        switch try peekKind() {
        case .string: _ = try skipString()
        case .number: try skipNumber()
        case .null: try literal("null")
        case .bool: _ = try bool()
        case .object:
            guard depth < depthMax else { throw .tooDeep(offset: position) }
            position += 1
            var isFirst = true
            while try nextKey(isFirst: &isFirst) != nil { try skip(depth: depth + 1) }
        case .array:
            guard depth < depthMax else { throw .tooDeep(offset: position) }
            position += 1
            var isFirst = true
            while try nextElement(isFirst: &isFirst) { try skip(depth: depth + 1) }
        }
    }

    private mutating func literal(_ text: StaticString) throws(JSONTextError) {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count else { throw .malformed(offset: position) }
        for offset in 0..<text.utf8CodeUnitCount
        where bytes[position + offset] != text.utf8Start[offset] {
            throw .malformed(offset: position)
        }
        position = end
    }

    private mutating func digits() throws(JSONTextError) {
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        if position == start { throw .malformed(offset: position) }
    }

    private mutating func skipNumber() throws(JSONTextError) {
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let start = position
        try digits()
        if bytes[start] == UInt8(ascii: "0"), position > start + 1 {
            throw .malformed(offset: start)
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count,
                bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
            {
                position += 1
            }
            try digits()
        }
    }

    /// Consumes a string and says whether it holds escapes.
    private mutating func skipString() throws(JSONTextError) -> Bool {
        position += 1
        var isEscaped = false
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return isEscaped
            case UInt8(ascii: "\\"):
                isEscaped = true
                let length = JSONTextString.escapeLength(bytes, at: position)
                guard length > 0 else { throw .malformed(offset: position) }
                position += length
            case 0..<0x20:
                throw .malformed(offset: position)
            default:
                position += 1
            }
        }
        throw .malformed(offset: position)
    }
}
