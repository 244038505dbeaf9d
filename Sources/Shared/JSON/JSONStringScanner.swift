/// Reads the inside of a string: finds its end 16 bytes at a time, checks UTF-8, resolves escapes.
///
/// All functions rely on zero bytes behind the input, which stop every loop. Comparisons are
/// written against `SIMD16(repeating:)` because a vector compared with a literal compiles to a
/// loop over its lanes (Swift 6.3.1), and masks are read as two 64-bit words because `any(_:)`
/// does too.
enum JSONStringScanner {
    /// The first byte that is a quote, a backslash, a control character or above 0x7F.
    @inline(__always)
    static func plainEnd(_ start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        var cursor = UnsafeRawPointer(start)
        while true {
            let bytes = cursor.loadUnaligned(as: SIMD16<Int8>.self)
            // Signed: bytes above 0x7F are negative, so one comparison finds them and controls.
            let stops =
                (bytes .< SIMD16<Int8>(repeating: 0x20))
                .| (bytes .== SIMD16<Int8>(repeating: 0x22))
                .| (bytes .== SIMD16<Int8>(repeating: 0x5C))
            let words = unsafeBitCast(stops, to: SIMD2<UInt64>.self)
            if words[0] != 0 {
                return UnsafeMutablePointer(mutating: cursor.assumingMemoryBound(to: UInt8.self))
                    + words[0].trailingZeroBitCount &>> 3
            }
            if words[1] != 0 {
                return UnsafeMutablePointer(mutating: cursor.assumingMemoryBound(to: UInt8.self))
                    + 8 + words[1].trailingZeroBitCount &>> 3
            }
            cursor += 16
        }
    }

    /// The first byte that is no JSON white space, which comes in runs in indented texts.
    @inline(never)
    static func spaceEnd(_ start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        var cursor = start
        while true {
            let bytes = UnsafeRawPointer(cursor).loadUnaligned(as: SIMD16<UInt8>.self)
            let spaces =
                (bytes .== SIMD16<UInt8>(repeating: 0x20))
                .| (bytes .== SIMD16<UInt8>(repeating: 0x0A))
                .| (bytes .== SIMD16<UInt8>(repeating: 0x0D))
                .| (bytes .== SIMD16<UInt8>(repeating: 0x09))
            let words = unsafeBitCast(spaces, to: SIMD2<UInt64>.self)
            if words[0] != .max { return cursor + (~words[0]).trailingZeroBitCount &>> 3 }
            if words[1] != .max { return cursor + 8 + (~words[1]).trailingZeroBitCount &>> 3 }
            cursor += 16
        }
    }

    /// What `finish` found: `failure` is the raw value of a `JSONError.Kind`, 0 = none.
    struct Result {
        /// The closing quote, or the place of the error.
        var end: UnsafeMutablePointer<UInt8>
        /// Bytes of the unescaped text.
        var length: UInt32
        var flags: UInt8
        var failure: UInt8
    }

    /// Reads on where `plainEnd` stopped at something other than the closing quote. Escapes are
    /// resolved in place: the text only gets shorter. `replacing`: half surrogates become U+FFFD.
    @inline(never)
    static func finish(
        _ start: UnsafeMutablePointer<UInt8>, from stop: UnsafeMutablePointer<UInt8>,
        replacing: Bool
    ) -> Result {
        var read = stop
        var flags: UInt8 = 0
        // Until the first escape nothing moves.
        while true {
            let byte = read.pointee
            if byte == 0x22 {
                return Result(end: read, length: length(start, read), flags: flags, failure: 0)
            }
            if byte == 0x5C { break }
            if byte < 0x20 { return failed(.controlCharacter, read) }
            flags = JSONNodeFlags.nonASCII
            guard let next = skipNonASCII(read) else { return failed(.invalidUTF8, read) }
            read = plainEnd(next)
        }
        flags |= JSONNodeFlags.mayNeedEscape
        var write = read
        while true {
            let byte = read.pointee
            if byte == 0x22 {
                return Result(end: read, length: length(start, write), flags: flags, failure: 0)
            }
            if byte == 0x5C {
                let failure = unescape(&read, &write, &flags, replacing)
                if failure != 0 { return Result(end: read, length: 0, flags: 0, failure: failure) }
            } else if byte < 0x20 {
                return failed(.controlCharacter, read)
            } else if byte >= 0x80 {
                flags |= JSONNodeFlags.nonASCII
                guard let next = skipNonASCII(read) else { return failed(.invalidUTF8, read) }
                moveDown(&read, &write, next - read)
            }
            let end = plainEnd(read)
            moveDown(&read, &write, end - read)
        }
    }

    private static func failed(
        _ kind: JSONError.Kind, _ place: UnsafeMutablePointer<UInt8>
    ) -> Result {
        Result(end: place, length: 0, flags: 0, failure: kind.rawValue)
    }

    @inline(__always)
    private static func length(
        _ start: UnsafeMutablePointer<UInt8>, _ end: UnsafeMutablePointer<UInt8>
    ) -> UInt32 {
        UInt32(truncatingIfNeeded: end - start)
    }

    /// Moves `count` bytes from `read` to the lower `write` and both pointers on.
    @inline(__always)
    private static func moveDown(
        _ read: inout UnsafeMutablePointer<UInt8>, _ write: inout UnsafeMutablePointer<UInt8>,
        _ count: Int
    ) {
        var left = count
        while left >= 16 {
            let block = UnsafeRawPointer(read).loadUnaligned(as: SIMD16<UInt8>.self)
            UnsafeMutableRawPointer(write).storeBytes(of: block, as: SIMD16<UInt8>.self)
            read += 16
            write += 16
            left &-= 16
        }
        if left == 0 { return }
        let block = UnsafeRawPointer(read).loadUnaligned(as: SIMD16<UInt8>.self)
        if read - write >= 16 {
            // The rest of the block falls on bytes that have been read.
            UnsafeMutableRawPointer(write).storeBytes(of: block, as: SIMD16<UInt8>.self)
        } else {
            // A whole block is stored and what it overwrote beyond `left` is put back, which makes
            // the next read wait: only the first few escapes of a text come here.
            let rest = UnsafeRawPointer(read + left).loadUnaligned(as: SIMD16<UInt8>.self)
            UnsafeMutableRawPointer(write).storeBytes(of: block, as: SIMD16<UInt8>.self)
            UnsafeMutableRawPointer(read + left).storeBytes(of: rest, as: SIMD16<UInt8>.self)
        }
        read += left
        write += left
    }

    /// Skips a run of well-formed multi-byte sequences; nil if one is malformed.
    @inline(__always)
    private static func skipNonASCII(
        _ start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8>? {
        var cursor = start
        repeat {
            let length = sequenceLength(cursor)
            if length == 0 { return nil }
            cursor += length
        } while cursor.pointee >= 0x80
        return cursor
    }

    /// Bytes of the well-formed multi-byte sequence at `start` (Unicode 15, table 3-7), 0 if there
    /// is none. Reads only as far as the bytes read so far are well-formed.
    @inline(__always)
    static func sequenceLength(_ start: UnsafePointer<UInt8>) -> Int {
        let first = start[0]
        if first < 0xC2 { return 0 }
        let second = start[1]
        if first < 0xE0 { return second & 0xC0 == 0x80 ? 2 : 0 }
        if first < 0xF0 {
            let low: UInt8 = first == 0xE0 ? 0xA0 : 0x80
            let high: UInt8 = first == 0xED ? 0x9F : 0xBF
            return second >= low && second <= high && start[2] & 0xC0 == 0x80 ? 3 : 0
        }
        if first > 0xF4 { return 0 }
        let low: UInt8 = first == 0xF0 ? 0x90 : 0x80
        let high: UInt8 = first == 0xF4 ? 0x8F : 0xBF
        return second >= low && second <= high && start[2] & 0xC0 == 0x80
            && start[3] & 0xC0 == 0x80 ? 4 : 0
    }

    /// Resolves the escape at `read`. Answers the raw value of an error kind, 0 = none.
    @inline(__always)
    private static func unescape(
        _ read: inout UnsafeMutablePointer<UInt8>, _ write: inout UnsafeMutablePointer<UInt8>,
        _ flags: inout UInt8, _ replacing: Bool
    ) -> UInt8 {
        let plain: UInt8
        switch read[1] {
        case 0x22, 0x5C, 0x2F: plain = read[1]
        case 0x62: plain = 0x08
        case 0x66: plain = 0x0C
        case 0x6E: plain = 0x0A
        case 0x72: plain = 0x0D
        case 0x74: plain = 0x09
        case 0x75: return unescapeUnicode(&read, &write, &flags, replacing)
        default: return JSONError.Kind.invalidEscape.rawValue
        }
        write.pointee = plain
        write += 1
        read += 2
        return 0
    }

    private static func unescapeUnicode(
        _ read: inout UnsafeMutablePointer<UInt8>, _ write: inout UnsafeMutablePointer<UInt8>,
        _ flags: inout UInt8, _ replacing: Bool
    ) -> UInt8 {
        guard let unit = hexUnit(read + 2) else { return JSONError.Kind.invalidEscape.rawValue }
        var scalar = unit
        var consumed = 6
        if unit & 0xF800 == 0xD800 {
            if unit & 0x0400 == 0, read[6] == 0x5C, read[7] == 0x75, let low = hexUnit(read + 8),
                low & 0xFC00 == 0xDC00
            {
                scalar = 0x10000 &+ ((unit & 0x3FF) &<< 10) &+ (low & 0x3FF)
                consumed = 12
            } else {
                if !replacing { return JSONError.Kind.loneSurrogate.rawValue }
                scalar = 0xFFFD
            }
        }
        read += consumed
        if scalar >= 0x80 { flags |= JSONNodeFlags.nonASCII }
        write += encode(scalar, to: write)
        return 0
    }

    /// Writes a scalar value as UTF-8; answers the bytes written, at most 4.
    static func encode(_ scalar: UInt32, to target: UnsafeMutablePointer<UInt8>) -> Int {
        if scalar < 0x80 {
            target[0] = UInt8(truncatingIfNeeded: scalar)
            return 1
        }
        if scalar < 0x800 {
            target[0] = 0xC0 | UInt8(truncatingIfNeeded: scalar &>> 6)
            target[1] = continuation(scalar)
            return 2
        }
        if scalar < 0x10000 {
            target[0] = 0xE0 | UInt8(truncatingIfNeeded: scalar &>> 12)
            target[1] = continuation(scalar &>> 6)
            target[2] = continuation(scalar)
            return 3
        }
        target[0] = 0xF0 | UInt8(truncatingIfNeeded: scalar &>> 18)
        target[1] = continuation(scalar &>> 12)
        target[2] = continuation(scalar &>> 6)
        target[3] = continuation(scalar)
        return 4
    }

    @inline(__always)
    private static func continuation(_ bits: UInt32) -> UInt8 {
        0x80 | UInt8(truncatingIfNeeded: bits & 0x3F)
    }

    /// The value of four hexadecimal digits; reads no further than the first other byte.
    @inline(__always)
    private static func hexUnit(_ start: UnsafePointer<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        for index in 0..<4 {
            let byte = start[index]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte &- 0x30
            case 0x41...0x46: digit = byte &- 0x41 &+ 10
            case 0x61...0x66: digit = byte &- 0x61 &+ 10
            default: return nil
            }
            value = value &<< 4 | UInt32(digit)
        }
        return value
    }
}
