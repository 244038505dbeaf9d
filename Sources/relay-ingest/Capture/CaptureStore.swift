import DequeModule
import Model

/// The events of capture mode, by id: the latest ones, bounded by number and bytes; older ones make
/// room.
struct CaptureStore {
    private let countMax: Int
    private let bytesMax: Int
    private var events: [EventID: CapturedEvent] = [:]
    private var order = Deque<EventID>()
    private(set) var bytes = 0

    /// Keeps 1,000 events and 64 MiB unless told otherwise.
    init(countMax: Int = 1000, bytesMax: Int = 64 << 20) {
        self.countMax = max(1, countMax)
        self.bytesMax = max(0, bytesMax)
    }

    var count: Int { events.count }

    subscript(id: EventID) -> CapturedEvent? { events[id] }

    /// Keeps what became of an event; the same id again replaces it, but a failure (a lost
    /// duplicate) never replaces an envelope.
    mutating func insert(_ event: CapturedEvent, id: EventID) {
        if case .failed = event, case .envelope = events[id] { return }
        let size = Self.size(of: event)
        guard size <= bytesMax else {
            insert(.failed("the event is larger than the capture store"), id: id)
            return
        }
        if let old = events.updateValue(event, forKey: id) {
            bytes -= Self.size(of: old)
        } else {
            order.append(id)
        }
        bytes += size
        while events.count > countMax || bytes > bytesMax, let oldest = order.popFirst() {
            if oldest == id {
                order.append(id)
                if order.count == 1 { break }
                continue
            }
            if let removed = events.removeValue(forKey: oldest) { bytes -= Self.size(of: removed) }
        }
    }

    private static func size(of event: CapturedEvent) -> Int {
        switch event {
        case .envelope(let bytes): bytes.count
        case .failed(let reason): reason.utf8.count
        }
    }
}
