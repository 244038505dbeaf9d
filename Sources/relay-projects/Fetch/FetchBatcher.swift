import Model

/// Which keys are asked of upstream, when, and in which request.
///
/// Keys wanted within one batching period go out together, at most `batchSize` in a request and at
/// most `concurrencyMax` requests at a time. Two kinds of failure are kept apart:
///
/// * *Upstream is away* (network, 502, 503, 504, 429, not registered): everybody waits for the same
///   jittered backoff, and a single request at a time probes until one is answered.
/// * *This request was refused* (any other status, an answer that cannot be read): one key may be to
///   blame, so its keys are asked again in smaller and smaller requests, each after a pause of its
///   own, until the culprit is alone. Other keys are not held up. When everything is refused, it
///   counts as away.
///
/// Keys that upstream is still computing (`pending`) are asked again, ever more rarely.
public struct FetchBatcher<Key: Hashable & Sendable> {
    /// One request to make.
    public struct Batch: Hashable, Sendable {
        public var id: UInt64
        public var keys: [Key]
        /// Past upstream's cache.
        public var isBypassing: Bool
    }

    /// Why a request brought nothing.
    public enum Failure: Hashable, Sendable {
        /// Upstream is away or takes no questions now; it may have said for how long.
        case away(retryAfter: Duration?)
        /// Upstream answered, but not with an answer to this request.
        case refused
    }

    /// What a failure means for those who wait.
    public struct FailureAction: Hashable, Sendable {
        /// Keys that will not get an answer soon.
        public var failing: [Key]
        /// When the next attempt is made at the earliest.
        public var nextAttempt: Duration
    }

    private enum Phase: Hashable {
        case ready
        case inFlight(UInt64)
        case delayed
    }

    private struct Entry {
        var phase: Phase
        var isBypassing: Bool
        /// How often a request with this key was refused: the size of its next one is halved so
        /// many times.
        var refusals: UInt8 = 0
        /// How often upstream said `pending`.
        var pendings: UInt16 = 0
    }

    private struct InFlight {
        var keys: [Key]
        var sentAt: MonotonicTime
    }

    private let settings: FetchSettings
    private var backoff: Backoff
    private var generator: SeededGenerator
    private var entries: [Key: Entry] = [:]
    /// Keys in the order they were wanted; one that is not `.ready` (any more) is skipped.
    private var ready = FetchQueue<Key>()
    private var delayed = DeadlineHeap<Key>()
    private var inFlight: [UInt64: InFlight] = [:]
    private var lastID: UInt64 = 0
    /// When the next requests go out; nil when no key is ready.
    private var roundAt: MonotonicTime?
    /// When upstream was last found to be away.
    private var awaySince: MonotonicTime?
    /// No request before this instant.
    private var awayUntil: MonotonicTime?
    private var refusalsInSequence = 0

    /// While true nothing is sent, e.g. because the relay is not registered.
    public private(set) var isPaused = false
    /// What happened so far.
    public private(set) var counts = FetchCounts()

    /// Refusals of all requests in sequence after which upstream counts as away: more than it takes
    /// to find one bad key among 500 by halving.
    static var refusalsInSequenceMax: Int { 12 }

    /// A batcher without keys.
    public init(settings: FetchSettings, seed: UInt64) {
        self.settings = settings
        backoff = Backoff(initial: settings.retryDelay, max: settings.retryIntervalMax)
        generator = SeededGenerator(seed: seed)
    }

    /// Keys that are waiting for an answer of upstream.
    public var keyCount: Int { entries.count }
    /// These keys.
    public var keys: [Key] { Array(entries.keys) }
    /// Requests under way.
    public var batchCount: Int { inFlight.count }
    /// Whether the last request found upstream away.
    public var isAway: Bool { awaySince != nil }

    /// When `tick` has something to do.
    public var nextDeadline: MonotonicTime? {
        var next: MonotonicTime?
        func consider(_ instant: MonotonicTime?) {
            guard let instant else { return }
            next = next.map { min($0, instant) } ?? instant
        }
        for batch in inFlight.values { consider(batch.sentAt + settings.queryTimeout) }
        guard !isPaused else { return next }
        if inFlight.count < concurrency { consider(roundAt) }
        consider(delayed.next)
        return next
    }

    // MARK: Events

    /// Somebody wants a key.
    ///
    /// - Returns: whether an answer may be expected soon, that is, upstream is not away.
    public mutating func want(_ key: Key, isBypassing: Bool, now: MonotonicTime) -> Bool {
        if entries[key] != nil {
            if isBypassing { entries[key]?.isBypassing = true }
        } else {
            entries[key] = Entry(phase: .ready, isBypassing: isBypassing)
            ready.append(key)
            arm(now: now)
        }
        return !isAway
    }

    /// Nobody wants the key any more.
    public mutating func cancel(_ key: Key) {
        entries[key] = nil
        // Its place in the queue stays until it is reached; not when nothing is ever reached,
        // because upstream is away and strangers come and go.
        guard ready.count > 2 * entries.count + 1024 else { return }
        let entries = entries
        var seen: Set<Key> = []
        ready.keepOnly { entries[$0]?.phase == .ready && seen.insert($0).inserted }
    }

    /// Places taken in the queue, those of cancelled keys included.
    var queueCount: Int { ready.count }

    /// Stops or resumes sending. Resuming sends what is ready at once, unless upstream was away:
    /// then the pause that was due is kept.
    public mutating func setPaused(_ paused: Bool, now: MonotonicTime) {
        guard paused != isPaused else { return }
        isPaused = paused
        if !paused, !ready.isEmpty { roundAt = max(now, awayUntil ?? now) }
    }

    /// Upstream is known to be in reach again: what is ready goes out at once.
    public mutating func upstreamReturned(now: MonotonicTime) {
        upstreamIsBack()
        if !ready.isEmpty { roundAt = now }
    }

    /// What is to be done at an instant.
    public struct TickAction: Hashable, Sendable {
        public var send: [Batch] = []
        /// Requests that took longer than `limits.query_timeout`: to be given up and reported as
        /// `failed`.
        public var timedOut: [UInt64] = []
    }

    /// Time has passed.
    public mutating func tick(now: MonotonicTime) -> TickAction {
        var action = TickAction()
        for (id, batch) in inFlight where batch.sentAt + settings.queryTimeout <= now {
            action.timedOut.append(id)
        }
        while let key = delayed.pop(dueAt: now) {
            guard entries[key]?.phase == .delayed else { continue }
            entries[key]?.phase = .ready
            ready.append(key)
            arm(now: now)
        }
        guard !isPaused, let roundAt, roundAt <= now else { return action }
        action.send = makeBatches(now: now)
        self.roundAt = nil
        arm(now: now)
        return action
    }

    /// Upstream answered a request.
    ///
    /// - Parameter pending: keys that it is still computing.
    /// - Returns: keys that are asked again, with how often they have been pending.
    public mutating func completed(
        _ id: UInt64, pending: [Key], now: MonotonicTime
    ) -> [(key: Key, pendings: Int)] {
        guard let batch = inFlight.removeValue(forKey: id) else { return [] }
        counts.answered += 1
        upstreamIsBack()
        var again: [(key: Key, pendings: Int)] = []
        for key in pending {
            guard var entry = entries[key], entry.phase == .inFlight(id) else { continue }
            entry.pendings = entry.pendings == .max ? .max : entry.pendings + 1
            entry.refusals = 0
            again.append((key, Int(entry.pendings)))
            entries[key] = entry
            delay(key, attempt: Int(entry.pendings), now: now)
        }
        counts.pending += again.count
        for key in batch.keys where entries[key]?.phase == .inFlight(id) { entries[key] = nil }
        arm(now: now)
        return again
    }

    /// A request brought nothing. Its keys are asked again.
    public mutating func failed(
        _ id: UInt64, _ failure: Failure, now: MonotonicTime
    ) -> FailureAction {
        guard let batch = inFlight.removeValue(forKey: id) else {
            return FailureAction(failing: [], nextAttempt: .zero)
        }
        counts.failed += 1
        switch failure {
        case .away(let retryAfter):
            return away(batch, id: id, retryAfter: retryAfter, now: now)
        case .refused:
            refusalsInSequence += 1
            if refusalsInSequence > Self.refusalsInSequenceMax {
                return away(batch, id: id, retryAfter: nil, now: now)
            }
            var failing: [Key] = []
            var pause = Duration.zero
            for key in batch.keys where entries[key]?.phase == .inFlight(id) {
                let refusals = min((entries[key]?.refusals ?? 0) + 1, 32)
                entries[key]?.refusals = refusals
                failing.append(key)
                pause = delay(key, attempt: Int(refusals), now: now)
            }
            arm(now: now)
            return FailureAction(failing: failing, nextAttempt: pause)
        }
    }
}

// MARK: - Rules

extension FetchBatcher {
    /// One probe at a time while upstream is away.
    private var concurrency: Int { isAway ? 1 : settings.concurrencyMax }

    /// Makes sure that there is a next round when a key is ready.
    private mutating func arm(now: MonotonicTime) {
        guard !ready.isEmpty, roundAt == nil else { return }
        var round = now + settings.batchInterval
        if let awayUntil { round = max(round, awayUntil) }
        roundAt = round
    }

    private mutating func upstreamIsBack() {
        backoff.reset()
        awaySince = nil
        awayUntil = nil
        refusalsInSequence = 0
    }

    /// Everybody waits. Failures of requests that were under way together raise the pause once.
    private mutating func away(
        _ batch: InFlight, id: UInt64, retryAfter: Duration?, now: MonotonicTime
    ) -> FailureAction {
        if awaySince.map({ batch.sentAt >= $0 }) ?? true {
            awayUntil = now + backoff.next(using: &generator)
            awaySince = now
        }
        if let retryAfter {
            let wished = now + min(retryAfter, settings.retryAfterMax)
            awayUntil = awayUntil.map { max($0, wished) } ?? wished
        }
        var returned: [Key] = []
        for key in batch.keys where entries[key]?.phase == .inFlight(id) {
            entries[key]?.phase = .ready
            returned.append(key)
        }
        ready.prepend(returned)
        roundAt = nil
        arm(now: now)
        var failing: [Key] = []
        for (key, entry) in entries {
            if case .inFlight = entry.phase { continue }
            failing.append(key)
        }
        return FailureAction(
            failing: failing, nextAttempt: max((roundAt ?? now) - now, .zero))
    }

    /// Asks for a key again after a pause that grows with the attempts: half a batching period at
    /// first, at most ten seconds, with jitter so that keys do not come back in one herd.
    @discardableResult
    private mutating func delay(_ key: Key, attempt: Int, now: MonotonicTime) -> Duration {
        entries[key]?.phase = .delayed
        let base = max(settings.batchInterval, .milliseconds(50))
        let pause = min(base * (1 << min(attempt, 10)), settings.pendingIntervalMax)
        let half = max(0, pause.nanosecondsClamped / 2)
        let jittered = pause - .nanoseconds(Int64.random(in: 0...half, using: &generator))
        delayed.push(key, at: now + jittered)
        return jittered
    }

    private struct Group: Hashable {
        var isBypassing: Bool
        var refusals: UInt8
    }

    /// Takes keys off the queue and spreads them evenly over the requests that may go out.
    private mutating func makeBatches(now: MonotonicTime) -> [Batch] {
        let slots = concurrency - inFlight.count
        guard slots > 0 else { return [] }
        var order: [Group] = []
        var groups: [Group: [Key]] = [:]
        var taken = 0
        let takenMax = settings.batchSize.multipliedReportingOverflow(by: slots)
        while taken < (takenMax.overflow ? Int.max : takenMax.partialValue),
            let key = ready.popFirst()
        {
            guard let entry = entries[key], entry.phase == .ready else { continue }
            let group = Group(isBypassing: entry.isBypassing, refusals: entry.refusals)
            if groups[group] == nil { order.append(group) }
            groups[group, default: []].append(key)
            taken += 1
            // Taken: a second entry of the queue for the same key must not match.
            entries[key]?.phase = .delayed
        }
        var batches: [Batch] = []
        var left: [Key] = []
        // Keys that were refused go last: nobody else shall wait for them.
        for group in order.sorted(by: { $0.refusals < $1.refusals }) {
            guard let keys = groups[group] else { continue }
            let sizeMax = max(1, settings.batchSize >> Int(group.refusals))
            let wanted = (keys.count + sizeMax - 1) / sizeMax
            let count = min(wanted, slots - batches.count)
            guard count > 0 else {
                left += keys
                continue
            }
            let size = min(sizeMax, (keys.count + count - 1) / count)
            var rest = keys[...]
            for _ in 0..<count where !rest.isEmpty {
                batches.append(launch(Array(rest.prefix(size)), group: group, now: now))
                rest = rest.dropFirst(size)
            }
            left += rest
        }
        for key in left { entries[key]?.phase = .ready }
        ready.prepend(left)
        return batches
    }

    private mutating func launch(_ keys: [Key], group: Group, now: MonotonicTime) -> Batch {
        lastID &+= 1
        for key in keys { entries[key]?.phase = .inFlight(lastID) }
        inFlight[lastID] = InFlight(keys: keys, sentAt: now)
        counts.sent += 1
        counts.keysSent += keys.count
        return Batch(id: lastID, keys: keys, isBypassing: group.isBypassing)
    }
}
