extension JSONWriter {
    /// The inside of a string, with escapes. On return as many bytes are reserved behind the text
    /// as the caller had reserved beyond `length`, at least 32.
    @inline(never)
    func writeEscaped(_ text: UnsafePointer<UInt8>, _ length: Int) {
        var index = 0
        while index < length {
            let run = Self.plainRun(text + index, length - index)
            if run > 0 {
                JSONBytes.copyLoosely(to: base + count, from: text + index, run)
                count &+= run
                index &+= run
            }
            if index == length { break }
            // An escape takes at most 6 bytes; what is left to copy stays reserved with the rest.
            reserve(length - index + 6 + 1024)
            putEscape(text[index])
            index &+= 1
        }
    }

    /// Bytes before the first one that needs an escape.
    @inline(__always)
    private static func plainRun(_ text: UnsafePointer<UInt8>, _ length: Int) -> Int {
        var index = 0
        while index < length {
            let bytes = UnsafeRawPointer(text + index).loadUnaligned(as: SIMD16<UInt8>.self)
            let stops =
                (bytes .< SIMD16<UInt8>(repeating: 0x20))
                .| (bytes .== SIMD16<UInt8>(repeating: 0x22))
                .| (bytes .== SIMD16<UInt8>(repeating: 0x5C))
            let words = unsafeBitCast(stops, to: SIMD2<UInt64>.self)
            if words[0] != 0 {
                return min(index &+ words[0].trailingZeroBitCount &>> 3, length)
            }
            if words[1] != 0 {
                return min(index &+ 8 &+ words[1].trailingZeroBitCount &>> 3, length)
            }
            index &+= 16
        }
        return length
    }

    func putEscape(_ byte: UInt8) {
        put(0x5C)
        switch byte {
        case 0x22, 0x5C: put(byte)
        case 0x08: put(0x62)
        case 0x0C: put(0x66)
        case 0x0A: put(0x6E)
        case 0x0D: put(0x72)
        case 0x09: put(0x74)
        default:
            putLiteral("u00")
            put(Self.hexDigit(byte &>> 4))
            put(Self.hexDigit(byte & 15))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 &+ value : 0x61 &+ value &- 10
    }
}
