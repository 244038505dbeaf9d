import Glibc

/// Byte primitives shared by the reader, the writer and the table of keys.
@usableFromInline
enum JSONBytes {
    @inlinable
    static func equal(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
        memcmp(left, right, count) == 0
    }

    /// Copies `count` bytes; up to 63 bytes past both ends may be read and written. Not a loop,
    /// because the optimiser would turn it into a call of memcpy.
    @inline(__always)
    static func copyLoosely(
        to target: UnsafeMutablePointer<UInt8>, from source: UnsafePointer<UInt8>, _ count: Int
    ) {
        // Two blocks for short texts too: a branch on 16 bytes would often be mispredicted.
        copyBlock(to: target, from: source)
        copyBlock(to: target + 16, from: source + 16)
        if count <= 32 { return }
        if count > 64 {
            memcpy(target + 32, source + 32, count &- 32)
            return
        }
        copyBlock(to: target + 32, from: source + 32)
        copyBlock(to: target + 48, from: source + 48)
    }

    @inline(__always)
    private static func copyBlock(
        to target: UnsafeMutablePointer<UInt8>, from source: UnsafePointer<UInt8>
    ) {
        UnsafeMutableRawPointer(target).storeBytes(
            of: UnsafeRawPointer(source).loadUnaligned(as: SIMD16<UInt8>.self),
            as: SIMD16<UInt8>.self)
    }

    /// -1, 0 or 1 as the left bytes sort before, with or after the right ones.
    static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let common = min(left.count, right.count)
        if common > 0, let first = left.baseAddress, let second = right.baseAddress {
            let order = memcmp(first, second, common)
            if order != 0 { return order < 0 ? -1 : 1 }
        }
        return left.count == right.count ? 0 : (left.count < right.count ? -1 : 1)
    }

    /// Whether bytes are well-formed UTF-8 (Unicode 15, table 3-7).
    static func isValidUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return true }
        var index = 0
        while index < bytes.count {
            if bytes[index] < 0x80 {
                index += 1
                continue
            }
            let left = bytes.count - index
            let length =
                left >= 4
                ? JSONStringScanner.sequenceLength(base + index)
                : checkedLength(bytes, index)
            if length == 0 { return false }
            index += length
        }
        return true
    }

    private static func checkedLength(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Int {
        let left = bytes.count - index
        let word: (UInt8, UInt8, UInt8, UInt8) = (
            bytes[index], left > 1 ? bytes[index + 1] : 0, left > 2 ? bytes[index + 2] : 0, 0
        )
        return withUnsafeBytes(of: word) { copy in
            guard let base = copy.bindMemory(to: UInt8.self).baseAddress else { return 0 }
            return JSONStringScanner.sequenceLength(base)
        }
    }
}
