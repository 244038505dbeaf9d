import Model
import Wire

/// The public keys of relays below us: from the configuration, else from upstream, cached. No I/O.
public struct RelayKeyTable {
    /// What the table goes by.
    public struct Settings: Hashable, Sendable {
        /// `cache.relay_expiry`.
        public var relayExpiry: Duration
        /// `cache.miss_expiry`.
        public var missExpiry: Duration
        /// `limits.query_timeout`: how long somebody waits.
        public var queryTimeout: Duration
        /// Whether upstream is asked at all (managed mode).
        public var isUpstreamAsked: Bool
        /// Most relays that are remembered.
        public var relaysMax: Int
        /// Most questions waiting.
        public var waitersMax: Int

        /// Settings with the defaults of the configuration.
        public init(
            relayExpiry: Duration = .seconds(3600), missExpiry: Duration = .seconds(60),
            queryTimeout: Duration = .seconds(30), isUpstreamAsked: Bool = true,
            relaysMax: Int = 10_000, waitersMax: Int = 1000
        ) {
            self.relayExpiry = relayExpiry
            self.missExpiry = missExpiry
            self.queryTimeout = queryTimeout
            self.isUpstreamAsked = isUpstreamAsked
            self.relaysMax = relaysMax
            self.waitersMax = waitersMax
        }
    }

    /// What follows from a question: ids to ask of upstream, and an answer or a wait.
    public enum Action: Hashable, Sendable {
        case answer(RelayPublicKeysAnswer)
        case wait(until: MonotonicTime, wanted: [String])
    }

    /// An answer that is due.
    public struct Due: Hashable, Sendable {
        public var waiter: WaiterID
        public var answer: RelayPublicKeysAnswer
    }

    private struct Known {
        var relay: RelayPublicKey
        var expiresAt: MonotonicTime
    }

    private struct Waiter {
        var id: WaiterID
        var relayIDs: [String]
        var deadline: MonotonicTime
    }

    private let settings: Settings
    private let statics: [String: RelayPublicKey]
    private var known: [String: Known] = [:]
    private var fetching: Set<String> = []
    private var waiters: [Waiter] = []

    /// A table that knows the relays of the configuration.
    public init(settings: Settings, statics: [RelayPublicKey]) {
        self.settings = settings
        self.statics = Dictionary(
            statics.map { ($0.relayID, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// When the next waiter's time is up.
    public var nextDeadline: MonotonicTime? { waiters.lazy.map(\.deadline).min() }
    /// Relays that are remembered.
    public var knownCount: Int { known.count }
    /// Questions waiting.
    public var waiterCount: Int { waiters.count }

    /// `GetRelayPublicKeys`.
    public mutating func ask(
        _ relayIDs: [String], waiter: WaiterID, now: MonotonicTime
    ) -> Action {
        let ids = relayIDs.map { $0.lowercased() }
        let missing = ids.filter { isMissing($0, now: now) }
        if missing.isEmpty { return .answer(answer(ids)) }
        guard waiters.count < settings.waitersMax,
            fetching.count + missing.count <= settings.relaysMax
        else { return .answer(answer(ids)) }
        var wanted: [String] = []
        for id in missing where fetching.insert(id).inserted { wanted.append(id) }
        let deadline = now + settings.queryTimeout
        waiters.append(Waiter(id: waiter, relayIDs: ids, deadline: deadline))
        return .wait(until: deadline, wanted: wanted)
    }

    /// Upstream answered for these ids.
    public mutating func fetchCompleted(_ relays: [RelayPublicKey], now: MonotonicTime) -> [Due] {
        for relay in relays {
            fetching.remove(relay.relayID)
            makeRoom(now: now)
            let expiry = relay.publicKey == nil ? settings.missExpiry : settings.relayExpiry
            known[relay.relayID] = Known(relay: relay, expiresAt: now + expiry)
        }
        let table = self
        return resume { waiter in
            waiter.relayIDs.allSatisfy { !table.isMissing($0, now: now) }
        }
    }

    /// An attempt failed; it is repeated by whoever made it. Who can be served with what was known
    /// is served.
    public mutating func fetchFailed(now: MonotonicTime) -> [Due] {
        let table = self
        return resume { waiter in
            waiter.relayIDs.allSatisfy {
                !table.isMissing($0, now: now) || table.known[$0]?.relay.publicKey != nil
            }
        }
    }

    /// Answers those whose time is up.
    public mutating func hitDeadlines(now: MonotonicTime) -> [Due] {
        resume { $0.deadline <= now }
    }

    /// Answers everybody: the process is leaving.
    public mutating func drain() -> [Due] {
        resume { _ in true }
    }

    /// Ids nobody waits for any more: they need not be asked of upstream.
    public mutating func takeAbandoned() -> [String] {
        guard !fetching.isEmpty else { return [] }
        let wanted = Set(waiters.flatMap(\.relayIDs))
        let abandoned = fetching.subtracting(wanted)
        fetching.subtract(abandoned)
        return Array(abandoned)
    }
}

extension RelayKeyTable {
    /// 8-4-4-4-12 lower-case hexadecimal digits; nothing else is worth a question.
    static func isRelayID(_ id: String) -> Bool {
        let bytes = Array(id.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.enumerated().allSatisfy { position, byte in
            switch position {
            case 8, 13, 18, 23: byte == UInt8(ascii: "-")
            default:
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
        }
    }

    /// Whether nothing is known for sure about an id: neither by configuration nor by an answer that
    /// is still believed.
    private func isMissing(_ id: String, now: MonotonicTime) -> Bool {
        if isDecided(id) { return false }
        guard let known = known[id] else { return true }
        return known.expiresAt <= now
    }

    /// Whether upstream has no say about an id.
    private func isDecided(_ id: String) -> Bool {
        statics[id] != nil || !settings.isUpstreamAsked || !Self.isRelayID(id)
    }

    private func answer(_ ids: [String]) -> RelayPublicKeysAnswer {
        RelayPublicKeysAnswer(
            relays: ids.map { id in
                statics[id] ?? known[id]?.relay
                    ?? RelayPublicKey(relayID: id, publicKey: nil, isInternal: false)
            }, isComplete: ids.allSatisfy { isDecided($0) || known[$0] != nil })
    }

    private mutating func resume(where isDue: (Waiter) -> Bool) -> [Due] {
        guard !waiters.isEmpty else { return [] }
        var due: [Due] = []
        var left: [Waiter] = []
        for waiter in waiters {
            if isDue(waiter) {
                due.append(Due(waiter: waiter.id, answer: answer(waiter.relayIDs)))
            } else {
                left.append(waiter)
            }
        }
        waiters = left
        return due
    }

    /// Forgets what has expired, or else what expires first, when the table is full.
    private mutating func makeRoom(now: MonotonicTime) {
        guard known.count >= settings.relaysMax else { return }
        known = known.filter { $0.value.expiresAt > now }
        guard known.count >= settings.relaysMax else { return }
        let order = known.sorted { $0.value.expiresAt < $1.value.expiresAt }
        for (id, _) in order.prefix(max(1, settings.relaysMax / 10)) { known[id] = nil }
    }
}
