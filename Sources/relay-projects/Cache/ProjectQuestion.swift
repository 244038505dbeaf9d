import Model
import Wire

/// Names somebody who waits for an answer: a link and the request on it. Opaque to the machines.
public struct WaiterID: Hashable, Sendable {
    /// The link the question came on.
    public var link: UInt64
    /// The request id on that link.
    public var request: UInt64

    /// A waiter by its link and request.
    public init(link: UInt64, request: UInt64) {
        self.link = link
        self.request = request
    }
}

/// What is asked of a project object.
public enum ProjectQuestion: Hashable, Sendable {
    /// `GetProjectState`.
    case state
    /// `GetEventAction`.
    case eventAction(projectID: ProjectID?, origin: String?)
}

/// The answer to a `ProjectQuestion`.
public enum ProjectReply: Hashable, Sendable {
    case state(ProjectStateAnswer)
    case eventAction(EventActionAnswer)
}

/// An answer that is due to somebody who waited.
public struct Resumption: Hashable, Sendable {
    public var key: ProjectKey
    public var waiter: WaiterID
    public var reply: ProjectReply
}

/// What a project object needs from its surroundings after an event.
public enum FetchNeed: Hashable, Sendable {
    case none
    /// The last good state on disk.
    case load
    /// The state from upstream.
    case fetch
    /// The state from upstream, past upstream's own cache.
    case fetchBypassing
}

/// What follows from a question.
public enum AskAction: Hashable, Sendable {
    /// Answer at once, and get what is needed for the next one.
    case answer(ProjectReply, FetchNeed)
    /// The waiter is noted; its answer comes as a `Resumption`, at `deadline` at the latest.
    case wait(until: MonotonicTime, FetchNeed)
}

/// How the last good state on disk is to follow.
public enum StoreChange: Hashable, Sendable {
    case none
    /// Keep this state.
    case save
    /// The kept state is the current one; only its age changes.
    case touch
    /// Upstream does not know the key any more.
    case delete
}

/// What follows from what upstream, the disk or a local file says about a key.
public struct ProjectCompletion: Hashable, Sendable {
    /// Whom it answers.
    public var resumptions: [Resumption] = []
    public var need = FetchNeed.none
    public var store = StoreChange.none
}
