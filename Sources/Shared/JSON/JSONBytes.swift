import Glibc

/// Byte primitives shared by the reader, the writer and the table of keys.
@usableFromInline
enum JSONBytes {
    @inlinable
    static func equal(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
        memcmp(left, right, count) == 0
    }

    /// Copies `count` bytes. Up to 16 bytes past both ends may be read and written.
    @inline(__always)
    static func copyLoosely(
        to target: UnsafeMutablePointer<UInt8>, from source: UnsafePointer<UInt8>, _ count: Int
    ) {
        if count > 256 {
            memcpy(target, source, count)
            return
        }
        let to = UnsafeMutableRawPointer(target)
        let from = UnsafeRawPointer(source)
        var offset = 0
        repeat {
            to.storeBytes(
                of: from.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self),
                toByteOffset: offset, as: SIMD16<UInt8>.self)
            offset &+= 16
        } while offset < count
    }

    /// Copies a few bytes.
    @inline(__always)
    static func copyExactly(
        to target: UnsafeMutablePointer<UInt8>, from source: UnsafePointer<UInt8>, _ count: Int
    ) {
        for index in 0..<count { target[index] = source[index] }
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
