import Config
import DequeModule
import Links
import Logging
import Model
import NIOCore
import Upstream
import Wire

/// Everything behind the front door: the accept store, project verdicts, processors, upstream.
/// Lives on one event loop; every method is called on it, every completion runs on it.
///
/// The decisions are in value types (`EnvelopeFlowStateMachine`, `DispatcherStateMachine`,
/// `DeliveryGate`); this class performs their actions. The order of an envelope's steps can be read
/// in `perform`.
public final class IngestFlow {
    /// The client for the upstream, also used to forward other `/api/` requests.
    public private(set) var upstream: UpstreamClient
    /// What became of items so far.
    public private(set) var counters = IngestCounters()
    /// How long the steps took so far.
    private(set) var times = IngestTimes()
    /// Projects whose scrubbing rules cannot all be used.
    private(set) var scrubbingProblems = ScrubbingProblemTable()

    var config: RelayConfig
    let eventLoop: any EventLoop
    private let logger: Logger
    private let seams: FlowSeams
    var generator: any RandomNumberGenerator
    private let store: any AcceptStore
    private var builder: EnvelopeRequestBuilder
    /// This relay's id where relay-projects says none.
    private let ownRelayID: String?
    private(set) var projects: ProjectsClient?
    let processors: ProcessorPool
    var sender: EnvelopeSender?
    private var capture = CaptureStore()
    var waiters: KeyWaiters
    private let quarantine: QuarantineFolder?
    private let filtering: InboundFiltering
    /// Called when a link to relay-projects or a processor has come or gone.
    var onPeersChanged: () -> Void = {}

    var inFlight: [StoreTicket: EnvelopeInFlight] = [:]
    /// Envelopes in the order they expire, which is the order they came in.
    var expiries = Deque<(expiresAt: MonotonicTime, ticket: StoreTicket)>()
    var isExpiryTimerSet = false
    private var drained: EventLoopPromise<Void>?

    /// A flow that is not started yet.
    /// - Parameters:
    ///   - runtimeDirectory: holds `projects.sock` and the folder `processor/`.
    ///   - credentials: this relay's identity; its id is named upstream.
    ///   - quarantineDirectory: keeps envelopes whose processors died; nil keeps none.
    public convenience init(
        config: RelayConfig, eventLoop: any EventLoop, runtimeDirectory: String, logger: Logger,
        credentials: Credentials?, quarantineDirectory: String? = nil
    ) {
        self.init(
            config: config, eventLoop: eventLoop, runtimeDirectory: runtimeDirectory,
            logger: logger, credentials: credentials, quarantineDirectory: quarantineDirectory,
            seams: FlowSeams())
    }

    init(
        config: RelayConfig, eventLoop: any EventLoop, runtimeDirectory: String, logger: Logger,
        credentials: Credentials?, quarantineDirectory: String? = nil, seams: FlowSeams
    ) {
        quarantine = quarantineDirectory.map { QuarantineFolder(path: $0) }
        self.config = config
        self.eventLoop = eventLoop
        self.logger = logger
        filtering = InboundFiltering(logger: logger)
        self.seams = seams
        generator = seams.generator
        store = MemoryAcceptStore(
            bytesMax: config.cache.envelopeBufferBytes, countMax: config.cache.envelopeBufferSize)
        ownRelayID = credentials?.id
        builder = EnvelopeRequestBuilder(config: config, relayID: ownRelayID)
        upstream = UpstreamClient(
            settings: UpstreamSettings(config), eventLoop: eventLoop, logger: logger)
        processors = ProcessorPool(
            folderPath: "\(runtimeDirectory)/processor", eventLoop: eventLoop, logger: logger,
            connector: seams.processorConnector)
        waiters = KeyWaiters(
            backoff: Backoff(
                initial: .milliseconds(200), factor: 1.5, max: config.http.maxRetryInterval))
        projects = ProjectsClient(
            socketPath: "\(runtimeDirectory)/projects.sock", eventLoop: eventLoop, logger: logger,
            events: ProjectsClient.Events(
                opened: { [weak self] in self?.projectsLinkOpened() },
                statusChanged: { [weak self] in self?.makeBuilder() },
                closed: { [weak self] in self?.onPeersChanged() }),
            connector: seams.projectsConnector)
        processors.onPeersChanged = { [weak self] in self?.onPeersChanged() }
        sender = makeSender()
    }

    private func makeSender() -> EnvelopeSender {
        EnvelopeSender(
            requestsMax: config.limits.maxConcurrentRequests, backoff: retryBackoff,
            eventLoop: eventLoop, logger: logger, wallNow: seams.wallNow,
            generator: seams.generator,
            transport: seams.transport
                ?? { [weak self] in self?.upstream.send($0, completion: $1) },
            owner: EnvelopeSender.Owner(
                request: { [weak self] ticket in self?.request(ticket) },
                finished: { [weak self] ticket, result in self?.deliveryFinished(ticket, result) }))
    }

    private var retryBackoff: Backoff {
        Backoff(
            initial: config.http.retryDelay, factor: 1.5, max: config.http.maxRetryInterval)
    }

    var now: MonotonicTime { eventLoop.monotonicNow }

    /// Processors that are connected.
    public var processorCount: Int { processors.processorCount }

    /// From now on these settings count; what is in progress ends as it began.
    public func apply(_ new: RelayConfig) {
        config = new
        store.apply(
            bytesMax: new.cache.envelopeBufferBytes, countMax: new.cache.envelopeBufferSize)
        waiters.backoff = Backoff(
            initial: .milliseconds(200), factor: 1.5, max: new.http.maxRetryInterval)
        makeBuilder()
        let settings = UpstreamSettings(new)
        if settings != upstream.settings {
            retire(upstream)
            upstream = UpstreamClient(settings: settings, eventLoop: eventLoop, logger: logger)
        }
        sender?.apply(requestsMax: new.limits.maxConcurrentRequests, backoff: retryBackoff)
    }

    /// relay-projects says who we are to upstream; it alone may read the key.
    private func makeBuilder() {
        builder = EnvelopeRequestBuilder(
            config: config, relayID: projects?.status?.relayID ?? ownRelayID)
    }

    /// Ends a client that gets no more requests once those on their way are answered.
    private func retire(_ client: UpstreamClient) {
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { [weak self] in
            guard client.requestsActive + client.requestsWaiting > 0, self != nil else {
                client.shutDown()
                return
            }
            self?.retire(client)
        }
    }

    // MARK: Front door

    /// Starts the links to relay-projects and the processors. Succeeds at once: a peer that is not
    /// there yet is waited for in the background.
    public func start() -> EventLoopFuture<Void> {
        projects?.start()
        processors.start(names: seams.processorNames)
        return eventLoop.makeSucceededVoidFuture()
    }

    /// The standing of relay-projects as last heard; nil when never heard.
    public var status: ProjectsStatus? { projects?.status }

    /// Whether the accept store would take an envelope of usual size now.
    public var canStore: Bool { store.hasRoom && drained == nil }

    /// Envelopes that are accepted and have not left.
    public var envelopesStored: Int { store.count }

    /// Bytes that they take.
    var bytesStored: Int { store.bytes }

    /// The cached verdict. Never waits longer than 100 ms: no answer in time means accept.
    /// `completion` is called once, possibly before this returns.
    public func eventAction(
        _ question: GetEventAction, completion: @escaping (EventActionAnswer) -> Void
    ) {
        let accept = EventActionAnswer(
            verdict: .accept, rateLimits: [], revision: 0, projectID: nil)
        guard let projects else { return completion(accept) }
        projects.eventAction(question, timeout: ProjectsClient.cachedTimeout) { answer in
            completion(answer ?? accept)
        }
    }

    /// Stores the envelope and starts its flow. `.stored` is the moment to answer 200.
    public func accept(_ envelope: AcceptedEnvelope) -> AcceptResult {
        let ticket: StoreTicket
        do throws(StoreFull) {
            ticket = try store.append(envelope)
        } catch {
            return .full(limitName: error.limitName, limit: error.limit)
        }
        let expiresAt = envelope.receivedAt + config.cache.envelopeExpiry
        let machine = EnvelopeFlowStateMachine(
            items: envelope.envelope.items.map { EnvelopeItemFlow($0) }, expiresAt: expiresAt,
            backoff: retryBackoff)
        let flow = EnvelopeInFlight(ticket: ticket, accepted: envelope, machine: machine)
        inFlight[ticket] = flow
        counters.count(accepted: envelope.envelope.items.count)
        expiries.append((expiresAt, ticket))
        armExpiryTimer()
        perform(flow.machine.started(limits: envelope.rateLimits), flow)
        return .stored
    }

    /// Capture mode: the processed envelope of an event, or why it failed; nil when unknown.
    public func captured(_ id: EventID) -> CapturedEvent? {
        capture[id]
    }

    /// Finishes what can be finished until the deadline; what is left then is counted and logged.
    /// The links and the upstream client are closed at the end.
    public func drain(deadline: MonotonicTime) -> EventLoopFuture<Void> {
        if let drained { return drained.futureResult }
        let promise = eventLoop.makePromise(of: Void.self)
        drained = promise
        if inFlight.isEmpty {
            endDrain()
        } else {
            let wait = max(0, (deadline - now).nanosecondsClamped)
            eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(wait)) { [weak self] in
                self?.endDrain()
            }
        }
        return promise.futureResult
    }

    private var isDrainEnded = false

    private func endDrain() {
        guard let drained, !isDrainEnded else { return }
        isDrainEnded = true
        if !inFlight.isEmpty {
            logger.error(
                "shut down before every envelope was delivered; the store in memory is lost",
                metadata: [
                    "envelopes": "\(inFlight.count)", "items": "\(counters.stored)",
                    "bytes": "\(store.bytes)",
                ])
        }
        processors.stop()
        projects?.stop()
        upstream.shutDown()
        drained.succeed()
    }

    // MARK: Steps of an envelope

    func perform(_ action: EnvelopeFlowStateMachine.Action, _ flow: EnvelopeInFlight) {
        count(flow)
        switch action {
        case .ask: ask(flow)
        case .awaitState: awaitState(flow)
        case .provideState(let revision): provideState(revision, flow)
        case .process(let items): process(items, flow)
        case .send: send(flow)
        case .retry(let wait): retry(flow, after: wait)
        case .finish: finish(flow)
        case .none: break
        }
    }

    private func ask(_ flow: EnvelopeInFlight) {
        let question = GetEventAction(
            projectKey: flow.meta.projectKey, projectID: flow.meta.projectID,
            origin: flow.meta.origin, freshness: .fetched)
        projects?.eventAction(question, timeout: config.limits.queryTimeout) { [weak self] answer in
            self?.perform(flow.machine.verdictReceived(answer), flow)
        }
    }

    private func provideState(_ revision: UInt64, _ flow: EnvelopeInFlight) {
        if revision != 0, let known = projects?.states[revision] {
            take(known, revision, flow)
            filter(flow, known.attachments)
            return
        }
        let question = GetProjectState(projectKey: flow.meta.projectKey, freshness: .fetched)
        projects?.projectState(question, timeout: config.limits.queryTimeout) {
            [weak self] answer in
            guard let self else { return }
            var attachments = AttachmentScrubbing.none
            if let answer, answer.status == .enabled {
                let entry =
                    projects?.states[answer.revision]
                    ?? ProjectStateTable.Entry(projectID: answer.projectID, state: answer.state)
                take(entry, answer.revision, flow)
                attachments = entry.attachments
            }
            guard answer?.status == .enabled else {
                perform(flow.machine.stateReceived(answer?.status), flow)
                return
            }
            filter(flow, attachments)
        }
    }

    /// The project's inbound filters, before a processor is asked.
    private func filter(_ flow: EnvelopeInFlight, _ attachments: AttachmentScrubbing) {
        let isNeeded = flow.machine.state == .needingState
        let filtered = isNeeded ? filtering.dropped(flow) : []
        perform(
            flow.machine.stateReceived(.enabled, attachments: attachments, filtered: filtered),
            flow)
    }

    private func take(
        _ entry: ProjectStateTable.Entry, _ revision: UInt64, _ flow: EnvelopeInFlight
    ) {
        flow.stateProjectID = entry.projectID
        flow.revision = revision
        flow.state = entry.state
    }

    private func process(_ items: [Int], _ flow: EnvelopeInFlight) {
        let now = now
        flow.processingSince = now
        times.waiting.add(from: flow.receivedAt, to: now)
        scrubbingProblems.isUsed(flow.revision, by: flow.stateProjectID)
        for item in items {
            guard let kind = flow.machine.items[item].handling.kind else { continue }
            let job = ProcessorPool.Job(
                event: flow.processEvent(item: item, kind: kind),
                projectID: flow.stateProjectID, state: flow.state
            ) { [weak self] result in
                self?.itemFinished(item, flow, result)
            }
            processors.process(job, id: JobID(ticket: flow.ticket, item: item))
        }
    }

    private func itemFinished(
        _ item: Int, _ flow: EnvelopeInFlight, _ result: ProcessorPool.JobResult
    ) {
        switch result {
        case .processed(let answer):
            times.processing.add(from: flow.processingSince, to: now)
            times.processorMicroseconds &+= UInt64(answer.processingMicroseconds)
            if let problems = answer.problems, let project = flow.stateProjectID {
                scrubbingProblems.insert(problems, project, revision: flow.revision)
            }
            switch answer.verdict {
            case .processed:
                flow.apply(answer, to: item)
                let action = flow.machine.itemProcessed(item, category: answer.category)
                if action == .send { store.replace(flow.ticket, with: flow.remaining) }
                perform(action, flow)
            case .rejected(let reason, let detail):
                log("event rejected by the processor", flow, reason: reason.name, detail: detail)
                perform(flow.machine.itemRejected(item, reason), flow)
            case .unknownRevision:
                perform(flow.machine.itemRejected(item, .internal), flow)
            }
        case .quarantined:
            counters.quarantined &+= 1
            giveUp(flow)
            perform(flow.machine.itemRejected(item, .internal), flow)
        case .failed(let detail):
            logger.error(
                "event could not be processed",
                metadata: ["event_id": "\(flow.eventText)", "detail": "\(detail)"])
            perform(flow.machine.itemRejected(item, .internal), flow)
        }
    }

    /// The processors that had the event died: it is kept for somebody to look at.
    private func giveUp(_ flow: EnvelopeInFlight) {
        let bytes = builder.serialized(
            flow.envelope, meta: flow.meta, projectID: projectID(of: flow) ?? .init(rawValue: 0),
            sentAt: seams.wallNow())
        let kept: String
        switch quarantine?.keep(bytes, name: "\(flow.eventText)-\(flow.ticket.rawValue)") {
        case .kept(let path): kept = path
        case .full: kept = "not kept, the quarantine is full"
        case .failed(let number): kept = "not kept, error \(number)"
        case nil: kept = "not kept, no quarantine is configured"
        }
        logger.error(
            "event given up: the processors that had it died",
            metadata: ["event_id": "\(flow.eventText)", "kept": "\(kept)"])
    }

    private func send(_ flow: EnvelopeInFlight) {
        guard config.relay.mode != .capture else {
            captureEnvelope(flow)
            return
        }
        sender?.submit(flow.ticket, of: flow.meta.projectKey)
    }

    private func captureEnvelope(_ flow: EnvelopeInFlight) {
        if let id = flow.id ?? flow.envelope.header.eventID {
            let project = projectID(of: flow) ?? ProjectID(rawValue: 0)
            let bytes = builder.serialized(
                flow.remaining, meta: flow.meta, projectID: project, sentAt: seams.wallNow())
            capture.insert(.envelope(bytes), id: id)
        }
        perform(flow.machine.delivered(), flow)
    }

    /// The project that upstream is told: the request's, or the state's where the request names
    /// none or `relay.override_project_ids` says so.
    private func projectID(of flow: EnvelopeInFlight) -> ProjectID? {
        config.relay.isProjectIDOverridden
            ? flow.stateProjectID ?? flow.meta.projectID
            : flow.meta.projectID ?? flow.stateProjectID
    }

    /// It is the envelope's turn to be sent.
    private func request(_ ticket: StoreTicket) -> UpstreamRequest? {
        guard let flow = inFlight[ticket], flow.machine.state == .sending else { return nil }
        guard let project = projectID(of: flow) else {
            log("no project id", flow, reason: DiscardReason.projectID.name, detail: nil)
            perform(flow.machine.refused(), flow)
            return nil
        }
        return builder.request(
            flow.remaining, meta: flow.meta, projectID: project, sentAt: seams.wallNow())
    }

    private func deliveryFinished(_ ticket: StoreTicket, _ result: DeliveryResult) {
        guard let flow = inFlight[ticket] else { return }
        switch result {
        case .delivered:
            times.total.add(from: flow.receivedAt, to: now)
            perform(flow.machine.delivered(), flow)
        case .rateLimited(let limits):
            let answers = limits.map { RateLimitAnswer($0, now: now) }
            projects?.updateRateLimits(
                UpdateRateLimits(projectKey: flow.meta.projectKey, rateLimits: answers))
            perform(flow.machine.rateLimited(by: answers), flow)
        case .refused(let status):
            logger.warning(
                "upstream refused an envelope",
                metadata: ["event_id": "\(flow.eventText)", "status": "\(status)"])
            perform(flow.machine.refused(), flow)
        case .failed(let isSuspect, let reason):
            log("delivery failed", flow, reason: reason, detail: nil)
            let action = flow.machine.deliveryFailed(
                isSuspect: isSuspect, now: now, using: &generator)
            perform(action, flow)
        }
    }

    private func retry(_ flow: EnvelopeInFlight, after wait: Duration) {
        counters.deliveryRetries &+= 1
        eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(wait.nanosecondsClamped)) {
            [weak self] in
            self?.perform(flow.machine.retryDue(), flow)
        }
    }

    private func finish(_ flow: EnvelopeInFlight) {
        guard inFlight.removeValue(forKey: flow.ticket) != nil else { return }
        store.acknowledge(flow.ticket)
        if expiries.count > 2 * inFlight.count + 1024 {
            expiries.removeAll { inFlight[$0.ticket] == nil }
        }
        if drained != nil, inFlight.isEmpty { endDrain() }
    }

    /// Counts and logs the outcomes that are new.
    private func count(_ flow: EnvelopeInFlight) {
        for (item, outcome) in flow.machine.takeOutcomes() {
            counters.count(outcome, project: flow.stateProjectID)
            if outcome == .accepted { continue }
            let reason = outcome.reasonText
            log(
                "item dropped", flow, reason: reason,
                detail: flow.envelope.items[item].type.name)
            if config.relay.mode == .capture, flow.machine.items[item].isEvent,
                let id = flow.id ?? flow.envelope.header.eventID
            {
                capture.insert(.failed(outcome.captureText), id: id)
            }
        }
    }

    private func log(
        _ message: Logger.Message, _ flow: EnvelopeInFlight, reason: String, detail: String?
    ) {
        logger.debug(
            message,
            metadata: [
                "event_id": "\(flow.eventText)", "reason": "\(reason)",
                "detail": "\(detail ?? "")",
            ])
    }
}
