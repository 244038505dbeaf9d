import Model

/// Names a record of an accept store.
struct StoreTicket: Hashable, Sendable {
    let rawValue: UInt64
}

/// Why an accept store takes nothing more.
struct StoreFull: Error, Hashable {
    /// The setting that bounds it.
    let limitName: String
    let limit: Int
}

/// Keeps accepted envelopes until they have left: appended before a client is answered 200,
/// acknowledged when every item has its outcome.
protocol AcceptStore: AnyObject {
    /// Stores an envelope; it is answered 200 only after this returns.
    func append(_ envelope: AcceptedEnvelope) throws(StoreFull) -> StoreTicket
    /// The envelope of a ticket; nil after it was acknowledged.
    func read(_ ticket: StoreTicket) -> AcceptedEnvelope?
    /// Replaces the envelope by what is left to deliver of it after processing.
    func replace(_ ticket: StoreTicket, with envelope: Envelope)
    /// Removes the envelope: it has left.
    func acknowledge(_ ticket: StoreTicket)
    /// From now on so much is taken; what is kept already stays.
    func apply(bytesMax: Int, countMax: Int?)
    /// Envelopes that are kept.
    var count: Int { get }
    /// Bytes that are kept, with the overhead of each envelope.
    var bytes: Int { get }
    /// Whether an envelope of usual size would be taken now.
    var hasRoom: Bool { get }
}

/// An accept store in memory, bounded by bytes and, if configured, by number. What it holds is lost
/// with the process.
final class MemoryAcceptStore: AcceptStore {
    /// What an envelope costs beside its bytes: header values, tables, and the state of its flow.
    static let overheadBytes = 2048
    /// The size for which `hasRoom` speaks.
    static let usualBytes = 64 << 10

    private var bytesMax = 0
    private var countMax: Int?
    private var records: [StoreTicket: (envelope: AcceptedEnvelope, bytes: Int)] = [:]
    private var lastTicket: UInt64 = 0
    private(set) var bytes = 0

    /// - Parameters:
    ///   - bytesMax: `cache.envelope_buffer_bytes`.
    ///   - countMax: `cache.envelope_buffer_size`; nil is no bound.
    init(bytesMax: Int, countMax: Int?) {
        apply(bytesMax: bytesMax, countMax: countMax)
    }

    func apply(bytesMax: Int, countMax: Int?) {
        self.bytesMax = max(0, bytesMax)
        self.countMax = countMax
    }

    var count: Int { records.count }

    var hasRoom: Bool {
        (countMax.map { records.count < $0 } ?? true)
            && bytes + Self.usualBytes + Self.overheadBytes <= bytesMax
    }

    func append(_ envelope: AcceptedEnvelope) throws(StoreFull) -> StoreTicket {
        if let countMax, records.count >= countMax {
            throw StoreFull(limitName: "cache.envelope_buffer_size", limit: countMax)
        }
        let size = Self.size(of: envelope.envelope)
        guard size <= bytesMax - bytes else {
            throw StoreFull(limitName: "cache.envelope_buffer_bytes", limit: bytesMax)
        }
        lastTicket &+= 1
        let ticket = StoreTicket(rawValue: lastTicket)
        records[ticket] = (envelope, size)
        bytes += size
        return ticket
    }

    func read(_ ticket: StoreTicket) -> AcceptedEnvelope? {
        records[ticket]?.envelope
    }

    func replace(_ ticket: StoreTicket, with envelope: Envelope) {
        guard let index = records.index(forKey: ticket) else { return }
        // Processing may add notes: an accepted envelope is kept even where it grew over the bound.
        let size = Self.size(of: envelope)
        bytes += size - records.values[index].bytes
        records.values[index].envelope.envelope = envelope
        records.values[index].bytes = size
    }

    func acknowledge(_ ticket: StoreTicket) {
        guard let record = records.removeValue(forKey: ticket) else { return }
        bytes -= record.bytes
    }

    /// Slices keep the whole array they come from alive, but all slices of an envelope share it.
    private static func size(of envelope: Envelope) -> Int {
        envelope.items.reduce(overheadBytes + envelope.header.bytes.count) {
            $0 + $1.headerBytes.count + $1.payload.count
        }
    }
}
