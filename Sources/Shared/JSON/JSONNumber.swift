import Glibc

/// Texts of JSON numbers: grammar, values, and the shortest text of a value.
public enum JSONNumber {
    /// Bytes that `write(_: Double, to:)` writes at most.
    public static var doubleBytesMax: Int { 32 }

    /// Whether the bytes are a JSON number: nil = no, true = one without fraction and exponent.
    public static func grammar(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        var index = 0
        func digits() -> Bool {
            let start = index
            while index < bytes.count, bytes[index] &- 0x30 < 10 { index += 1 }
            return index > start
        }
        func at(_ byte: UInt8) -> Bool { index < bytes.count && bytes[index] == byte }
        if at(0x2D) { index += 1 }
        if at(0x30) {
            index += 1
        } else if !digits() {
            return nil
        }
        var isInteger = true
        if at(0x2E) {
            isInteger = false
            index += 1
            guard digits() else { return nil }
        }
        if at(0x65) || at(0x45) {
            isInteger = false
            index += 1
            if at(0x2B) || at(0x2D) { index += 1 }
            guard digits() else { return nil }
        }
        return index == bytes.count ? isInteger : nil
    }

    /// Value of an integer text, nil if it has other bytes or does not fit.
    public static func int64(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        let isNegative = bytes.first == 0x2D
        guard let magnitude = magnitude(bytes, from: isNegative ? 1 : 0) else { return nil }
        if isNegative {
            guard magnitude <= UInt64(Int64.max) + 1 else { return nil }
            return Int64(truncatingIfNeeded: 0 &- magnitude)
        }
        return Int64(exactly: magnitude)
    }

    /// Value of an integer text without sign, nil if it has other bytes or does not fit.
    public static func uint64(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        magnitude(bytes, from: 0)
    }

    private static func magnitude(_ bytes: UnsafeRawBufferPointer, from start: Int) -> UInt64? {
        guard start < bytes.count else { return nil }
        var value: UInt64 = 0
        for index in start..<bytes.count {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(UInt64(digit))
            if overflowed || carried { return nil }
            value = sum
        }
        return value
    }

    /// Value of a number text, correctly rounded. Out of range: infinite or zero.
    public static func double(_ bytes: UnsafeRawBufferPointer) -> Double {
        if let exact = exactDouble(bytes) { return exact }
        return withUnsafeTemporaryAllocation(byteCount: bytes.count + 1, alignment: 1) { copy in
            copy.copyBytes(from: bytes)
            copy[bytes.count] = 0
            guard let start = copy.bindMemory(to: CChar.self).baseAddress else { return 0 }
            return strtod(start, nil)
        }
    }

    /// The value if the digits fit 53 bits and the power of ten is exact: then one operation
    /// rounds correctly (Clinger's fast path).
    private static func exactDouble(_ bytes: UnsafeRawBufferPointer) -> Double? {
        var digits: UInt64 = 0
        var exponent = 0
        var index = 0
        let isNegative = bytes.first == 0x2D
        if isNegative { index = 1 }
        var inFraction = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x2E {
                inFraction = true
            } else if byte &- 0x30 < 10 {
                guard digits < 1 << 50 else { return nil }
                digits = digits &* 10 &+ UInt64(byte &- 0x30)
                if inFraction { exponent -= 1 }
            } else {
                return nil
            }
            index += 1
        }
        guard digits <= 1 << 53, exponent >= -22 else { return nil }
        var divisor = 1.0
        for _ in 0..<(-exponent) { divisor *= 10 }
        let value = Double(digits) / divisor
        return isNegative ? -value : value
    }

    /// The shortest text of a finite number, see `JSONDocument.setNumber`.
    public static func text(of value: Double) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: doubleBytesMax) { buffer in
            guard value.isFinite, let start = buffer.baseAddress else { return "null" }
            let length = write(value, to: start)
            return String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
        }
    }

    /// The fewest decimal digits that read back as a number other than zero, without its sign, and the
    /// place of the decimal point, counted from the first of them.
    public static func digits(of value: Double) -> (digits: [UInt8], point: Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: doubleBytesMax) { buffer in
            guard value.isFinite, let start = buffer.baseAddress else { return ([], 0) }
            let (count, point) = decimal(value.magnitude, start)
            return (Array(buffer[..<count]), point)
        }
    }

    /// Bytes of a number written without exponent and with the fewest digits that read back the
    /// same: `1e300` takes 301, `1.0` one. Integers of 64 bits count as they are.
    static func positionalByteCount(_ bytes: UnsafeRawBufferPointer?) -> Int {
        guard let bytes else { return 4 }
        if grammar(bytes) == true {
            let isPlain = bytes.first == 0x2D ? int64(bytes) ?? 0 < 0 : uint64(bytes) != nil
            if isPlain { return bytes.count }
        }
        let value = double(bytes)
        let sign = value.sign == .minus ? 1 : 0
        guard value != 0, value.isFinite else { return 1 + sign }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: doubleBytesMax) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            let (count, point) = decimal(value.magnitude, start)
            if point <= 0 { return sign + 2 - point + count }
            return sign + (count > point ? count + 1 : point)
        }
    }

    /// Writes decimal digits; answers their number (at most 20).
    static func write(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        var count = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        rest = value
        var index = count
        repeat {
            index -= 1
            target[index] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while index > 0
        return count
    }

    /// Writes sign and digits; answers their number (at most 20).
    static func write(_ value: Int64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        guard value < 0 else { return write(UInt64(value), to: target) }
        target[0] = 0x2D
        return 1 + write(value.magnitude, to: target + 1)
    }

    /// Writes a finite number with the fewest digits that read back the same, in the notation of
    /// current serde_json: `1.0`, `0.00001`, `1e-6`, `1e+16`. Answers the bytes written.
    static func write(_ value: Double, to target: UnsafeMutablePointer<UInt8>) -> Int {
        var output = target
        if value.sign == .minus {
            output.pointee = 0x2D
            output += 1
        }
        if value == 0 {
            output[0] = 0x30
            output[1] = 0x2E
            output[2] = 0x30
            return output + 3 - target
        }
        let short = writeShort(value.magnitude, to: output)
        if short > 0 { return output - target + short }
        var digits = (UInt64(0), UInt64(0), UInt64(0))
        return withUnsafeMutableBytes(of: &digits) { buffer in
            guard let base = buffer.bindMemory(to: UInt8.self).baseAddress else { return 0 }
            let (count, point) = decimal(value.magnitude, base)
            return output - target + place(base, count, point, output)
        }
    }

    /// Writes a number with at most six digits behind the point, as times and measurements are;
    /// 0 = it is none, or too large or small for this.
    ///
    /// No two texts of up to 15 digits are the same double, so a text that short is the shortest.
    /// From 10^9 to 2^33 neighbouring doubles are less than 10^-6 apart, so that it holds there for
    /// all 16 digits.
    private static func writeShort(
        _ value: Double, to target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        guard value >= 0.001, value < 8_589_934_592 else { return 0 }
        let scaled = (value * 1_000_000).rounded()
        guard scaled / 1_000_000 == value, scaled < 1e15 || value >= 1e9 else { return 0 }
        let whole = UInt64(scaled) / 1_000_000
        var fraction = UInt64(scaled) % 1_000_000
        var length = write(whole, to: target)
        target[length] = 0x2E
        length += 1
        var digits = 6
        while digits > 1, fraction % 10 == 0 {
            fraction /= 10
            digits -= 1
        }
        for index in stride(from: digits - 1, through: 0, by: -1) {
            target[length + index] = 0x30 &+ UInt8(truncatingIfNeeded: fraction % 10)
            fraction /= 10
        }
        return length + digits
    }

    /// Whether the text of a number with a fraction is what `write` gives for its value, as far as
    /// that can be told at a glance (see `writeShort`).
    static func isShortest(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = bytes.first == 0x2D ? 1 : 0
        let start = index
        var whole: UInt64 = 0
        while index < bytes.count, bytes[index] &- 0x30 < 10, index - start < 11 {
            whole = whole &* 10 &+ UInt64(bytes[index] &- 0x30)
            index += 1
        }
        let wholeDigits = index - start
        guard wholeDigits <= 10, index + 1 < bytes.count, bytes[index] == 0x2E else { return false }
        let fractionDigits = bytes.count - index - 1
        guard
            wholeDigits + fractionDigits <= 15
                || whole >= 1_000_000_000 && whole < 8_589_934_592 && fractionDigits <= 6
        else { return false }
        // A nonzero digit among the first five, or `0.00001` would be written as `1e-5` and less.
        var isLarge = whole > 0
        for place in 1...fractionDigits {
            let digit = bytes[index + place] &- 0x30
            guard digit < 10 else { return false }
            if digit > 0, place <= 5 { isLarge = true }
        }
        if fractionDigits == 1 { return true }
        return isLarge && bytes[bytes.count - 1] != 0x30
    }

    /// The shortest digits of a positive number and the place of the decimal point, counted from
    /// the first digit. Taken from the standard library's description.
    private static func decimal(
        _ value: Double, _ digits: UnsafeMutablePointer<UInt8>
    ) -> (count: Int, point: Int) {
        var count = 0
        var point: Int?
        var exponent = 0
        var exponentSign = 0
        for byte in value.description.utf8 {
            switch byte {
            case 0x2E: point = count
            case 0x65: exponentSign = 1
            case 0x2D: exponentSign = -1
            case 0x30...0x39 where exponentSign != 0: exponent = exponent * 10 + Int(byte &- 0x30)
            case 0x30...0x39 where count < 24:
                digits[count] = byte
                count += 1
            default: break
            }
        }
        var place = (point ?? count) + exponentSign * exponent
        var leading = 0
        while leading < count - 1, digits[leading] == 0x30 { leading += 1 }
        for index in leading..<count { digits[index - leading] = digits[index] }
        place -= leading
        count -= leading
        while count > 1, digits[count - 1] == 0x30 { count -= 1 }
        return (count, place)
    }

    private static func place(
        _ digits: UnsafeMutablePointer<UInt8>, _ count: Int, _ point: Int,
        _ output: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var length = 0
        func put(_ byte: UInt8) {
            output[length] = byte
            length += 1
        }
        if point > 0 && point <= 16 {
            for index in 0..<max(count, point) {
                if index == point { put(0x2E) }
                put(index < count ? digits[index] : 0x30)
            }
            if count <= point {
                put(0x2E)
                put(0x30)
            }
        } else if point > -5 && point <= 0 {
            put(0x30)
            put(0x2E)
            for _ in 0..<(-point) { put(0x30) }
            for index in 0..<count { put(digits[index]) }
        } else {
            put(digits[0])
            if count > 1 { put(0x2E) }
            for index in 1..<max(count, 1) { put(digits[index]) }
            put(0x65)
            let exponent = point - 1
            put(exponent < 0 ? 0x2D : 0x2B)
            length += write(UInt64(exponent.magnitude), to: output + length)
        }
        return length
    }
}
