/// HMAC-SHA1 with an empty key as upper-case hexadecimal digits: how the reference pseudonymizes.
enum HashedText {
    static let byteCount = 40

    /// Writes the 40 digits of the hash of `bytes` to `target`.
    static func write(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>) {
        var inner = SHA1()
        inner.update(repeating: 0x36, count: 64)
        inner.update(bytes)
        let digest = inner.finish()
        var outer = SHA1()
        outer.update(repeating: 0x5C, count: 64)
        withUnsafeBytes(of: digest) { outer.update($0) }
        var position = 0
        withUnsafeBytes(of: outer.finish()) { result in
            for byte in result {
                target[position] = digit(byte >> 4)
                target[position + 1] = digit(byte & 0x0F)
                position += 2
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}

/// SHA-1 (FIPS 180-4). Only for pseudonyms that must equal the reference's, not for security.
struct SHA1 {
    private var state: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
        0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0
    )
    private var block = (
        UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0)
    )
    private var blockCount = 0
    private var byteCount: UInt64 = 0

    mutating func update(repeating byte: UInt8, count: Int) {
        for _ in 0..<count { append(byte) }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { append(byte) }
    }

    private mutating func append(_ byte: UInt8) {
        let index = blockCount
        withUnsafeMutableBytes(of: &block) { $0[index] = byte }
        blockCount += 1
        byteCount &+= 1
        if blockCount == 64 {
            compress()
            blockCount = 0
        }
    }

    /// The digest: five words in big-endian order.
    mutating func finish() -> (UInt32, UInt32, UInt32, UInt32, UInt32) {
        let bits = byteCount &* 8
        append(0x80)
        while blockCount != 56 { append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        return (
            state.0.bigEndian, state.1.bigEndian, state.2.bigEndian, state.3.bigEndian,
            state.4.bigEndian
        )
    }

    private mutating func compress() {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { words in
            withUnsafeBytes(of: block) { block in
                for index in 0..<16 {
                    words[index] = UInt32(
                        bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
                }
            }
            for index in 16..<80 {
                let mixed =
                    words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
                words[index] = mixed << 1 | mixed >> 31
            }
            var (a, b, c, d, e) = state
            for index in 0..<80 {
                let f: UInt32
                let k: UInt32
                switch index {
                case 0..<20: (f, k) = (b & c | ~b & d, 0x5A82_7999)
                case 20..<40: (f, k) = (b ^ c ^ d, 0x6ED9_EBA1)
                case 40..<60: (f, k) = (b & c | b & d | c & d, 0x8F1B_BCDC)
                default: (f, k) = (b ^ c ^ d, 0xCA62_C1D6)
                }
                let next = (a << 5 | a >> 27) &+ f &+ e &+ k &+ words[index]
                (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next)
            }
            state = (
                state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e
            )
        }
    }
}
