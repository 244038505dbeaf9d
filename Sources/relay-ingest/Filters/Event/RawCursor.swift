import CByteScan

/// A value as it stands in the JSON text.
struct RawValue {
    let start: UnsafePointer<UInt8>
    /// Behind the value.
    let end: UnsafePointer<UInt8>

    @inline(__always)
    init(start: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>) {
        self.start = start
        self.end = end
    }

    @inline(__always)
    init?(_ value: byte_scan_value) {
        guard let start = value.start, let end = value.end else { return nil }
        self.init(start: start, end: end)
    }

    @inline(__always)
    var isString: Bool { start.pointee == 0x22 }
    @inline(__always)
    var isNull: Bool { start.pointee == 0x6E && end - start == 4 }
    @inline(__always)
    var isObject: Bool { start.pointee == 0x7B }
    @inline(__always)
    var isArray: Bool { start.pointee == 0x5B }

    /// An object without members; white space may stand in it.
    var isEmptyObject: Bool {
        var place = start + 1
        while place < end, place.pointee <= 0x20 { place += 1 }
        return place < end && place.pointee == 0x7D
    }

    /// Strings: no escapes, nothing but ASCII.
    @inline(__always)
    var isPlain: Bool { byte_scan_is_plain(start, end) != 0 }

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

    /// Steps over a value.
    @inline(__always)
    mutating func value() throws(Unsure) -> RawValue {
        guard place < end else { throw Unsure() }
        let start = place
        switch start.pointee {
        case 0x22:
            guard let quote = byte_scan_string_end(start + 1, end) else { throw Unsure() }
            place = quote + 1
        case 0x7B, 0x5B:
            guard let behind = byte_scan_container_end(start + 1, end, start.pointee) else {
                throw Unsure()
            }
            place = behind
        default:
            while place < end, !Self.endsScalar(place.pointee) { place += 1 }
            guard place > start else { throw Unsure() }
        }
        return RawValue(start: start, end: place)
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
