import Links
import Logging
import Model
import NIOCore
import Wire

/// The link to relay-projects: verdicts, states, keys, and the standing of relay-projects.
final class ProjectsClient {
    /// The front door waits no longer than this for a cached verdict.
    static let cachedTimeout = Duration.milliseconds(100)

    private let client: FrameLinkClient
    private let eventLoop: any EventLoop
    private let events: Events
    private var verdicts = VerdictCache()
    /// The standing as last heard; nil when never heard.
    private(set) var status: ProjectsStatus? {
        didSet { if status != oldValue { events.statusChanged() } }
    }
    /// States by revision.
    private(set) var states = ProjectStateTable()

    /// What the owner is told.
    struct Events {
        /// The link is open (again).
        var opened: () -> Void = {}
        /// `status` is another one.
        var statusChanged: () -> Void = {}
        /// The link is gone; it is looked for again.
        var closed: () -> Void = {}
    }

    init(
        socketPath: String, eventLoop: any EventLoop, logger: Logger, events: Events,
        connector: @escaping FrameLinkClient.Connector = FrameLinkClient.connectSocket
    ) {
        self.eventLoop = eventLoop
        self.events = events
        var forward: (FrameLink) -> Void = { _ in }
        var receive: (Frame) -> Void = { _ in }
        let closed = events.closed
        client = FrameLinkClient(
            path: socketPath, eventLoop: eventLoop,
            settings: LinkSettings(role: .ingest, peerRoles: [.projects]), logger: logger,
            callbacks: FrameLinkCallbacks(
                opened: { forward($0) }, received: { _, frame in receive(frame) },
                closed: { _, _ in closed() }),
            connector: connector)
        forward = { [weak self] link in self?.opened(link) }
        receive = { [weak self] frame in self?.received(frame) }
    }

    var isOpen: Bool { client.isOpen }

    func start() { client.start() }

    func stop() { client.stop() }

    private func opened(_ link: FrameLink) {
        verdicts.removeAll()
        link.request(.getStatus, timeout: .seconds(5)) { [weak self] result in
            if case .success(.status(var status)) = result {
                status.figures = []
                self?.status = status
            }
        }
        events.opened()
    }

    private func received(_ frame: Frame) {
        if case .status(let status) = frame.message { self.status = status }
    }

    /// What relay-projects did so far; none when there is no answer by the timeout.
    func figures(timeout: Duration, completion: @escaping ([StatusFigure]) -> Void) {
        client.request(.getStatus, timeout: timeout) { result in
            if case .success(.status(let status)) = result {
                completion(status.figures)
            } else {
                completion([])
            }
        }
    }

    /// A verdict, perhaps the one upon the same question a moment ago; nil when there is none by the
    /// timeout.
    func eventAction(
        _ question: GetEventAction, timeout: Duration,
        completion: @escaping (EventActionAnswer?) -> Void
    ) {
        if let known = verdicts.answer(to: question, now: eventLoop.monotonicNow) {
            completion(known)
            return
        }
        client.request(.getEventAction(question), timeout: timeout) { [weak self] result in
            guard case .success(.eventAction(let answer)) = result else {
                completion(nil)
                return
            }
            if let self {
                self.verdicts.insert(answer, to: question, now: self.eventLoop.monotonicNow)
            }
            completion(answer)
        }
    }

    /// A state, which is kept under its revision; nil when there is none by the timeout.
    func projectState(
        _ question: GetProjectState, timeout: Duration,
        completion: @escaping (ProjectStateAnswer?) -> Void
    ) {
        client.request(.getProjectState(question), timeout: timeout) { [weak self] result in
            guard case .success(.projectState(let answer)) = result else {
                completion(nil)
                return
            }
            if answer.status == .enabled {
                self?.states.insert(
                    ProjectStateTable.Entry(projectID: answer.projectID, state: answer.state),
                    revision: answer.revision)
            }
            completion(answer)
        }
    }

    /// Keys of projects by number; nil when there is no answer by the timeout.
    func projectKeys(
        _ question: GetProjectKeys, timeout: Duration,
        completion: @escaping (ProjectKeysAnswer?) -> Void
    ) {
        client.request(.getProjectKeys(question), timeout: timeout) { result in
            if case .success(.projectKeys(let answer)) = result,
                answer.keys.count == question.projectIDs.count
            {
                completion(answer)
            } else {
                completion(nil)
            }
        }
    }

    /// Public keys of relays below us; nil when there is no answer by the timeout.
    func relayPublicKeys(
        _ question: GetRelayPublicKeys, timeout: Duration,
        completion: @escaping (RelayPublicKeysAnswer?) -> Void
    ) {
        client.request(.getRelayPublicKeys(question), timeout: timeout) { result in
            if case .success(.relayPublicKeys(let answer)) = result {
                completion(answer)
            } else {
                completion(nil)
            }
        }
    }

    /// Tells which limits upstream set. False without a link: then they are lost, and upstream
    /// says them again.
    @discardableResult
    func updateRateLimits(_ update: UpdateRateLimits) -> Bool {
        verdicts.forget(update.projectKey)
        return client.send(.updateRateLimits(update))
    }
}
