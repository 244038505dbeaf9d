/// The secret of revision numbers: without it nobody can craft two states of equal revision.
public struct RevisionKey: Hashable, Sendable {
    let first: UInt64
    let second: UInt64

    /// A key by its two halves.
    public init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    /// A new key; a process makes one when it starts.
    public static func random() -> RevisionKey {
        var generator = SystemRandomNumberGenerator()
        return RevisionKey(first: generator.next(), second: generator.next())
    }
}

/// Numbers for the content of project states: equal numbers mean equal bytes (SipHash-2-4).
public enum Revision {
    /// The number of these bytes; never zero, which stands for "no state".
    public static func number(of bytes: some Collection<UInt8>, key: RevisionKey) -> UInt64 {
        let number =
            bytes.withContiguousStorageIfAvailable {
                SipHash.hash(UnsafeRawBufferPointer($0), key.first, key.second)
            }
            ?? Array(bytes).withUnsafeBytes { SipHash.hash($0, key.first, key.second) }
        return number == 0 ? 1 : number
    }
}

/// SipHash-2-4 (Aumasson and Bernstein).
enum SipHash {
    private struct State {
        var v0: UInt64
        var v1: UInt64
        var v2: UInt64
        var v3: UInt64

        @inline(__always)
        mutating func round() {
            v0 &+= v1
            v1 = Self.rotated(v1, 13) ^ v0
            v0 = Self.rotated(v0, 32)
            v2 &+= v3
            v3 = Self.rotated(v3, 16) ^ v2
            v0 &+= v3
            v3 = Self.rotated(v3, 21) ^ v0
            v2 &+= v1
            v1 = Self.rotated(v1, 17) ^ v2
            v2 = Self.rotated(v2, 32)
        }

        @inline(__always)
        static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
            word &<< bits | word &>> (64 &- bits)
        }

        @inline(__always)
        mutating func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }
    }

    static func hash(_ bytes: UnsafeRawBufferPointer, _ first: UInt64, _ second: UInt64) -> UInt64 {
        var state = State(
            v0: first ^ 0x736f_6d65_7073_6575, v1: second ^ 0x646f_7261_6e64_6f6d,
            v2: first ^ 0x6c79_6765_6e65_7261, v3: second ^ 0x7465_6462_7974_6573)
        let whole = bytes.count & ~7
        var offset = 0
        while offset < whole {
            state.absorb(
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var last = UInt64(truncatingIfNeeded: bytes.count) << 56
        for (index, byte) in bytes[whole...].enumerated() {
            last |= UInt64(byte) << UInt64(index * 8)
        }
        state.absorb(last)
        state.v2 ^= 0xff
        for _ in 0..<4 { state.round() }
        return state.v0 ^ state.v1 ^ state.v2 ^ state.v3
    }
}
