import Metrics
import Model
import Upstream
import Wire

/// What the front door needs of the flow behind it. All calls and completions happen on the event
/// loop; a completion is called once, possibly before the call returns.
protocol EventFlow: AnyObject {
    /// The cached verdict upon an envelope.
    func eventAction(
        _ question: GetEventAction, completion: @escaping (EventActionAnswer) -> Void)
    /// Stores an envelope; `.stored` is the moment to answer 200.
    func accept(_ envelope: AcceptedEnvelope) -> AcceptResult
    /// A project state for a relay below us; nil when there is none in time.
    func projectState(
        _ question: GetProjectState, deadline: Duration,
        completion: @escaping (ProjectStateAnswer?) -> Void)
    /// Keys of projects by their number; nil when there is no answer in time.
    func projectKeys(
        _ question: GetProjectKeys, deadline: Duration,
        completion: @escaping (ProjectKeysAnswer?) -> Void)
    /// Public keys of relays below us; nil when there is no answer in time.
    func relayPublicKeys(
        _ question: GetRelayPublicKeys, deadline: Duration,
        completion: @escaping (RelayPublicKeysAnswer?) -> Void)
    /// Capture mode: what became of an event.
    func captured(_ id: EventID) -> CapturedEvent?
    /// Sends a request of a client to the upstream.
    func forward(
        _ request: UpstreamRequest,
        completion: @escaping (Result<UpstreamResponse, UpstreamError>) -> Void)
    /// Adds the figures of the flow to those of the front door.
    func addMetrics(to snapshot: inout MetricsSnapshot)
    /// The figures of relay-projects; none when it does not answer at once.
    func projectsFigures(completion: @escaping ([StatusFigure]) -> Void)
    /// Whether the accept store would take an envelope now.
    var canStore: Bool { get }
    /// The standing of relay-projects as last heard; nil when never heard.
    var status: ProjectsStatus? { get }
}
