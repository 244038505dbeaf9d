import Config
import LinkTestSupport
import Links
import Logging
import Model
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Upstream
import Wire

@testable import RelayIngest

/// A flow with everything around it in memory and under a virtual clock: relay-projects, processors
/// and upstream do as the test says.
final class FlowWorld {
    let loop = EmbeddedEventLoop()
    private(set) var flow: IngestFlow

    // MARK: relay-projects

    /// Whether relay-projects can be reached.
    var isProjectsUp = true
    /// Whether it answers.
    var isProjectsSilent = false
    var verdict = EventActionAnswer(
        verdict: .accept, rateLimits: [], revision: 7, projectID: ProjectID(rawValue: 42))
    var state = ProjectStateAnswer(
        status: .enabled, revision: 7, projectID: ProjectID(rawValue: 42), organizationID: nil,
        isStale: false, state: Array("{}".utf8))
    private(set) var projectsMessages: [Message] = []
    /// Who relay-projects says we are.
    var relayID: String?

    // MARK: Processors

    struct Processor {
        var link: FrameLink
        var pair: FramePipe
    }

    /// Whether a processor can be reached.
    var isProcessorUp = true
    var processorCredits: UInt32 = 16
    private(set) var processors: [Processor] = []
    private(set) var processorMessages: [Message] = []
    /// Answers an event; nil leaves it unanswered.
    var process: (ProcessEvent) -> EventProcessed? = FlowWorld.processed

    // MARK: Upstream

    private(set) var requests: [UpstreamRequest] = []
    /// Answers a request; nil leaves it on its way.
    var answer: (UpstreamRequest) -> Result<UpstreamResponse, UpstreamError>? = { _ in
        .success(FlowWorld.response(200))
    }
    private(set) var unanswered: [(Result<UpstreamResponse, UpstreamError>) -> Void] = []

    private var pairs: [FramePipe] = []

    init(isProjectsUp: Bool = true, _ configure: (inout RelayConfig) -> Void = { _ in }) {
        self.isProjectsUp = isProjectsUp
        var config = RelayConfig()
        config.relay.mode = .managed
        config.http.encoding = .identity
        configure(&config)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        flow = IngestFlow(
            config: config, eventLoop: loop, runtimeDirectory: "/none", logger: logger,
            credentials: Credentials(secretKey: "", publicKey: "", id: "relay-id"))
        var seams = FlowSeams()
        seams.wallNow = { WallTime(microseconds: 1_700_000_000_000_000) }
        seams.generator = SeededGenerator(seed: 5)
        seams.processorNames = ["1.sock"]
        seams.projectsConnector = { [unowned self] _, _, initialise in
            self.connectProjects(initialise)
        }
        seams.processorConnector = { [unowned self] _, _, initialise in
            self.connectProcessor(initialise)
        }
        seams.transport = { [unowned self] request, completion in
            self.requests.append(request)
            if let answer = self.answer(request) {
                completion(answer)
            } else {
                self.unanswered.append(completion)
            }
        }
        flow = IngestFlow(
            config: config, eventLoop: loop, runtimeDirectory: "/none", logger: logger,
            credentials: Credentials(secretKey: "", publicKey: "", id: "relay-id"), seams: seams)
        _ = flow.start()
        run()
    }

    // MARK: Running

    /// Lets everything happen that needs no time.
    func run() {
        for _ in 0..<200 {
            loop.run()
            var hasMoved = false
            for pair in pairs where pair.pump() { hasMoved = true }
            if !hasMoved { break }
        }
    }

    /// Lets time pass, in small steps so that timers set by timers fire in their turn.
    func advance(milliseconds: Int64, step: Int64 = 50) {
        var left = milliseconds
        while left > 0 {
            let part = min(left, step)
            loop.advanceTime(by: .milliseconds(part))
            run()
            left -= part
        }
    }

    /// The loop's time.
    var now: MonotonicTime { loop.monotonicNow }

    /// Accepts an envelope and lets things happen.
    @discardableResult
    func accept(
        _ payloads: [(ItemType, String)], id: EventID? = EventID(high: 1, low: 1),
        limits: [RateLimitAnswer] = [], meta: RequestMeta = sampleMeta()
    ) -> AcceptResult {
        let result = flow.accept(
            sampleAccepted(payloads, id: id, limits: limits, meta: meta, receivedAt: now))
        run()
        return result
    }

    /// Answers what upstream has not answered yet.
    func answerAll(_ result: Result<UpstreamResponse, UpstreamError>) {
        let completions = unanswered
        unanswered = []
        for completion in completions { completion(result) }
        run()
    }

    // MARK: Peers

    private func connectProjects(
        _ initialise: (any Channel) throws -> Void
    ) -> EventLoopFuture<Void> {
        guard isProjectsUp else { return loop.makeFailedFuture(ChannelError.eof) }
        let link = FrameLink(
            settings: LinkSettings(role: .projects, peerRoles: [.ingest]),
            callbacks: FrameLinkCallbacks(received: { [unowned self] link, frame in
                self.projectsReceived(frame, link)
            }))
        return connect(initialise, link) == nil
            ? loop.makeFailedFuture(ChannelError.eof) : loop.makeSucceededVoidFuture()
    }

    private func projectsReceived(_ frame: Frame, _ link: FrameLink) {
        projectsMessages.append(frame.message)
        if isProjectsSilent { return }
        switch frame.message {
        case .getEventAction: link.send(.eventAction(verdict), requestID: frame.requestID)
        case .getProjectState: link.send(.projectState(state), requestID: frame.requestID)
        case .getStatus:
            link.send(
                .status(
                    ProjectsStatus(
                        isAuthenticated: true, isDenied: false, isUpstreamDown: false,
                        isReady: true, relayID: relayID)), requestID: frame.requestID)
        default: break
        }
    }

    private func connectProcessor(
        _ initialise: (any Channel) throws -> Void
    ) -> EventLoopFuture<Void> {
        guard isProcessorUp else { return loop.makeFailedFuture(ChannelError.eof) }
        let link = FrameLink(
            settings: LinkSettings(
                role: .processor, peerRoles: [.ingest], credits: processorCredits),
            callbacks: FrameLinkCallbacks(received: { [unowned self] link, frame in
                self.processorReceived(frame, link)
            }))
        guard let pair = connect(initialise, link) else {
            return loop.makeFailedFuture(ChannelError.eof)
        }
        processors.append(Processor(link: link, pair: pair))
        return loop.makeSucceededVoidFuture()
    }

    private func processorReceived(_ frame: Frame, _ link: FrameLink) {
        processorMessages.append(frame.message)
        guard case .processEvent(let event) = frame.message, let answer = process(event) else {
            return
        }
        link.send(.eventProcessed(answer), requestID: frame.requestID)
    }

    /// The latest processor dies.
    func killProcessor() {
        processors.last?.pair.cut()
        run()
    }

    private func connect(
        _ initialise: (any Channel) throws -> Void, _ link: FrameLink
    ) -> FramePipe? {
        guard let pair = try? FramePipe(loop: loop, initialise: initialise, far: link) else {
            return nil
        }
        pairs.append(pair)
        return pair
    }

    // MARK: Answers

    static func processed(_ event: ProcessEvent) -> EventProcessed {
        processed(event, type: "error")
    }

    static func processed(_ event: ProcessEvent, type: String) -> EventProcessed {
        EventProcessed(
            verdict: .processed, category: type == "transaction" ? .transaction : .error,
            eventType: type, payload: Array("{\"clean\":true}".utf8), processingMicroseconds: 1)
    }

    static func rejected(_ reason: DiscardReason) -> EventProcessed {
        EventProcessed(
            verdict: .rejected(reason, detail: ""), category: .error, eventType: "", payload: [],
            processingMicroseconds: 1)
    }

    static func response(_ status: Int, _ headers: HTTPHeaders = [:]) -> UpstreamResponse {
        UpstreamResponse(
            status: HTTPResponseStatus(statusCode: status), headers: headers, body: ByteBuffer())
    }
}
