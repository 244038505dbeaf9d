import JSON
import Model

/// Points in time: seconds since 1970, or ISO 8601 text; written as seconds.
extension SchemaWalk {
    func readTimestamp(_ node: JSONNode, _ kind: JSONKind) {
        switch kind {
        case .number:
            guard let time = Timestamp(seconds: seconds(of: node)) else {
                // Integers that no calendar reaches stay as they are.
                if document.isInteger(node), let value = document.int64(of: node),
                    Double(value) >= Timestamp.secondsStart,
                    Double(value) <= Timestamp.secondsLast
                {
                    document.setNumber(node, document.double(of: node) ?? 0)
                }
                return meta.reject(node, reason: "timestamp out of range")
            }
            setTimestamp(node, time, document)
        case .string:
            guard let bytes = document.stringBytes(of: node) else { return }
            switch Timestamp.parse(bytes) {
            case .time(let time): setTimestamp(node, time, document)
            case .problem(let reason): meta.reject(node, reason: reason)
            }
        default: meta.reject(node, reason: "expected a timestamp")
        }
    }

    /// Integers of 64 bits without a sign count as with one: the largest is the second before 1970.
    private func seconds(of node: JSONNode) -> Double {
        if let value = document.uint64(of: node), value > UInt64(Int64.max) {
            return Double(Int64(bitPattern: value))
        }
        return document.double(of: node) ?? .infinity
    }
}

/// Writes a point in time as seconds.
func setTimestamp(_ node: JSONNode, _ time: Timestamp, _ document: JSONDocument) {
    document.setNumber(node, time.seconds)
}

/// A point in time of an event, in microseconds since 1970 (UTC).
struct Timestamp: Equatable, Comparable {
    var microseconds: Int64

    enum Result {
        case time(Timestamp)
        /// What is wrong, in the reference's words.
        case problem(StaticString)
    }

    /// First second of the year 10,000.
    static let secondsEnd: Double = 253_402_300_800
    /// First second that the reference's calendar knows (year -262143).
    static let secondsStart: Double = -8_334_601_228_800

    /// Last second that the reference's calendar knows (year 262142).
    static let secondsLast: Double = 8_210_266_876_799

    init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// nil if out of range.
    init?(seconds: Double) {
        guard seconds >= Self.secondsStart, seconds < Self.secondsEnd else { return nil }
        let whole = seconds.rounded(.down)
        let nanoseconds = ((seconds - whole) * 1_000_000_000).rounded()
        microseconds = Int64(whole) * 1_000_000 + (Int64(nanoseconds) + 500) / 1000
    }

    /// Seconds, rounded to what a double can hold.
    var seconds: Double {
        let whole = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return Double(whole.quotient) + Double(whole.remainder) / 1_000_000
    }

    static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// Reads `YYYY-MM-DDThh:mm:ss[.f…]`, taken as UTC, or with `Z` or an offset.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> Result {
        var reader = TimestampReader(bytes: bytes)
        return reader.read()
    }

    /// `2023-11-14T22:13:20+00:00`, with the fraction if there is one.
    var rfc3339: String { text(separator: "T", zone: "+00:00") }

    /// `2023-11-14 22:13:20 UTC`, with the fraction if there is one.
    var universal: String { text(separator: " ", zone: " UTC") }

    private func text(separator: String, zone: String) -> String {
        let time = CivilTime(WallTime(microseconds: microseconds))
        let fraction = time.microsecond
        var text =
            Self.year(time.year) + "-" + Self.padded(time.month, 2) + "-"
            + Self.padded(time.day, 2)
        text += separator + Self.padded(time.hour, 2) + ":" + Self.padded(time.minute, 2)
        text += ":" + Self.padded(time.second, 2)
        if fraction > 0 {
            text +=
                fraction % 1000 == 0
                ? "." + Self.padded(fraction / 1000, 3) : "." + Self.padded(fraction, 6)
        }
        return text + zone
    }

    /// Four digits; other years have a sign.
    private static func year(_ year: Int) -> String {
        if (0...9999).contains(year) { return padded(year, 4) }
        return (year < 0 ? "-" : "+") + padded(Int(year.magnitude), 4)
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}

/// Reads one ISO 8601 text.
private struct TimestampReader {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private static let tooShort: StaticString = "premature end of input"
    private static let invalid: StaticString = "input contains invalid characters"
    private static let outOfRange: StaticString = "input is out of range"
    private static let tooLong: StaticString = "trailing input"

    private enum Step {
        case number(Int)
        case failed(StaticString)
    }

    mutating func read() -> Timestamp.Result {
        skipSpaces()
        var fields = (0, 0, 0, 0, 0, 0)
        if let failure = readFields(&fields) { return .problem(failure) }
        var fraction: Int64 = 0
        if position < bytes.count, bytes[position] == 0x2E {
            position += 1
            guard let value = readFraction() else {
                return .problem(position < bytes.count ? Self.invalid : Self.tooShort)
            }
            fraction = value
        }
        let separator = separatorIsT
        var offset = 0
        skipSpaces()
        if position == bytes.count {
            guard separator else { return .problem(Self.tooShort) }
        } else if let failure = readOffset(&offset) {
            return .problem(failure)
        }
        return check(fields, fraction, offset)
    }

    private var separatorIsT = true

    private func check(
        _ fields: (Int, Int, Int, Int, Int, Int), _ fraction: Int64, _ offset: Int
    ) -> Timestamp.Result {
        let (year, month, day, hour, minute, second) = fields
        guard (1...12).contains(month), day >= 1, hour <= 23, minute <= 59, second <= 60 else {
            return .problem(Self.outOfRange)
        }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[month - 1] else { return .problem(Self.outOfRange) }
        let days = CivilTime.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        return .time(Timestamp(microseconds: Int64(seconds) * 1_000_000 + fraction))
    }

    private mutating func readFields(_ fields: inout (Int, Int, Int, Int, Int, Int))
        -> StaticString?
    {
        if let failure = readNumber(4, &fields.0) ?? expect(0x2D) { return failure }
        if let failure = readNumber(2, &fields.1) ?? expect(0x2D) { return failure }
        if let failure = readNumber(2, &fields.2) { return failure }
        guard position < bytes.count else { return Self.tooShort }
        switch bytes[position] {
        case 0x54, 0x74: position += 1
        case 0x20:
            separatorIsT = false
            skipSpaces()
        default: return Self.invalid
        }
        if let failure = readNumber(2, &fields.3) ?? expect(0x3A) { return failure }
        if let failure = readNumber(2, &fields.4) ?? expect(0x3A) { return failure }
        return readNumber(2, &fields.5)
    }

    private mutating func skipSpaces() {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
        position += rest.count - WhiteSpace.trimmedStart(rest).count
    }

    private mutating func expect(_ byte: UInt8) -> StaticString? {
        guard position < bytes.count else { return Self.tooShort }
        guard bytes[position] == byte else { return Self.invalid }
        position += 1
        return nil
    }

    private mutating func readNumber(_ digits: Int, _ value: inout Int) -> StaticString? {
        guard position < bytes.count else { return Self.tooShort }
        var count = 0
        var result = 0
        while count < digits, position < bytes.count,
            bytes[position] >= 0x30 && bytes[position] <= 0x39
        {
            result = result * 10 + Int(bytes[position] - 0x30)
            position += 1
            count += 1
        }
        guard count == digits else {
            return position < bytes.count ? Self.invalid : Self.tooShort
        }
        value = result
        return nil
    }

    /// Microseconds of the digits behind the dot.
    private mutating func readFraction() -> Int64? {
        var nanoseconds: Int64 = 0
        var count = 0
        while position < bytes.count, bytes[position] >= 0x30 && bytes[position] <= 0x39 {
            if count < 9 { nanoseconds = nanoseconds * 10 + Int64(bytes[position] - 0x30) }
            position += 1
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 9)..<9 { nanoseconds *= 10 }
        return (nanoseconds + 500) / 1000
    }

    private mutating func readOffset(_ offset: inout Int) -> StaticString? {
        let byte = bytes[position]
        if byte == 0x5A || byte == 0x7A {
            position += 1
        } else if byte == 0x2B || byte == 0x2D {
            position += 1
            var hours = 0
            var minutes = 0
            if let failure = readNumber(2, &hours) { return failure }
            if position < bytes.count, bytes[position] == 0x3A { position += 1 }
            if let failure = readNumber(2, &minutes) { return failure }
            guard hours <= 23, minutes <= 59 else { return Self.outOfRange }
            offset = (hours * 60 + minutes) * 60 * (byte == 0x2D ? -1 : 1)
        } else {
            return Self.invalid
        }
        skipSpaces()
        return position == bytes.count ? nil : Self.tooLong
    }
}
