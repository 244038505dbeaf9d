/// Bytes that are written one after the other and used again. 64 zero bytes follow the content, so
/// that scanners may read ahead.
final class ByteBuffer {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    static let padding = 64

    init(capacity: Int = 1024) {
        self.capacity = capacity
        base = .allocate(capacity: capacity + ByteBuffer.padding)
        base.initialize(repeating: 0, count: capacity + ByteBuffer.padding)
    }

    deinit { base.deallocate() }

    var text: ScannedText { ScannedText(base: base, count: count) }

    func removeAll() {
        count = 0
        if capacity > 1 << 20 {
            base.deallocate()
            capacity = 1024
            base = .allocate(capacity: capacity + ByteBuffer.padding)
            base.initialize(repeating: 0, count: capacity + ByteBuffer.padding)
        }
    }

    private func grow(to needed: Int) {
        var larger = capacity * 2
        while larger < needed { larger *= 2 }
        let replacement = UnsafeMutablePointer<UInt8>.allocate(
            capacity: larger + ByteBuffer.padding)
        replacement.update(from: base, count: count)
        (replacement + count).initialize(
            repeating: 0, count: larger + ByteBuffer.padding - count)
        base.deallocate()
        base = replacement
        capacity = larger
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        if count == capacity { grow(to: count + 1) }
        base[count] = byte
        count += 1
    }

    @inline(__always)
    func append(_ source: UnsafePointer<UInt8>, _ length: Int) {
        guard length > 0 else { return }
        if count + length > capacity { grow(to: count + length) }
        (base + count).update(from: source, count: length)
        count += length
    }

    func append(repeating byte: UInt8, count length: Int) {
        guard length > 0 else { return }
        if count + length > capacity { grow(to: count + length) }
        (base + count).update(repeating: byte, count: length)
        count += length
    }

    /// Room for `length` bytes that the caller fills.
    func reserve(_ length: Int) -> UnsafeMutablePointer<UInt8> {
        if count + length > capacity { grow(to: count + length) }
        count += length
        return base + (count - length)
    }

    func truncate(to length: Int) { count = min(count, length) }
}
