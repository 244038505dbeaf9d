import Glibc

/// The bytes a `JSONWriter` has written: a growing buffer as three words.
///
/// A plain struct, so that a loop can keep a copy in registers; its owner frees `base`.
/// `put…` functions do not check for room, `reserve` makes it.
struct JSONOutput {
    var base: UnsafeMutablePointer<UInt8>
    var count = 0
    var capacity: Int

    /// Writable bytes behind every reservation, for copies in whole blocks.
    static let slack = 64

    init(capacity: Int) {
        base = .allocate(capacity: capacity + Self.slack)
        self.capacity = capacity
    }

    /// Makes room for `more` bytes, and the slack behind them.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if more > capacity &- count { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let wanted = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted + Self.slack)
        memcpy(larger, base, count)
        base.deallocate()
        base = larger
        capacity = wanted
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        base[count] = byte
        count &+= 1
    }

    /// Two bytes, the low one first.
    @inline(__always)
    mutating func put(pair: UInt16) {
        UnsafeMutableRawPointer(base + count).storeBytes(of: pair, as: UInt16.self)
        count &+= 2
    }

    /// `null`, `true` or `false` as a little endian word: `length` of its first 8 bytes.
    @inline(__always)
    mutating func put(word: UInt64, length: Int) {
        UnsafeMutableRawPointer(base + count).storeBytes(of: word, as: UInt64.self)
        count &+= length
    }

    static let null: UInt64 = 0x6C6C_756E
    static let `true`: UInt64 = 0x6575_7274
    static let `false`: UInt64 = 0x65_736C_6166

    /// Copies bytes; up to 63 bytes behind them must be readable.
    @inline(__always)
    mutating func put(padded source: UnsafePointer<UInt8>, _ length: Int) {
        JSONBytes.copyLoosely(to: base + count, from: source, length)
        count &+= length
    }

    /// Copies any bytes.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        memcpy(base + count, start, bytes.count)
        count += bytes.count
    }

    /// A line break and `depth` steps of indentation.
    @inline(never)
    mutating func putLine(depth: Int) {
        reserve(depth * 2 + 32)
        put(0x0A)
        memset(base + count, 0x20, depth * 2)
        count += depth * 2
    }

    /// The inside of a string with escapes; at most 63 bytes behind it are read. Afterwards at
    /// least `spare` bytes are reserved.
    @inline(never)
    mutating func putEscaped(_ text: UnsafePointer<UInt8>, _ length: Int, spare: Int) {
        var index = 0
        while true {
            reserve(length &- index &+ 6 &+ spare)
            // A whole block is copied before it is known how much of it is plain.
            let bytes = UnsafeRawPointer(text + index).loadUnaligned(as: SIMD16<UInt8>.self)
            UnsafeMutableRawPointer(base + count).storeBytes(of: bytes, as: SIMD16<UInt8>.self)
            let stops =
                (bytes .< SIMD16<UInt8>(repeating: 0x20))
                .| (bytes .== SIMD16<UInt8>(repeating: 0x22))
                .| (bytes .== SIMD16<UInt8>(repeating: 0x5C))
            let words = unsafeBitCast(stops, to: SIMD2<UInt64>.self)
            if words[0] | words[1] == 0 {
                let run = min(16, length &- index)
                count &+= run
                index &+= run
                if index >= length { return }
                continue
            }
            let run =
                words[0] != 0
                ? words[0].trailingZeroBitCount &>> 3 : 8 &+ words[1].trailingZeroBitCount &>> 3
            if index &+ run >= length {
                count &+= length &- index
                return
            }
            count &+= run
            putEscape(text[index &+ run])
            index &+= run &+ 1
            if index >= length { return }
        }
    }

    /// The escape of a byte, at most 6 bytes.
    @inline(__always)
    mutating func putEscape(_ byte: UInt8) {
        let letter = Self.escapeLetter(byte)
        if letter != 0 { return put(pair: UInt16(letter) &<< 8 | 0x5C) }
        put(word: 0x3030_755C, length: 4)
        put(Self.hexDigit(byte &>> 4))
        put(Self.hexDigit(byte & 15))
    }

    /// What stands behind the backslash, 0 if the byte has no short escape. No jumps by the byte:
    /// which escape comes next is hard to foresee.
    @inline(__always)
    private static func escapeLetter(_ byte: UInt8) -> UInt8 {
        // b, t, n, none, f, r for the bytes 8 to 13.
        let letters: UInt64 = 0x7266_006E_7462
        let offset = byte &- 8
        let short = UInt8(truncatingIfNeeded: letters &>> (UInt64(offset & 7) &* 8))
        return byte >= 0x20 ? byte : (offset < 6 ? short : 0)
    }

    @inline(__always)
    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 &+ value : 0x61 &+ value &- 10
    }
}
