/// Civil time of the proleptic Gregorian calendar, in UTC.
public struct CivilTime: Hashable, Sendable {
    public var year: Int
    public var month: Int
    public var day: Int
    public var hour: Int
    public var minute: Int
    public var second: Int
    public var microsecond: Int

    /// Days from 1970-01-01 to a date (negative before).
    public static func days(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    /// Days of a month.
    public static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The civil time of an instant.
    public init(_ time: WallTime) {
        var seconds = Int(time.microseconds / 1_000_000)
        microsecond = Int(time.microseconds % 1_000_000)
        if microsecond < 0 {
            microsecond += 1_000_000
            seconds -= 1
        }
        var days = seconds / 86_400
        var rest = seconds % 86_400
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}

extension WallTime {
    /// How many digits of a second are written.
    public enum Fraction: Sendable {
        /// None, three or six, as many as the instant needs.
        case automatic
        /// Always six.
        case microseconds
        /// Always three, cut.
        case milliseconds
        /// Never any, cut.
        case none
    }

    /// The instant of a civil time with an offset from UTC; nil when a part is out of its range.
    /// Second 60 counts as the next minute's first.
    public init?(civil: CivilTime, offsetSeconds: Int = 0) {
        guard (0...9999).contains(civil.year), (1...12).contains(civil.month), civil.day >= 1,
            civil.day <= CivilTime.daysInMonth(year: civil.year, month: civil.month),
            (0...23).contains(civil.hour), (0...59).contains(civil.minute),
            (0...60).contains(civil.second)
        else { return nil }
        let days = CivilTime.days(year: civil.year, month: civil.month, day: civil.day)
        let seconds =
            days * 86_400 + civil.hour * 3600 + civil.minute * 60 + civil.second - offsetSeconds
        self.init(microseconds: Int64(seconds) * 1_000_000 + Int64(civil.microsecond))
    }

    /// Reads RFC 3339: `2019-10-10T12:00:00.123456789Z`, offsets, lower case and a blank instead
    /// of `T`. Digits beyond the microsecond are cut.
    public init?(rfc3339 text: some StringProtocol) {
        var reader = DigitReader(Array(text.utf8.prefix(64)))
        guard text.utf8.count <= 64, let year = reader.number(4), reader.skip("-"),
            let month = reader.number(2), reader.skip("-"), let day = reader.number(2),
            reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2),
            reader.skip(":"), let second = reader.number(2),
            let microsecond = reader.fraction(), let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        var civil = CivilTime(WallTime(microseconds: 0))
        civil.year = year
        civil.month = month
        civil.day = day
        civil.hour = hour
        civil.minute = minute
        civil.second = second
        civil.microsecond = microsecond
        self.init(civil: civil, offsetSeconds: offset)
    }

    /// RFC 3339 in UTC, `2019-10-10T12:00:00Z` with the fraction asked for.
    public func rfc3339(fraction: Fraction = .automatic) -> String {
        let civil = CivilTime(self)
        var text: [UInt8] = []
        text.reserveCapacity(27)
        DigitReader.append(civil.year, width: 4, to: &text)
        for (mark, value) in [
            ("-", civil.month), ("-", civil.day), ("T", civil.hour), (":", civil.minute),
            (":", civil.second),
        ] {
            text.append(contentsOf: mark.utf8)
            DigitReader.append(value, width: 2, to: &text)
        }
        let isWhole = civil.microsecond == 0
        let isMillisecond = civil.microsecond % 1000 == 0
        switch fraction {
        case .automatic where isWhole, .none: break
        case .automatic where isMillisecond, .milliseconds:
            text.append(UInt8(ascii: "."))
            DigitReader.append(civil.microsecond / 1000, width: 3, to: &text)
        case .automatic, .microseconds:
            text.append(UInt8(ascii: "."))
            DigitReader.append(civil.microsecond, width: 6, to: &text)
        }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }
}

/// Reads fixed-width numbers of time stamps.
struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func number(_ width: Int) -> Int? {
        guard bytes.count - position >= width else { return nil }
        var value = 0
        for byte in bytes[position..<position + width] {
            guard byte &- UInt8(ascii: "0") < 10 else { return nil }
            value = value * 10 + Int(byte &- UInt8(ascii: "0"))
        }
        position += width
        return value
    }

    mutating func skip(_ text: StaticString) -> Bool {
        guard position < bytes.count, text.utf8CodeUnitCount == 1,
            bytes[position] == text.utf8Start.pointee
        else { return false }
        position += 1
        return true
    }

    /// Microseconds of an optional fraction; nil when a point has no digits after it.
    mutating func fraction() -> Int? {
        guard skip(".") || skip(",") else { return 0 }
        var value = 0
        var digits = 0
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 {
            if digits < 6 { value = value * 10 + Int(bytes[position] &- UInt8(ascii: "0")) }
            digits += 1
            position += 1
        }
        guard digits > 0 else { return nil }
        while digits < 6 {
            value *= 10
            digits += 1
        }
        return value
    }

    /// Seconds east of UTC; nil when there is no offset.
    mutating func offset() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let isWest = skip("-")
        guard isWest || skip("+"), let hours = number(2), hours <= 23 else { return nil }
        _ = skip(":")
        guard let minutes = number(2), minutes <= 59 else { return nil }
        let seconds = hours * 3600 + minutes * 60
        return isWest ? -seconds : seconds
    }

    static func append(_ value: Int, width: Int, to text: inout [UInt8]) {
        let digits = String(max(0, value)).utf8
        for _ in 0..<max(0, width - digits.count) { text.append(UInt8(ascii: "0")) }
        text.append(contentsOf: digits)
    }
}
