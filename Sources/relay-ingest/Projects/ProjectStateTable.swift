import DequeModule
import Model

/// The project states that ingest knows, by revision, for the processors. Bounded by number and
/// bytes; the ones that came first make room, and are asked for again when they are needed.
struct ProjectStateTable {
    struct Entry: Hashable {
        let projectID: ProjectID?
        /// The whole state as JSON; shared, not copied.
        let state: [UInt8]
        /// Which files processors have to see.
        let attachments: AttachmentScrubbing

        init(projectID: ProjectID?, state: [UInt8]) {
            self.projectID = projectID
            self.state = state
            attachments = AttachmentScrubbing(state: state)
        }
    }

    private let countMax: Int
    private let bytesMax: Int
    private var entries: [UInt64: Entry] = [:]
    private var order = Deque<UInt64>()
    private(set) var bytes = 0

    init(countMax: Int = 4096, bytesMax: Int = 64 << 20) {
        self.countMax = max(1, countMax)
        self.bytesMax = max(0, bytesMax)
    }

    var count: Int { entries.count }

    subscript(revision: UInt64) -> Entry? { entries[revision] }

    /// Keeps a state. Equal revisions mean equal bytes, so a known one stays.
    mutating func insert(_ entry: Entry, revision: UInt64) {
        guard revision != 0, entries[revision] == nil, entry.state.count <= bytesMax else { return }
        entries[revision] = entry
        order.append(revision)
        bytes += entry.state.count
        while entries.count > countMax || bytes > bytesMax, let oldest = order.popFirst() {
            if let removed = entries.removeValue(forKey: oldest) { bytes -= removed.state.count }
        }
    }
}
