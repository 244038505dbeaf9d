/// Hexadecimal digits.
enum Hexadecimal {
    @inline(__always)
    static func value(_ byte: UInt8) -> UInt8? {
        let value = anyValue(byte)
        return value == noDigit ? nil : value
    }

    static let noDigit: UInt8 = 0xFF

    /// The value of a digit, `noDigit` for anything else. Without jumps: in an identifier, whether
    /// the next digit is a letter is a coin's toss.
    @inline(__always)
    static func anyValue(_ byte: UInt8) -> UInt8 {
        let digit = byte &- 0x30
        let letter = (byte | 0x20) &- 0x61
        let other = letter < 6 ? letter &+ 10 : noDigit
        return digit < 10 ? digit : other
    }

    @inline(__always)
    static func isLowerDigit(_ byte: UInt8) -> Bool {
        byte & 0xDF != byte ? anyValue(byte) != noDigit : false
    }

    /// Whether there are only digits in lower case.
    @inline(__always)
    static func areLowerDigits(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        var offset = 0
        while offset + 16 <= bytes.count {
            if !isLowerBlock(base + offset) { return false }
            offset += 16
        }
        while offset < bytes.count {
            if !isLowerDigit(bytes[offset]) { return false }
            offset += 1
        }
        return true
    }

    @inline(__always)
    private static func isLowerBlock(_ start: UnsafeRawPointer) -> Bool {
        let block = start.loadUnaligned(as: SIMD16<UInt8>.self)
        let digits = (block &- SIMD16(repeating: 0x30)) .< SIMD16(repeating: 10)
        let letters = (block &- SIMD16(repeating: 0x61)) .< SIMD16(repeating: 6)
        let words = unsafeBitCast(digits .| letters, to: SIMD2<UInt64>.self)
        return words[0] & words[1] == .max
    }

    /// Value of at most 16 digits; nil if anything else is in the text.
    static func number(_ bytes: some Collection<UInt8>) -> UInt64? {
        guard !bytes.isEmpty, bytes.count <= 16 else { return nil }
        var result: UInt64 = 0
        var all: UInt8 = 0
        for byte in bytes {
            let digit = anyValue(byte)
            all |= digit
            result = result << 4 | UInt64(digit & 15)
        }
        return all < 16 ? result : nil
    }

    /// Writes the lowest digits of a value.
    static func write(
        _ value: UInt64, digits: Int, to target: UnsafeMutableRawBufferPointer, at start: Int
    ) {
        var rest = value
        var position = start + digits
        while position > start {
            position -= 1
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            target[position] = digit < 10 ? 0x30 + digit : 0x57 + digit
            rest >>= 4
        }
    }
}

/// UUIDs in text form.
enum UUIDText {
    enum Result {
        case uuid(UInt64, UInt64)
        /// What is wrong, in the reference's words.
        case problem(String)
    }

    /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, the same without dashes, in braces, or as URN.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> Result {
        var start = 0
        var end = bytes.count
        if bytes.count == 38, bytes[0] == 0x7B, bytes[37] == 0x7D {
            start = 1
            end = 37
        } else if bytes.count == 45, bytes.starts(with: "urn:uuid:".utf8) {
            start = 9
        }
        if end - start == 32 || end - start == 36,
            let id = digits(bytes, start, end, dashed: end - start == 36)
        {
            return .uuid(id.0, id.1)
        }
        return .problem(problem(bytes))
    }

    private static func digits(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, dashed: Bool
    ) -> (UInt64, UInt64)? {
        guard let base = bytes.baseAddress, end - start == (dashed ? 36 : 32) else { return nil }
        let text = base + start
        guard dashed else {
            guard let high = number(text, 16), let low = number(text + 16, 16) else { return nil }
            return (high, low)
        }
        for dash in stride(from: 8, through: 23, by: 5) where bytes[start + dash] != 0x2D {
            return nil
        }
        guard let first = number(text, 8), let second = number(text + 9, 4),
            let third = number(text + 14, 4), let fourth = number(text + 19, 4),
            let fifth = number(text + 24, 12)
        else { return nil }
        return (first << 32 | second << 16 | third, fourth << 48 | fifth)
    }

    /// Value of `count` digits, at most 16.
    @inline(__always)
    private static func number(_ start: UnsafeRawPointer, _ count: Int) -> UInt64? {
        var value: UInt64 = 0
        var all: UInt8 = 0
        for index in 0..<count {
            let digit = Hexadecimal.anyValue(start.load(fromByteOffset: index, as: UInt8.self))
            all |= digit
            value = value << 4 | UInt64(digit & 15)
        }
        return all < 16 ? value : nil
    }

    /// Whether the text is 32 digits in lower case, with dashes: what `write` gives.
    static func isDashed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count == 36 else { return false }
        var isDashed = true
        for index in 0..<36 {
            let isDash = index == 8 || index == 13 || index == 18 || index == 23
            let byte = bytes[index]
            let fits = isDash ? byte == 0x2D : Hexadecimal.isLowerDigit(byte)
            isDashed = isDashed && fits
        }
        return isDashed
    }

    /// The first odd character, else the wrong number of groups, else the wrong length.
    private static func problem(_ bytes: UnsafeRawBufferPointer) -> String {
        guard bytes.count <= 45 else { return "invalid length: found \(bytes.count)" }
        var text = bytes[...]
        if bytes.starts(with: "urn:uuid:".utf8) {
            text = text.dropFirst(9)
        } else if bytes.count > 1, bytes.first == 0x7B, bytes.last == 0x7D {
            text = text.dropFirst().dropLast()
        }
        var dashes: [Int] = []
        let characters = String(decoding: text, as: UTF8.self)
        var offset = 0
        for character in characters.unicodeScalars {
            // The reference looks at the lowest byte of a character.
            let byte = UInt8(truncatingIfNeeded: character.value)
            if byte == 0x2D {
                dashes.append(offset)
            } else if Hexadecimal.value(byte) == nil {
                let shift = text.startIndex
                return "invalid character: found `\(character)` at \(offset + shift)"
            }
            offset += UTF8.width(character)
        }
        if dashes.isEmpty {
            return text.count == 32 || text.count == bytes.count && text.count != 36
                ? "invalid length: found \(text.count)"
                : "invalid group count: expected 5, found 1"
        }
        if dashes.count != 4 {
            return "invalid group count: expected 5, found \(dashes.count + 1)"
        }
        let bounds = [-1] + dashes + [text.count]
        let lengths = [8, 4, 4, 4, 12]
        for group in 0..<5 where bounds[group + 1] - bounds[group] - 1 != lengths[group] {
            let found = bounds[group + 1] - bounds[group] - 1
            return "invalid group length in group \(group): expected \(lengths[group]), "
                + "found \(found)"
        }
        return "invalid length: found \(bytes.count)"
    }

    static func write(
        _ high: UInt64, _ low: UInt64, dashed: Bool, to target: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard dashed else {
            Hexadecimal.write(high, digits: 16, to: target, at: 0)
            Hexadecimal.write(low, digits: 16, to: target, at: 16)
            return 32
        }
        Hexadecimal.write(high >> 32, digits: 8, to: target, at: 0)
        Hexadecimal.write(high >> 16, digits: 4, to: target, at: 9)
        Hexadecimal.write(high, digits: 4, to: target, at: 14)
        Hexadecimal.write(low >> 48, digits: 4, to: target, at: 19)
        Hexadecimal.write(low, digits: 12, to: target, at: 24)
        for dash in [8, 13, 18, 23] { target[dash] = 0x2D }
        return 36
    }

    /// A random UUID (version 4).
    static func random(_ generator: inout some RandomNumberGenerator) -> (high: UInt64, low: UInt64)
    {
        let high: UInt64 = generator.next()
        let low: UInt64 = generator.next()
        return (
            high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000, low & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63
        )
    }
}

/// Debug identifiers: a UUID and an appendix.
struct DebugIDText {
    var high: UInt64
    var low: UInt64
    var appendix: UInt32

    static func parse(_ bytes: UnsafeRawBufferPointer) -> DebugIDText? {
        let isDashed = bytes.count > 8 && bytes[8] == 0x2D
        let length = isDashed ? 36 : 32
        guard bytes.count >= length else { return nil }
        let head = UnsafeRawBufferPointer(rebasing: bytes[0..<length])
        guard case .uuid(let high, let low) = UUIDText.parse(head) else { return nil }
        var rest = bytes[length...]
        if isDashed {
            if rest.isEmpty { return DebugIDText(high: high, low: low, appendix: 0) }
            guard rest.first == 0x2D else { return nil }
            rest = rest.dropFirst()
            guard !rest.isEmpty else { return nil }
        }
        // More than eight digits: the first eight count.
        guard rest.isEmpty || rest.allSatisfy({ Hexadecimal.value($0) != nil }) else { return nil }
        let appendix = rest.isEmpty ? 0 : Hexadecimal.number(rest.prefix(8)) ?? 0
        return DebugIDText(high: high, low: low, appendix: UInt32(truncatingIfNeeded: appendix))
    }

    static func write(_ id: DebugIDText, to target: UnsafeMutableRawBufferPointer) -> Int {
        var count = UUIDText.write(id.high, id.low, dashed: true, to: target)
        guard id.appendix != 0 else { return count }
        target[count] = 0x2D
        count += 1
        let digits = (32 - id.appendix.leadingZeroBitCount + 3) / 4
        Hexadecimal.write(UInt64(id.appendix), digits: digits, to: target, at: count)
        return count + digits
    }
}

/// Memory addresses in text form.
enum AddressText {
    enum Result {
        case value(UInt64)
        case problem(StaticString)
    }

    /// Reads decimal digits or `0x` and hexadecimal ones.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> Result {
        var start = 0
        var radix: UInt64 = 10
        if bytes.count >= 2, bytes[0] == 0x30, bytes[1] | 0x20 == 0x78 {
            start = 2
            radix = 16
        }
        guard start < bytes.count else {
            return .problem("cannot parse integer from empty string")
        }
        if bytes[start] == 0x2B, bytes.count - start > 1 { start += 1 }
        var value: UInt64 = 0
        for index in start..<bytes.count {
            guard let digit = Hexadecimal.value(bytes[index]), UInt64(digit) < radix else {
                return .problem("invalid digit found in string")
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            let (sum, overflowToo) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !overflowToo else {
                return .problem("number too large to fit in target type")
            }
            value = sum
        }
        return .value(value)
    }

    /// Whether the text is what `write` would give.
    static func isCanonical(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 2, bytes[0] == 0x30, bytes[1] == 0x78 else { return false }
        if bytes[2] == 0x30 { return bytes.count == 3 }
        return bytes.count <= 18
            && Hexadecimal.areLowerDigits(UnsafeRawBufferPointer(rebasing: bytes[2...]))
    }

    static func write(_ value: UInt64, to target: UnsafeMutableRawBufferPointer) -> Int {
        target[0] = 0x30
        target[1] = 0x78
        let digits = max((64 - value.leadingZeroBitCount + 3) / 4, 1)
        Hexadecimal.write(value, digits: digits, to: target, at: 2)
        return 2 + digits
    }
}
