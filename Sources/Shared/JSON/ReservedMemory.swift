import Glibc

/// Address space reserved once and never moved; pages become resident when they are touched.
///
/// That keeps every pointer into a document valid while it grows, and costs no capacity checks in
/// loops that are bounded by the reservation. Guard pages lie on both sides.
struct ReservedMemory: ~Copyable {
    let base: UnsafeMutableRawPointer
    /// Usable bytes; 0 when the reservation failed (`base` then is a small zeroed stand-in).
    let byteCount: Int
    private let mapping: UnsafeMutableRawPointer?
    private let mappingByteCount: Int

    static let pageBytes = 4096
    /// Readable zero bytes that even a failed reservation offers.
    private static let standInBytes = 256

    init(byteCount wanted: Int) {
        let page = Self.pageBytes
        let usable = (wanted + page - 1) / page * page
        let whole = usable + 2 * page
        let mapped = mmap(
            nil, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        if let mapped, mapped != MAP_FAILED,
            mprotect(mapped + page, usable, PROT_READ | PROT_WRITE) == 0
        {
            base = mapped + page
            byteCount = usable
            mapping = mapped
            mappingByteCount = whole
        } else {
            base = .allocate(byteCount: Self.standInBytes, alignment: 64)
            base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.standInBytes)
            byteCount = 0
            mapping = nil
            mappingByteCount = 0
        }
    }

    /// Gives pages from `offset` up to `end` back to the system; they read as zero afterwards.
    func release(from offset: Int, to end: Int) {
        let page = Self.pageBytes
        let start = (offset + page - 1) / page * page
        let stop = min((end + page - 1) / page * page, byteCount)
        guard start < stop else { return }
        madvise(base + start, stop - start, MADV_DONTNEED)
    }

    deinit {
        if let mapping {
            munmap(mapping, mappingByteCount)
        } else {
            base.deallocate()
        }
    }
}
