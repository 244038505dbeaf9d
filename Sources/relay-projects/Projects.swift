import Config
import Logging
import Model
import NIOCore
import Upstream
import Wire

/// The composition of relay-projects: project objects, batcher, registration, local files and last
/// good states, all on one event loop. Everything that decides is a value elsewhere; this performs.
///
/// Projects+Serving.swift answers the links, Projects+Fetching.swift asks upstream,
/// Projects+Sources.swift reads the local files and the disk.
public final class Projects {
    let settings: ProjectsSettings
    let eventLoop: any EventLoop
    let clocks: RegistrationClient.Clocks
    let logger: Logger
    let registration: RegistrationClient?

    var table: ProjectTable
    var batcher: FetchBatcher<ProjectKey>
    var batches: [UInt64: FetchBatcher<ProjectKey>.Batch] = [:]
    var relayKeys: RelayKeyTable
    var relayKeyBatcher: FetchBatcher<String>
    var relayKeyBatches: [UInt64: FetchBatcher<String>.Batch] = [:]
    let configsReader: ProjectConfigsReader

    let localThread: SerialThread<LocalProjectsReader>
    var nextLocalLook: MonotonicTime?
    var store: StoreWriter?
    var nextEviction: MonotonicTime

    var links: [UInt64: (Frame) -> Void] = [:]
    public internal(set) var counters = ProjectsCounters()
    var standing: UpstreamStanding
    var isReady = false
    var reportedStatus: ProjectsStatus?
    private var isStopped = false
    private var timer: Scheduled<Void>?
    private var timerAt = MonotonicTime(nanoseconds: .max)

    /// Everything is made, nothing is started.
    ///
    /// - Parameters:
    ///   - upstream: how upstream is reached and who we are; nil where the mode asks nobody.
    ///   - seed: for jitter.
    public init(
        settings: ProjectsSettings, eventLoop: any EventLoop,
        upstream: (transport: any UpstreamTransport, identity: RelayIdentity)?,
        clocks: RegistrationClient.Clocks, seed: UInt64, version: String, logger: Logger
    ) {
        self.settings = settings
        self.eventLoop = eventLoop
        self.clocks = clocks
        self.logger = logger
        table = ProjectTable(settings: settings.cache, source: settings.source)
        batcher = FetchBatcher(settings: settings.fetch, seed: seed)
        relayKeys = RelayKeyTable(settings: settings.relayKeys, statics: settings.staticRelays)
        relayKeyBatcher = FetchBatcher(settings: settings.relayKeyFetch, seed: seed &+ 1)
        configsReader = ProjectConfigsReader(limits: settings.states)
        localThread = SerialThread(
            LocalProjectsReader(path: settings.localDirectory, limits: settings.localFiles),
            eventLoop: eventLoop)
        nextEviction = clocks.now() + settings.evictionInterval
        registration = upstream.map { upstream in
            RegistrationClient(
                eventLoop: eventLoop, transport: upstream.transport, identity: upstream.identity,
                settings: settings.registration, clocks: clocks,
                upstreamName: settings.upstreamName, version: version, seed: seed &+ 2,
                logger: logger)
        }
        standing = UpstreamStanding(isAuthenticated: settings.mode != .managed)
        batcher.setPaused(!standing.isUsable, now: clocks.now())
        relayKeyBatcher.setPaused(!standing.isUsable, now: clocks.now())
    }

    /// Reads the local files and the keys of the last good states, begins to register; succeeds when
    /// questions can be answered, which does not wait for upstream.
    public func start() -> EventLoopFuture<Void> {
        let files = eventLoop.makePromise(of: Void.self)
        let keys = eventLoop.makePromise(of: Void.self)
        lookAtLocalFiles { files.succeed() }
        openStore { keys.succeed() }
        registration?.onChange = { [weak self] in self?.standingChanged($0) }
        registration?.start()
        return files.futureResult.and(keys.futureResult).assumeIsolated().map { [self] _ in
            isReady = true
            settle()
        }.nonisolated()
    }

    /// What the links are told of.
    public var status: ProjectsStatus {
        ProjectsStatus(
            isAuthenticated: standing.isAuthenticated, isDenied: standing.isDenied,
            isUpstreamDown: standing.isDown, isReady: isReady, relayID: settings.relayID)
    }

    /// One line for `STATUS=` and the log.
    public var summary: String {
        let upstream =
            standing.isDenied
            ? "denied"
            : standing.isDown
                ? "upstream down" : standing.isAuthenticated ? "ok" : "not registered"
        return "\(settings.mode.rawValue): \(upstream); \(table.knownCount) projects, "
            + "\(table.unknownCount) unknown keys, \(table.waiterCount) waiting"
    }

    /// Answers everybody with what is known, writes the last good states, and ends. Links are closed
    /// by their owner afterwards.
    public func drain() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        let now = clocks.now()
        deliver(table.drain(now: now))
        deliver(relayKeys.drain())
        registration?.stop()
        isStopped = true
        timer?.cancel()
        localThread.stop()
        closeStore { promise.succeed() }
        return promise.futureResult
    }
}

// MARK: - Time

extension Projects {
    /// After each event: forgets what was evicted, tells of a changed status, sets the one timer.
    func settle() {
        guard !isStopped else { return }
        for eviction in table.takeEvictions() {
            counters.evictions += 1
            if eviction.wasFetching { batcher.cancel(eviction.key) }
        }
        for id in relayKeys.takeAbandoned() { relayKeyBatcher.cancel(id) }
        pushStatus()
        var next = nextEviction
        func consider(_ deadline: MonotonicTime?) {
            if let deadline, deadline < next { next = deadline }
        }
        consider(table.nextDeadline)
        consider(batcher.nextDeadline)
        consider(relayKeys.nextDeadline)
        consider(relayKeyBatcher.nextDeadline)
        consider(nextLocalLook)
        consider(store?.flushAt)
        // A timer that fires too early only looks and sets the next one.
        if timer != nil, timerAt <= next { return }
        timer?.cancel()
        timerAt = next
        let distance = max(.zero, next - clocks.now())
        timer = eventLoop.assumeIsolated().scheduleTask(
            in: .nanoseconds(distance.nanosecondsClamped)
        ) { [weak self] in
            self?.tick()
        }
    }

    /// Time has passed.
    private func tick() {
        timer = nil
        guard !isStopped else { return }
        let now = clocks.now()
        let overdue = table.hitDeadlines(now: now)
        if !overdue.isEmpty { timeIsUp(overdue) }
        deliver(relayKeys.hitDeadlines(now: now))
        sendBatches(now: now)
        sendRelayKeyBatches(now: now)
        if let due = nextLocalLook, due <= now { lookAtLocalFiles {} }
        if nextEviction <= now {
            table.evictIdle(now: now)
            nextEviction = now + settings.evictionInterval
            logger.debug("state of the project cache", metadata: ["summary": .string(summary)])
        }
        if let due = store?.flushAt, due <= now { flushStore() }
        settle()
    }
}
