/// The compiled configurations of one link by revision: bounded, the least recently used one makes
/// room. Ingest sends a configuration again when it is told that the revision is not known.
struct ProcessorSessionConfigurations {
    /// Configurations at most.
    let countMax: Int
    /// Bytes of their sources at most.
    let bytesMax: Int
    private var entries: [UInt64: Entry] = [:]
    private var bytes = 0
    private var uses: UInt64 = 0

    private struct Entry {
        var configuration: ProcessorConfiguration
        var bytes: Int
        var lastUse: UInt64
    }

    init(countMax: Int = 1024, bytesMax: Int = 64 * 1024 * 1024) {
        self.countMax = max(1, countMax)
        self.bytesMax = bytesMax
    }

    var count: Int { entries.count }

    /// The configuration of a revision, if it was sent and is still there.
    mutating func use(_ revision: UInt64) -> ProcessorConfiguration? {
        guard let index = entries.index(forKey: revision) else { return nil }
        uses += 1
        entries.values[index].lastUse = uses
        return entries.values[index].configuration
    }

    /// Keeps a configuration; `bytes` is the size of its source.
    mutating func insert(_ configuration: ProcessorConfiguration, _ revision: UInt64, bytes: Int) {
        remove(revision)
        while !entries.isEmpty, entries.count >= countMax || self.bytes + bytes > bytesMax {
            guard let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
                break
            }
            remove(oldest.key)
        }
        uses += 1
        entries[revision] = Entry(configuration: configuration, bytes: bytes, lastUse: uses)
        self.bytes += bytes
    }

    mutating func remove(_ revision: UInt64) {
        guard let entry = entries.removeValue(forKey: revision) else { return }
        bytes -= entry.bytes
    }
}
