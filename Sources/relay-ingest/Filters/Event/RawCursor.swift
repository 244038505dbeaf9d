import CByteScan

/// A value as it stands in the JSON text.
struct RawValue {
    var start: UnsafePointer<UInt8>
    /// Behind the value.
    var end: UnsafePointer<UInt8>
    /// Strings: no escapes, nothing but ASCII.
    var isPlain: Bool

    @inline(__always)
    var isString: Bool { start.pointee == 0x22 }
    @inline(__always)
    var isNull: Bool { start.pointee == 0x6E && end - start == 4 }
    @inline(__always)
    var isObject: Bool { start.pointee == 0x7B }
    @inline(__always)
    var isArray: Bool { start.pointee == 0x5B }

    /// A string without its quotes; escapes are still in it.
    @inline(__always)
    var inner: Text { Text(start: start + 1, count: end - start - 2) }
}

/// Steps through JSON text without making anything of it. What is stepped over is not checked:
/// faults in it are found when the event is read, here only the way past it matters.
struct RawCursor {
    var place: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>

    init(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        place = start
        self.end = end
    }

    init(_ value: RawValue) {
        self.init(value.start, value.end)
    }

    @inline(__always)
    mutating func skipSpace() {
        while place < end, place.pointee <= 0x20 { place += 1 }
    }

    @inline(__always)
    mutating func take(_ byte: UInt8) throws(Unsure) {
        guard place < end, place.pointee == byte else { throw Unsure() }
        place += 1
    }

    @inline(__always)
    func isAt(_ byte: UInt8) -> Bool {
        place < end && place.pointee == byte
    }

    /// Reads a key and stops at its value. Keys with escapes are left to the full reader.
    @inline(__always)
    mutating func key() throws(Unsure) -> Text {
        try take(0x22)
        let start = place
        while true {
            guard place + 8 <= end else { return try keyAtEnd(start) }
            let word = UnsafeRawPointer(place).loadUnaligned(as: UInt64.self).littleEndian
            let quotes = Self.zeroBytes(word ^ 0x2222_2222_2222_2222)
            let escapes = Self.zeroBytes(word ^ 0x5C5C_5C5C_5C5C_5C5C)
            if quotes | escapes == 0 {
                place += 8
                continue
            }
            guard quotes.trailingZeroBitCount < escapes.trailingZeroBitCount else {
                throw Unsure()
            }
            place += quotes.trailingZeroBitCount &>> 3
            break
        }
        return try finishKey(start)
    }

    private mutating func keyAtEnd(_ start: UnsafePointer<UInt8>) throws(Unsure) -> Text {
        while place < end, place.pointee != 0x22 {
            if place.pointee == 0x5C { throw Unsure() }
            place += 1
        }
        return try finishKey(start)
    }

    @inline(__always)
    private mutating func finishKey(_ start: UnsafePointer<UInt8>) throws(Unsure) -> Text {
        let text = Text(start: start, count: place - start)
        try take(0x22)
        skipSpace()
        try take(0x3A)
        skipSpace()
        guard place < end else { throw Unsure() }
        return text
    }

    /// The high bits of the bytes that are zero; the lowest one is exact.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }

    /// Stops at the first key of an object; false, with the value stepped over, for an empty object
    /// and for null.
    @inline(__always)
    mutating func enterObject() throws(Unsure) -> Bool {
        if isAt(0x7B) { return try enter(0x7B) }
        guard try value().isNull else { throw Unsure() }
        return false
    }

    /// Steps over an object and gives the value of one member, nil if there is none.
    @inline(__always)
    mutating func member(_ name: StaticString) throws(Unsure) -> RawValue? {
        guard try enterObject() else { return nil }
        var found: RawValue?
        repeat {
            let key = try key()
            let value = try value()
            guard ASCIIText.equals(key, name) else { continue }
            guard found == nil else { throw Unsure() }
            found = value
        } while try continues(0x7B)
        return found
    }

    /// Steps over a value.
    @inline(__always)
    mutating func value() throws(Unsure) -> RawValue {
        guard place < end else { throw Unsure() }
        let start = place
        switch start.pointee {
        case 0x22:
            var isPlain: UInt8 = 0
            guard let quote = byte_scan_string_end(start + 1, end, &isPlain) else {
                throw Unsure()
            }
            place = quote + 1
            return RawValue(start: start, end: place, isPlain: isPlain != 0)
        case 0x7B, 0x5B:
            guard let behind = byte_scan_container_end(start + 1, end, start.pointee) else {
                throw Unsure()
            }
            place = behind
        default:
            while place < end, !Self.endsScalar(place.pointee) { place += 1 }
            guard place > start else { throw Unsure() }
        }
        return RawValue(start: start, end: place, isPlain: false)
    }

    /// Steps over a list; the last element only if it is an object that follows another one.
    mutating func array() throws(Unsure) -> (list: RawValue, last: RawValue?) {
        let start = place
        try take(0x5B)
        var lastStart: UnsafePointer<UInt8>?
        var lastEnd: UnsafePointer<UInt8>?
        guard let behind = byte_scan_array_end(place, end, &lastStart, &lastEnd) else {
            throw Unsure()
        }
        let first = place
        place = behind
        let list = RawValue(start: start, end: behind, isPlain: false)
        guard let lastStart, let lastEnd, lastEnd > lastStart else { return (list, nil) }
        var rest = RawCursor(lastEnd, behind)
        rest.skipSpace()
        guard rest.place + 1 == behind else { return (list, nil) }
        rest = RawCursor(lastStart, lastEnd)
        rest.skipSpace()
        if lastStart > first {
            guard rest.isAt(0x2C) else { return (list, nil) }
            rest.place += 1
            rest.skipSpace()
        }
        guard rest.isAt(0x7B) else { return (list, nil) }
        return (list, RawValue(start: rest.place, end: lastEnd, isPlain: false))
    }

    @inline(__always)
    private static func endsScalar(_ byte: UInt8) -> Bool {
        byte == 0x2C || byte == 0x7D || byte == 0x5D || byte <= 0x20
    }

    /// Steps into an object or list; false if it is empty and behind it already.
    @inline(__always)
    mutating func enter(_ open: UInt8) throws(Unsure) -> Bool {
        try take(open)
        skipSpace()
        if isAt(open + 2) {
            place += 1
            return false
        }
        return true
    }

    /// Behind a member or element: whether another one follows.
    @inline(__always)
    mutating func continues(_ open: UInt8) throws(Unsure) -> Bool {
        skipSpace()
        guard place < end else { throw Unsure() }
        if place.pointee == 0x2C {
            place += 1
            skipSpace()
            return true
        }
        try take(open + 2)
        return false
    }
}
