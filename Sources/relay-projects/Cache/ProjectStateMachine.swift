import Model
import Wire

/// The project object: everything known about one key, and who waits for it (the original's
/// `Project` actor).
///
/// It does no I/O and has no clock. Questions come in with `now`, and leave as an answer or a
/// waiter; what upstream, the disk and the local files say comes in as an event.
///
/// | phase | meaning | a cached question | a fetched question |
/// |---|---|---|---|
/// | pending | nothing usable is known | `pending`, accept | waits |
/// | fresh | younger than its expiry | the state | the state |
/// | stale | within the grace period | the state, one refetch | the state, one refetch |
/// | expired | past the grace period | the state, one refetch | waits; while upstream is away: the state |
/// | local | from a local file | the state | the state |
public struct ProjectStateMachine {
    /// The phases of the table above.
    public enum Phase: Hashable, Sendable {
        /// Can become fresh (fetched, loaded), expired (loaded), local.
        case pending
        /// Becomes stale by time; can become local.
        case fresh
        /// Becomes expired by time, fresh by its refetch; can become local.
        case stale
        /// Becomes fresh by its refetch; a state that was only a miss counts as pending instead.
        case expired
        /// Becomes pending when the file goes away.
        case local
    }

    /// The state of the question to upstream.
    private enum Refetch {
        /// Not asked.
        case idle
        /// Asked, no answer yet.
        case running
        /// Asked past upstream's cache, no answer yet.
        case runningBypassing
        /// Asked; the last attempt failed or upstream is still computing, and it is asked again.
        /// Whoever can be answered with a last good state need not wait.
        case failing(isBypassing: Bool)
    }

    private enum State {
        /// Nothing is known. `isStored`: the disk has a last good state that is not loaded yet.
        case unknown(isStored: Bool)
        /// The disk was asked.
        case loading
        case known(Known)
        case local(ProjectSnapshot)
    }

    private struct Known {
        var snapshot: ProjectSnapshot
        var fetchedAt: MonotonicTime
        var expiresAt: MonotonicTime
        /// Not what upstream said last: its last answer was malformed, and this one is older.
        var isSuperseded: Bool
    }

    private struct Waiter {
        var id: WaiterID
        var question: ProjectQuestion
        var deadline: MonotonicTime
        /// Wants an answer that was asked for past upstream's cache.
        var isBypassing: Bool
    }

    /// The key it stands for.
    public let key: ProjectKey
    private var state: State
    private var refetch = Refetch.idle
    private var waiters: [Waiter] = []
    /// When the next waiter's time is up.
    public private(set) var nextDeadline: MonotonicTime?
    /// The limits upstream set for this key.
    public private(set) var rateLimits = RateLimitTable()

    /// An object nobody has asked yet.
    ///
    /// - Parameter isStored: whether the disk has a last good state of the key.
    public init(key: ProjectKey, isStored: Bool) {
        self.key = key
        state = .unknown(isStored: isStored)
    }

    // MARK: Questions

    /// The phase at an instant.
    public func phase(settings: CacheSettings, now: MonotonicTime) -> Phase {
        switch state {
        case .unknown, .loading: .pending
        case .local: .local
        case .known(let known): Self.phase(of: known, settings: settings, now: now)
        }
    }

    /// How many wait.
    public var waiterCount: Int { waiters.count }

    /// Whether nobody waits and nothing would be lost by forgetting the object.
    public func isIdle(now: MonotonicTime) -> Bool {
        guard waiters.isEmpty, !isLocal else { return false }
        return rateLimits.active(now: now).isEmpty
    }

    /// Whether a usable state is held, so that the object is worth more than an unknown key.
    public var hasState: Bool {
        switch state {
        case .unknown, .loading: false
        case .known(let known): known.snapshot.hasState
        case .local: true
        }
    }

    /// Whether a local file has the key.
    public var isLocal: Bool {
        if case .local = state { return true }
        return false
    }

    /// Bytes of the state held.
    public var stateByteCount: Int {
        switch state {
        case .unknown, .loading: 0
        case .known(let known): known.snapshot.byteCount
        case .local(let snapshot): snapshot.byteCount
        }
    }

    /// Whether upstream is being asked.
    public var isFetching: Bool {
        if case .idle = refetch { return false }
        return true
    }

    /// The number of the project (`ProjectCache.GetProject`).
    public var projectID: ProjectID? {
        switch state {
        case .unknown, .loading: nil
        case .known(let known): known.snapshot.projectID
        case .local(let snapshot): snapshot.projectID
        }
    }

    /// `GetProjectState` and `GetEventAction`.
    ///
    /// - Parameter constant: the answer for keys without a local file where upstream is not asked.
    public mutating func ask(
        _ question: ProjectQuestion, freshness: StateFreshness, isCacheBypassed: Bool,
        waiter: WaiterID, constant: ProjectSnapshot? = nil, settings: CacheSettings,
        now: MonotonicTime
    ) -> AskAction {
        if case .eventAction = question, rateLimits.isEverythingLimited(now: now) {
            return .answer(pendingReply(to: question, now: now), .none)
        }
        let isBypassing = isCacheBypassed && freshness == .fetched
        if let constant, !isLocal {
            return .answer(reply(to: question, from: constant, isStale: false, now: now), .none)
        }
        switch state {
        case .local(let snapshot):
            return .answer(reply(to: question, from: snapshot, isStale: false, now: now), .none)

        case .known(let known):
            switch Self.phase(of: known, settings: settings, now: now) {
            case .fresh where isBypassing && known.fetchedAt + settings.bypassInterval <= now:
                return wait(
                    question, isBypassing: true, waiter: waiter, settings: settings, now: now)
            case .fresh:
                let isRefreshDue =
                    settings.refreshInterval.map { known.fetchedAt + $0 <= now } ?? false
                return .answer(
                    reply(
                        to: question, from: known.snapshot, isStale: known.isSuperseded, now: now),
                    isRefreshDue ? need() : .none)
            case .stale:
                return .answer(
                    reply(to: question, from: known.snapshot, isStale: true, now: now), need())
            case .expired:
                guard freshness == .fetched, !isFailing else {
                    let reply =
                        freshness == .cached
                        ? cachedReply(to: question, fromExpired: known.snapshot, now: now)
                        : reply(to: question, from: known.snapshot, isStale: true, now: now)
                    return .answer(reply, need())
                }
                return wait(
                    question, isBypassing: isBypassing, waiter: waiter, settings: settings,
                    now: now)
            case .pending, .local:
                state = .unknown(isStored: false)
                return askUnknown(
                    question, freshness: freshness, isBypassing: isBypassing, waiter: waiter,
                    settings: settings, now: now)
            }

        case .unknown, .loading:
            return askUnknown(
                question, freshness: freshness, isBypassing: isBypassing, waiter: waiter,
                settings: settings, now: now)
        }
    }

    /// `UpdateRateLimits`.
    public mutating func updateRateLimits(
        _ limits: [RateLimitAnswer], settings: CacheSettings, now: MonotonicTime
    ) {
        rateLimits.expire(now: now)
        for limit in limits.prefix(CacheSettings.rateLimitsMax) {
            rateLimits.merge(
                RateLimit(
                    scope: limit.scope, categories: limit.categories,
                    reasonCode: limit.reasonCode, expiresAt: now + limit.remaining),
                conflict: settings.conflict, now: now)
        }
    }

    // MARK: What upstream, disk and files say

    /// What a fetch brought.
    public enum Fetched {
        case state(ProjectSnapshot)
        /// Upstream does not know the key.
        case missing
        /// Upstream's answer for this key is no state.
        case invalid
    }

    /// Upstream answered.
    public mutating func fetchCompleted(
        _ fetched: Fetched, settings: CacheSettings, now: MonotonicTime
    ) -> ProjectCompletion {
        let wasBypassing: Bool
        switch refetch {
        case .idle, .running, .failing(isBypassing: false): wasBypassing = false
        case .runningBypassing, .failing(isBypassing: true): wasBypassing = true
        }
        refetch = .idle
        if case .local = state {
            return ProjectCompletion(resumptions: [], need: .none, store: .none)
        }
        let store = learn(fetched, settings: settings, now: now)
        let resumptions = resume(now: now) { wasBypassing || !$0.isBypassing }
        if waiters.isEmpty {
            return ProjectCompletion(resumptions: resumptions, need: .none, store: store)
        }
        refetch = .runningBypassing
        return ProjectCompletion(resumptions: resumptions, need: .fetchBypassing, store: store)
    }

    /// An attempt failed; it is repeated by whoever made it. Who can be served with what is known
    /// is served.
    public mutating func fetchFailed(now: MonotonicTime) -> [Resumption] {
        switch refetch {
        case .idle: return []
        case .running: refetch = .failing(isBypassing: false)
        case .runningBypassing: refetch = .failing(isBypassing: true)
        case .failing: break
        }
        guard hasState else { return [] }
        return resume(now: now) { _ in true }
    }

    /// The disk answered.
    ///
    /// - Parameter age: the time since upstream gave this state; nil when that is not known, e.g.
    ///   because the clock was set.
    public mutating func loaded(
        _ snapshot: ProjectSnapshot?, age: Duration?, settings: CacheSettings, now: MonotonicTime
    ) -> ProjectCompletion {
        guard case .loading = state else {
            return ProjectCompletion(resumptions: [], need: .none, store: .none)
        }
        guard let snapshot else {
            state = .unknown(isStored: false)
            return ProjectCompletion(resumptions: [], need: need(), store: .none)
        }
        let expiry = settings.expiry(of: snapshot)
        let remaining = age.map { expiry - $0 } ?? .zero
        let known = Known(
            snapshot: snapshot, fetchedAt: now + (remaining - expiry),
            expiresAt: remaining > .zero ? now + remaining : now + (.zero - settings.gracePeriod),
            isSuperseded: false)
        state = .known(known)
        if remaining > .zero {
            let resumptions = resume(now: now) { !$0.isBypassing }
            guard !waiters.isEmpty else {
                return ProjectCompletion(resumptions: resumptions, need: .none, store: .none)
            }
            refetch = .runningBypassing
            return ProjectCompletion(resumptions: resumptions, need: .fetchBypassing, store: .none)
        }
        let latest = now + settings.staleWait
        for position in waiters.indices {
            waiters[position].deadline = min(waiters[position].deadline, latest)
        }
        nextDeadline = nextDeadline.map { min($0, latest) }
        return ProjectCompletion(resumptions: [], need: need(), store: .none)
    }

    /// A local file has (not) the key. Local files win over everything.
    ///
    /// - Parameter isStored: whether the disk has a last good state, for when the file goes away.
    public mutating func localChanged(
        _ snapshot: ProjectSnapshot?, isStored: Bool, now: MonotonicTime
    ) -> [Resumption] {
        if let snapshot {
            state = .local(snapshot)
            refetch = .idle
            return resume(now: now) { _ in true }
        }
        if isLocal { state = .unknown(isStored: isStored) }
        return []
    }

    /// Answers those whose time is up, with what is known.
    public mutating func hitDeadline(now: MonotonicTime) -> [Resumption] {
        resume(now: now) { $0.deadline <= now }
    }

    /// Answers everybody, with what is known: the process is leaving.
    public mutating func drain(now: MonotonicTime) -> [Resumption] {
        resume(now: now) { _ in true }
    }
}

// MARK: - Rules

extension ProjectStateMachine {
    private static func phase(
        of known: Known, settings: CacheSettings, now: MonotonicTime
    ) -> Phase {
        if now < known.expiresAt { return .fresh }
        guard known.snapshot.hasState else { return .pending }
        // No grace for a refusal: a project that was enabled again is not to be kept waiting.
        guard known.snapshot.status == .enabled else { return .expired }
        return now < known.expiresAt + settings.gracePeriod ? .stale : .expired
    }

    private var isFailing: Bool {
        if case .failing = refetch { return true }
        return false
    }

    /// Starts what is missing, once.
    private mutating func need(isBypassing: Bool = false) -> FetchNeed {
        switch (state, refetch) {
        case (.unknown(isStored: true), _):
            state = .loading
            return .load
        case (.loading, _), (.local, _): return .none
        case (_, .idle):
            refetch = isBypassing ? .runningBypassing : .running
            return isBypassing ? .fetchBypassing : .fetch
        case (_, .running), (_, .runningBypassing), (_, .failing):
            return .none
        }
    }

    private mutating func askUnknown(
        _ question: ProjectQuestion, freshness: StateFreshness, isBypassing: Bool,
        waiter: WaiterID, settings: CacheSettings, now: MonotonicTime
    ) -> AskAction {
        if freshness == .cached {
            return .answer(pendingReply(to: question, now: now), need())
        }
        return wait(
            question, isBypassing: isBypassing, waiter: waiter, settings: settings, now: now)
    }

    private mutating func wait(
        _ question: ProjectQuestion, isBypassing: Bool, waiter: WaiterID,
        settings: CacheSettings, now: MonotonicTime
    ) -> AskAction {
        guard waiters.count < CacheSettings.waitersPerProjectMax else {
            return .answer(bestReply(to: question, now: now), .none)
        }
        let patience = hasState ? settings.staleWait : settings.queryTimeout
        let deadline = now + patience
        waiters.append(
            Waiter(id: waiter, question: question, deadline: deadline, isBypassing: isBypassing))
        nextDeadline = nextDeadline.map { min($0, deadline) } ?? deadline
        return .wait(until: deadline, need(isBypassing: isBypassing))
    }

    /// Takes over what upstream said.
    private mutating func learn(
        _ fetched: Fetched, settings: CacheSettings, now: MonotonicTime
    ) -> StoreChange {
        switch fetched {
        case .state(let snapshot):
            var isSame = false
            if case .known(let known) = state, known.snapshot.revision == snapshot.revision {
                isSame = true
            }
            state = .known(
                Known(
                    snapshot: snapshot, fetchedAt: now,
                    expiresAt: now + settings.expiry(of: snapshot), isSuperseded: false))
            return isSame ? .touch : .save
        case .missing:
            state = .known(
                Known(
                    snapshot: .missing, fetchedAt: now, expiresAt: now + settings.missExpiry,
                    isSuperseded: false))
            return .delete
        case .invalid:
            if case .known(var known) = state, known.snapshot.hasState {
                known.fetchedAt = now
                known.expiresAt = now + settings.missExpiry
                known.isSuperseded = true
                state = .known(known)
            } else {
                state = .known(
                    Known(
                        snapshot: .invalid, fetchedAt: now, expiresAt: now + settings.missExpiry,
                        isSuperseded: false))
            }
            return .none
        }
    }

    /// Takes out the waiters that fulfil a condition and answers them.
    private mutating func resume(
        now: MonotonicTime, where isDue: (Waiter) -> Bool
    ) -> [Resumption] {
        guard !waiters.isEmpty else { return [] }
        var due: [Resumption] = []
        var left: [Waiter] = []
        for waiter in waiters {
            if isDue(waiter) {
                due.append(
                    Resumption(
                        key: key, waiter: waiter.id, reply: bestReply(to: waiter.question, now: now)
                    ))
            } else {
                left.append(waiter)
            }
        }
        waiters = left
        nextDeadline = left.lazy.map(\.deadline).min()
        return due
    }

    // MARK: Answers

    /// The answer from whatever is known at this instant.
    private func bestReply(to question: ProjectQuestion, now: MonotonicTime) -> ProjectReply {
        switch state {
        case .unknown, .loading: pendingReply(to: question, now: now)
        case .local(let snapshot): reply(to: question, from: snapshot, isStale: false, now: now)
        case .known(let known):
            if now < known.expiresAt || known.snapshot.hasState {
                reply(
                    to: question, from: known.snapshot,
                    isStale: known.isSuperseded || now >= known.expiresAt, now: now)
            } else {
                pendingReply(to: question, now: now)
            }
        }
    }

    private func pendingReply(to question: ProjectQuestion, now: MonotonicTime) -> ProjectReply {
        ProjectReply(pending: question, projectID: projectID, rateLimits: rateLimits, now: now)
    }

    /// An expired state must not refuse an event for good when nobody has asked upstream: the
    /// question comes again, fetched.
    private func cachedReply(
        to question: ProjectQuestion, fromExpired snapshot: ProjectSnapshot, now: MonotonicTime
    ) -> ProjectReply {
        if case .eventAction = question, snapshot.status != .enabled {
            return pendingReply(to: question, now: now)
        }
        return reply(to: question, from: snapshot, isStale: true, now: now)
    }

    private func reply(
        to question: ProjectQuestion, from snapshot: ProjectSnapshot, isStale: Bool,
        now: MonotonicTime
    ) -> ProjectReply {
        ProjectReply(
            question: question, key: key, snapshot: snapshot, isStale: isStale,
            rateLimits: rateLimits,
            now: now)
    }
}
