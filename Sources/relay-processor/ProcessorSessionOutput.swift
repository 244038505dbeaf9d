/// Bytes on their way to a socket: written at the end, taken from the front.
final class ProcessorSessionOutput {
    private var memory: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    /// Memory kept when everything has been taken.
    private static let capacityKept = 1024 * 1024

    init() {
        memory = .allocate(byteCount: 64 * 1024, alignment: 16)
    }

    deinit {
        memory.deallocate()
    }

    var count: Int { end - start }

    /// What is to be sent.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: memory[start..<end])
    }

    /// Appends what `body` writes into memory of at least `capacity` bytes; when it returns nil, it
    /// is called again with more.
    func append(capacity: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int?) {
        var capacity = capacity
        while true {
            reserve(capacity)
            if let written = body(UnsafeMutableRawBufferPointer(rebasing: memory[end...])) {
                end += written
                return
            }
            capacity *= 2
        }
    }

    /// The first `count` bytes have been sent.
    func consume(_ count: Int) {
        start += count
        guard start == end else { return }
        start = 0
        end = 0
        if memory.count > Self.capacityKept {
            memory.deallocate()
            memory = .allocate(byteCount: Self.capacityKept, alignment: 16)
        }
    }

    private func reserve(_ more: Int) {
        if memory.count - end >= more { return }
        let used = count
        let larger =
            used + more <= memory.count
            ? memory
            : .allocate(byteCount: max(memory.count * 2, used + more), alignment: 16)
        if used > 0, let base = larger.baseAddress, let source = memory.baseAddress {
            base.copyMemory(from: source + start, byteCount: used)
        }
        if larger.baseAddress != memory.baseAddress { memory.deallocate() }
        memory = larger
        start = 0
        end = used
    }
}
