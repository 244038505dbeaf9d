import Links
import Logging
import Model
import NIOCore
import Wire

/// Drives the dispatcher: keeps a link to every processor in the folder and sends jobs to them.
final class ProcessorPool {
    /// A job as its owner gives it.
    struct Job {
        let event: ProcessEvent
        /// The state of `event.revision`, to be sent to processors that do not know it.
        let projectID: ProjectID?
        let state: [UInt8]
        let completion: (JobResult) -> Void
    }

    /// What became of a job.
    enum JobResult {
        case processed(EventProcessed)
        /// The processors of this job died; it must not be tried again.
        case quarantined
        /// The job could not be done, for a reason of ours; the text is for the log.
        case failed(String)
    }

    /// A processor that does not answer for so long has lost the job; a stuck one is found by its
    /// missing pongs long before.
    static let jobTimeout = Duration.seconds(120)

    private let folderPath: String
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let payloadBytesMax: Int
    private let connector: FrameLinkClient.Connector
    private var machine = DispatcherStateMachine()
    private var jobs: [JobID: Job] = [:]
    private var folder: ProcessorFolder?
    private var clients: [String: FrameLinkClient] = [:]
    private var links: [WorkerID: FrameLink] = [:]
    private var workerIDs: [ObjectIdentifier: WorkerID] = [:]
    private var lastWorkerID: UInt32 = 0
    private var isStopped = false

    /// Called when a processor has come or gone.
    var onPeersChanged: () -> Void = {}

    /// Jobs whose processors died until they were given up.
    private(set) var quarantined: UInt64 = 0

    init(
        folderPath: String, eventLoop: any EventLoop, logger: Logger,
        payloadBytesMax: Int = WireLimits.payloadBytesDefault,
        connector: @escaping FrameLinkClient.Connector = FrameLinkClient.connectSocket
    ) {
        self.connector = connector
        self.folderPath = folderPath
        self.eventLoop = eventLoop
        self.logger = logger
        self.payloadBytesMax = payloadBytesMax
    }

    /// Processors that are connected.
    var processorCount: Int { machine.workerCount }
    /// Jobs that are not answered.
    var jobCount: Int { machine.jobCount }
    /// Jobs that no processor has.
    var waitingCount: Int { machine.waitingCount }

    /// Starts to connect.
    /// - Parameter names: file names of the sockets; nil watches the folder.
    func start(names: Set<String>? = nil) {
        if let names {
            socketsChanged(names, renewed: [])
            return
        }
        let folder = ProcessorFolder(
            path: folderPath, eventLoop: eventLoop, logger: logger
        ) { [weak self] names, renewed in
            self?.socketsChanged(names, renewed: renewed)
        }
        self.folder = folder
        folder.start()
    }

    /// Ends all links; jobs that are left get no completion any more.
    func stop() {
        isStopped = true
        folder?.stop()
        for client in clients.values { client.stop() }
        jobs.removeAll()
    }

    /// Has a job done; its completion is called once, possibly before this returns.
    func process(_ job: Job, id: JobID) {
        jobs[id] = job
        switch machine.enqueue(id, revision: job.event.revision) {
        case .admitted(let actions): perform(actions)
        case .refused(let limit):
            finish(id, .failed("\(limit) jobs wait for processors already"))
        }
    }

    /// Takes a job back that no processor has. False when one has it.
    func cancel(_ id: JobID) -> Bool {
        guard machine.cancel(id) else { return false }
        jobs[id] = nil
        return true
    }

    // MARK: Links

    private func socketsChanged(_ names: Set<String>, renewed: Set<String>) {
        guard !isStopped else { return }
        for name in renewed { clients[name]?.connectNow() }
        for name in names where clients[name] == nil {
            let client = makeClient(name)
            clients[name] = client
            client.start()
        }
        for (name, client) in clients where !names.contains(name) {
            // The processor may still answer what it has; it is only not looked for again.
            client.drain()
            clients[name] = nil
        }
    }

    private func makeClient(_ name: String) -> FrameLinkClient {
        let path = "\(folderPath)/\(name)"
        return FrameLinkClient(
            path: path, eventLoop: eventLoop,
            settings: LinkSettings(
                role: .ingest, peerRoles: [.processor], payloadBytesMax: payloadBytesMax),
            logger: logger,
            callbacks: FrameLinkCallbacks(
                opened: { [weak self] link in self?.joined(link, name: name) },
                received: { [weak self] link, frame in self?.received(frame, from: link) },
                drained: { [weak self] link in self?.draining(link) },
                closed: { [weak self] link, reason in self?.lost(link, reason) }),
            connector: connector)
    }

    private func joined(_ link: FrameLink, name: String) {
        guard !isStopped, let peer = link.peer, links.count < machine.limits.workersMax else {
            return
        }
        lastWorkerID &+= 1
        let id = WorkerID(rawValue: lastWorkerID)
        links[id] = link
        workerIDs[ObjectIdentifier(link)] = id
        logger.info(
            "processor joined",
            metadata: ["socket": "\(name)", "instance": "\(peer.instance ?? "")"])
        perform(machine.workerJoined(id, credits: peer.credits))
        onPeersChanged()
    }

    private func received(_ frame: Frame, from link: FrameLink) {
        guard let id = workerIDs[ObjectIdentifier(link)],
            case .grantCredits(let grant) = frame.message
        else { return }
        perform(machine.creditsGranted(grant.credits, by: id))
    }

    private func draining(_ link: FrameLink) {
        guard let id = workerIDs[ObjectIdentifier(link)] else { return }
        perform(machine.workerDraining(id))
    }

    private func lost(_ link: FrameLink, _ reason: LinkCloseReason) {
        guard let id = workerIDs.removeValue(forKey: ObjectIdentifier(link)) else { return }
        links[id] = nil
        logger.info("processor left", metadata: ["reason": "\(reason)"])
        perform(machine.workerLost(id, wasClean: reason == .finished))
        onPeersChanged()
    }

    // MARK: Actions

    private func perform(_ actions: [DispatcherStateMachine.Action]) {
        for action in actions {
            switch action {
            case .send(let job, let worker, let configuration, let forget):
                send(job, to: worker, configuration: configuration, forget: forget)
            case .quarantine(let job):
                quarantined &+= 1
                finish(job, .quarantined)
            case .fail(let job):
                finish(job, .failed("the processor does not accept the project configuration"))
            }
        }
    }

    private func send(
        _ id: JobID, to worker: WorkerID, configuration: UInt64?, forget: UInt64?
    ) {
        guard let job = jobs[id], let link = links[worker] else { return }
        if let forget { link.send(.forgetConfiguration(ForgetConfiguration(revision: forget))) }
        if let configuration {
            link.send(
                .projectConfiguration(
                    ProjectConfiguration(
                        revision: configuration, projectID: job.projectID, state: job.state)))
        }
        link.request(.processEvent(job.event), timeout: Self.jobTimeout) { [weak self] result in
            self?.answered(id, by: worker, result)
        }
    }

    private func answered(
        _ id: JobID, by worker: WorkerID, _ result: Result<Message, FrameRequestError>
    ) {
        switch result {
        case .success(.eventProcessed(let answer)):
            if answer.verdict == .unknownRevision {
                perform(machine.revisionUnknown(id, by: worker))
                return
            }
            let (isAwaited, actions) = machine.answered(id, by: worker)
            perform(actions)
            if isAwaited { finish(id, .processed(answer)) }
        case .success:
            // The link permits no other answers of a processor.
            let (isAwaited, actions) = machine.answered(id, by: worker)
            perform(actions)
            if isAwaited { finish(id, .failed("unexpected answer of a processor")) }
        case .failure(.linkLost):
            // The link's end tells the machine about all of its jobs.
            break
        case .failure(.deadlineExceeded):
            links[worker]?.close()
        case .failure(.notSendable), .failure(.overloaded):
            notSent(id, to: worker)
        }
    }

    /// The link refuses the job: it is leaving, full, or the peer takes no payload of this size.
    private func notSent(_ id: JobID, to worker: WorkerID) {
        guard let job = jobs[id], let link = links[worker] else { return }
        let isTooLarge = job.event.payload.count > Int(link.peer?.payloadBytesMax ?? 0)
        if link.isOpen, isTooLarge {
            let (isAwaited, actions) = machine.answered(id, by: worker)
            perform(actions)
            if isAwaited { finish(id, .failed("the processor takes no payload of this size")) }
            return
        }
        machine.notSent(id, to: worker)
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(20)) { [weak self] in
            guard let self else { return }
            self.perform(self.machine.creditsGranted(0, by: worker))
        }
    }

    private func finish(_ id: JobID, _ result: JobResult) {
        guard let job = jobs.removeValue(forKey: id) else { return }
        job.completion(result)
    }
}
