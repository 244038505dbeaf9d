import Config
import Logging
import Model
import NIOCore
import Upstream
import Wire

/// Everything behind the front door: the accept store, project verdicts, processors, upstream.
/// Lives on one event loop; every method is called on it, every completion runs on it.
public final class IngestFlow {
    /// The client for the upstream, also used to forward other `/api/` requests.
    public let upstream: UpstreamClient
    /// The standing of relay-projects as last heard; nil when never heard.
    public private(set) var status: ProjectsStatus?
    /// What became of items so far.
    public private(set) var counters = IngestCounters()

    private let eventLoop: any EventLoop

    /// A flow that is not started yet.
    /// - Parameters:
    ///   - runtimeDirectory: holds `projects.sock` and the folder `processor/`.
    ///   - credentials: this relay's identity; its id is named upstream.
    public init(
        config: RelayConfig, eventLoop: any EventLoop, runtimeDirectory: String, logger: Logger,
        credentials: Credentials?
    ) {
        self.eventLoop = eventLoop
        upstream = UpstreamClient(
            settings: UpstreamSettings(config), eventLoop: eventLoop, logger: logger)
    }

    /// Starts the links to relay-projects and the processors. Succeeds at once: a peer that is not
    /// there yet is waited for in the background.
    public func start() -> EventLoopFuture<Void> {
        eventLoop.makeSucceededVoidFuture()
    }

    /// The cached verdict. Never waits longer than 100 ms: no answer in time means accept.
    /// `completion` is called once, possibly before this returns.
    public func eventAction(
        _ question: GetEventAction, completion: @escaping (EventActionAnswer) -> Void
    ) {
        completion(
            EventActionAnswer(verdict: .accept, rateLimits: [], revision: 0, projectID: nil))
    }

    /// Stores the envelope and starts its flow. `.stored` is the moment to answer 200.
    public func accept(_ envelope: AcceptedEnvelope) -> AcceptResult {
        .full(limitName: "cache.envelope_buffer_size", limit: 0)
    }

    /// A project state for a relay below us; waits for it up to `deadline`, nil when there is none by
    /// then or relay-projects is away.
    public func projectState(
        _ question: GetProjectState, deadline: Duration,
        completion: @escaping (ProjectStateAnswer?) -> Void
    ) {
        completion(nil)
    }

    /// The public keys of relays below us; nil when there is no answer by the deadline.
    public func relayPublicKeys(
        _ question: GetRelayPublicKeys, deadline: Duration,
        completion: @escaping (RelayPublicKeysAnswer?) -> Void
    ) {
        completion(nil)
    }

    /// Capture mode: the processed envelope of an event, or why it failed; nil when unknown.
    public func captured(_ id: EventID) -> CapturedEvent? {
        nil
    }

    /// Finishes what can be finished until the deadline; what is left then is counted and logged.
    public func drain(deadline: MonotonicTime) -> EventLoopFuture<Void> {
        eventLoop.makeSucceededVoidFuture()
    }
}
