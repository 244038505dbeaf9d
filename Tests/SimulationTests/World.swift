import Config
import LinkTestSupport
import Links
import Logging
import Model
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Signing
import Upstream
import Wire

@testable import RelayIngest
@testable import RelayProcessor
@testable import RelayProjects

/// The whole relay in one thread: ingest, projects and processors as they are, links in memory, an
/// upstream that does as told, and a clock that only the test moves. A seed decides all chance.
final class World {
    let loop = EmbeddedEventLoop()
    let upstream: SimulatedUpstream
    private(set) var flow: IngestFlow
    /// How long processors and relay-projects stay away after they were killed.
    private var projectsReturn: MonotonicTime?
    private var processorReturns: [String: MonotonicTime] = [:]
    private var projects: Projects?
    private var projectsLinks: [FramePipe] = []
    private var processorLinks: [String: ProcessorPipe] = [:]
    private var lastLink: UInt64 = 0
    /// Connections to processors that were made.
    private(set) var processorConnections = 0
    private let seed: UInt64
    private let identity = RelayIdentity(
        relayID: "01234567-89ab-cdef-0123-456789abcdef", key: SigningKey.generate())
    private let logger = Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() })
    private let config: RelayConfig

    static let processorNames: Set<String> = ["1.sock", "2.sock"]
    static let wallStart: Int64 = 1_700_000_000_000_000

    init(seed: UInt64, _ configure: (inout RelayConfig) -> Void = { _ in }) {
        self.seed = seed
        var config = RelayConfig()
        config.relay.mode = .managed
        config.http.encoding = .identity
        configure(&config)
        self.config = config
        upstream = SimulatedUpstream(loop: loop, seed: seed)
        flow = IngestFlow(
            config: config, eventLoop: loop, runtimeDirectory: "/none", logger: logger,
            credentials: nil)
        startProjects()
        flow = makeFlow()
        _ = flow.start()
        run()
    }

    private func makeFlow() -> IngestFlow {
        var seams = FlowSeams()
        seams.wallNow = { [unowned self] in wallNow }
        seams.generator = SeededGenerator(seed: seed)
        seams.processorNames = Self.processorNames
        seams.projectsConnector = { [unowned self] _, _, initialise in
            connectProjects(initialise)
        }
        seams.processorConnector = { [unowned self] _, path, initialise in
            connectProcessor(path, initialise)
        }
        seams.transport = { [unowned self] in upstream.receive($0, $1) }
        return IngestFlow(
            config: config, eventLoop: loop, runtimeDirectory: "/none", logger: logger,
            credentials: nil, seams: seams)
    }

    // MARK: Time

    var now: MonotonicTime {
        MonotonicTime(nanoseconds: Int64(clamping: loop.now.uptimeNanoseconds))
    }

    var wallNow: WallTime {
        WallTime(microseconds: Self.wallStart + now.nanoseconds / 1000)
    }

    /// Lets everything happen that needs no time.
    func run() {
        for _ in 0..<1000 {
            loop.run()
            var hasMoved = false
            for link in projectsLinks where link.pump() { hasMoved = true }
            for link in processorLinks.values where link.pump(now: now) { hasMoved = true }
            if !hasMoved { return }
        }
    }

    /// Lets time pass in small steps, so that what is due meanwhile happens in its turn.
    func advance(milliseconds: Int64, step: Int64 = 20) {
        var left = milliseconds
        while left > 0 {
            let part = min(left, step)
            loop.advanceTime(by: .milliseconds(part))
            if let back = projectsReturn, back <= now { startProjects() }
            for (name, back) in processorReturns where back <= now { processorReturns[name] = nil }
            run()
            left -= part
        }
    }

    // MARK: Faults

    /// relay-projects is killed and comes back after a while with an empty memory.
    func killProjects(awayMilliseconds: Int64) {
        for link in projectsLinks { link.cut() }
        projectsLinks = []
        run()
        // What a killed process does not do any more: its timers and answers go nowhere.
        _ = projects?.drain()
        projects = nil
        projectsReturn = now + .milliseconds(awayMilliseconds)
    }

    /// A processor is killed, with the events that it had not answered.
    func killProcessor(_ name: String, awayMilliseconds: Int64) {
        processorReturns[name] = now + .milliseconds(awayMilliseconds)
        cutProcessorLink(name)
    }

    /// The connection to a processor breaks; the process goes on.
    func cutProcessorLink(_ name: String) {
        processorLinks.removeValue(forKey: name)?.cut()
        run()
    }

    /// The connection to relay-projects breaks; the process goes on.
    func cutProjectsLink() {
        for link in projectsLinks { link.cut() }
        projectsLinks = []
        run()
    }

    /// A processor drains, as on SIGTERM, and comes back.
    func drainProcessor(_ name: String) {
        processorLinks[name]?.session.drain()
        run()
    }

    /// A processor takes events but works on none until `resumeProcessors`.
    func hangProcessor(_ name: String) {
        processorLinks[name]?.isHanging = true
    }

    func resumeProcessors() {
        for link in processorLinks.values { link.isHanging = false }
        run()
    }

    // MARK: Processes

    private func startProjects() {
        projectsReturn = nil
        // A folder that does not exist counts as empty.
        guard var loaded = try? RelayConfig.load(directory: "/none", environment: [:]) else {
            return
        }
        loaded.config = config
        var settings = ProjectsSettings(loaded)
        settings.storePath = nil
        let clocks = RegistrationClient.Clocks(
            now: { [unowned self] in now }, wallNow: { [unowned self] in wallNow })
        let projects = Projects(
            settings: settings, eventLoop: loop, upstream: (upstream, identity), clocks: clocks,
            seed: seed, version: "test", logger: logger)
        // `start` would read local files on a thread of its own, outside of the simulated time.
        projects.registration?.onChange = { [weak projects] in projects?.standingChanged($0) }
        projects.registration?.start()
        projects.isReady = true
        projects.settle()
        self.projects = projects
    }

    private func connectProjects(
        _ initialise: (any Channel) throws -> Void
    ) -> EventLoopFuture<Void> {
        guard let projects else { return loop.makeFailedFuture(ChannelError.eof) }
        lastLink += 1
        let number = lastLink
        let far = FrameLink(
            settings: LinkSettings(role: .projects, peerRoles: [.ingest]),
            callbacks: FrameLinkCallbacks(
                opened: { link in
                    projects.linkOpened(number) { [weak link] frame in
                        link?.send(frame.message, requestID: frame.requestID)
                    }
                },
                received: { _, frame in projects.received(frame, on: number) },
                closed: { _, _ in projects.linkClosed(number) }))
        guard let pipe = try? FramePipe(loop: loop, initialise: initialise, far: far) else {
            return loop.makeFailedFuture(ChannelError.eof)
        }
        projectsLinks.append(pipe)
        return loop.makeSucceededVoidFuture()
    }

    private func connectProcessor(
        _ path: String, _ initialise: (any Channel) throws -> Void
    ) -> EventLoopFuture<Void> {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let session = ProcessorSession(
            processor: RelayProcessor.Processor(),
            settings: LinkSettings(role: .processor, peerRoles: [.ingest], credits: 4), now: now)
        guard processorReturns[name] == nil,
            let pipe = try? ProcessorPipe(loop: loop, initialise: initialise, session: session)
        else { return loop.makeFailedFuture(ChannelError.eof) }
        processorLinks[name] = pipe
        processorConnections += 1
        return loop.makeSucceededVoidFuture()
    }
}
