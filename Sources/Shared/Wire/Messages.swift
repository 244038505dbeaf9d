import Model

/// The role a process declares in its hello.
public enum PeerRole: UInt8, Sendable {
    case ingest = 1
    case projects = 2
    case processor = 3
    /// A diagnostic client, e.g. `relay status`.
    case tool = 4
}

/// First frame each way.
public struct Hello: Hashable, Sendable {
    /// Highest protocol version the sender speaks.
    public var versionMax: UInt8
    /// Lowest protocol version the sender speaks.
    public var versionMin: UInt8
    public var role: PeerRole
    /// The largest payload the sender accepts, in bytes.
    public var payloadBytesMax: UInt32
    /// Frames the peer may send before an answer (processors); 0 elsewhere.
    public var credits: UInt32
    /// Instance name, e.g. `1`, for logs and metrics. Optional field.
    public var instance: String?

    public init(
        versionMax: UInt8, versionMin: UInt8, role: PeerRole, payloadBytesMax: UInt32,
        credits: UInt32, instance: String? = nil
    ) {
        self.versionMax = versionMax
        self.versionMin = versionMin
        self.role = role
        self.payloadBytesMax = payloadBytesMax
        self.credits = credits
        self.instance = instance
    }
}

/// Whether a question may wait for the upstream.
public enum StateFreshness: UInt8, Sendable {
    /// Never waits: an unknown state means accept.
    case cached = 0
    /// Waits for the state to be fetched.
    case fetched = 1
}

/// Asks for the project behind a key and creates its project object (`ProjectCache.GetProject`).
public struct GetProject: Hashable, Sendable {
    public var projectKey: ProjectKey
    public init(projectKey: ProjectKey) { self.projectKey = projectKey }
}

/// Answer to `GetProject`: the id when the state is known.
public struct ProjectAnswer: Hashable, Sendable {
    public var projectID: ProjectID?
    public init(projectID: ProjectID?) { self.projectID = projectID }
}

/// Asks for a project state; concurrent askers share one fetch.
public struct GetProjectState: Hashable, Sendable {
    public var projectKey: ProjectKey
    public var freshness: StateFreshness
    /// The `no-cache` flag of a key: refetch although a recent state is known.
    public var isCacheBypassed: Bool
    public init(projectKey: ProjectKey, freshness: StateFreshness, isCacheBypassed: Bool = false) {
        self.projectKey = projectKey
        self.freshness = freshness
        self.isCacheBypassed = isCacheBypassed
    }
}

/// What is known of a key.
public enum ProjectStatus: UInt8, Sendable {
    /// Usable; a configuration comes with it.
    case enabled = 1
    /// Upstream says the project or key is disabled or does not exist.
    case disabled = 2
    /// Upstream answered, but the state is malformed.
    case invalid = 3
    /// Not known (yet): a cached question, upstream unreachable without a last good state, or
    /// upstream still computing it.
    case pending = 4
}

/// Answer to `GetProjectState`.
public struct ProjectStateAnswer: Hashable, Sendable {
    public var status: ProjectStatus
    /// Identifies the content of `state`: equal revisions mean equal bytes. Zero without a state.
    public var revision: UInt64
    public var projectID: ProjectID?
    public var organizationID: UInt64?
    /// Whether the state is past its expiry and used because nothing better is to be had.
    public var isStale: Bool
    /// The whole state as JSON, as upstream or the local file gave it; empty without one.
    public var state: [UInt8]
    public init(
        status: ProjectStatus, revision: UInt64, projectID: ProjectID?, organizationID: UInt64?,
        isStale: Bool, state: [UInt8]
    ) {
        self.status = status
        self.revision = revision
        self.projectID = projectID
        self.organizationID = organizationID
        self.isStale = isStale
        self.state = state
    }
}

/// Asks which keys belong to projects, for relays below us that know projects by their number.
public struct GetProjectKeys: Hashable, Sendable {
    /// At most `WireLimits.projectIDsMax`.
    public var projectIDs: [ProjectID]
    public init(projectIDs: [ProjectID]) { self.projectIDs = projectIDs }
}

/// Answer to `GetProjectKeys`: per project a key whose state is known, nil where there is none.
/// Upstream is not asked, since its states are by key.
public struct ProjectKeysAnswer: Hashable, Sendable {
    /// As many as were asked for, in their order.
    public var keys: [ProjectKey?]
    public init(keys: [ProjectKey?]) { self.keys = keys }
}

/// Asks how an envelope of a key is to be handled.
public struct GetEventAction: Hashable, Sendable {
    public var projectKey: ProjectKey
    /// The project the request states, to be compared with the state's.
    public var projectID: ProjectID?
    public var origin: String?
    public var freshness: StateFreshness
    public var isCacheBypassed: Bool
    public init(
        projectKey: ProjectKey, projectID: ProjectID?, origin: String?, freshness: StateFreshness,
        isCacheBypassed: Bool = false
    ) {
        self.projectKey = projectKey
        self.projectID = projectID
        self.origin = origin
        self.freshness = freshness
        self.isCacheBypassed = isCacheBypassed
    }
}

/// A rate limit on the wire: with the time that remains, since clocks do not cross processes.
public struct RateLimitAnswer: Hashable, Sendable {
    public var scope: RateLimitScope
    public var categories: DataCategories
    public var reasonCode: String?
    public var remaining: Duration
    public init(
        scope: RateLimitScope, categories: DataCategories, reasonCode: String?, remaining: Duration
    ) {
        self.scope = scope
        self.categories = categories
        self.reasonCode = reasonCode
        self.remaining = remaining
    }
}

/// The verdict part of `EventActionAnswer`.
public enum EventActionVerdict: Hashable, Sendable {
    /// Accept; items of categories that a limit covers are still to be dropped.
    case accept
    case discard(DiscardReason)
    /// A limit covers every category.
    case retryAfter
}

/// Answer to `GetEventAction`. The limits in force come along in each case, so the asker can drop
/// single items of an accepted envelope.
public struct EventActionAnswer: Hashable, Sendable {
    public var verdict: EventActionVerdict
    public var rateLimits: [RateLimitAnswer]
    /// Revision of the state that decided; zero when none is known.
    public var revision: UInt64
    public var projectID: ProjectID?
    public init(
        verdict: EventActionVerdict, rateLimits: [RateLimitAnswer], revision: UInt64,
        projectID: ProjectID?
    ) {
        self.verdict = verdict
        self.rateLimits = rateLimits
        self.revision = revision
        self.projectID = projectID
    }
}

/// Tells relay-projects which limits upstream set (`Project.UpdateRateLimit`). No answer.
public struct UpdateRateLimits: Hashable, Sendable {
    public var projectKey: ProjectKey
    public var rateLimits: [RateLimitAnswer]
    public init(projectKey: ProjectKey, rateLimits: [RateLimitAnswer]) {
        self.projectKey = projectKey
        self.rateLimits = rateLimits
    }
}

/// Asks for the public keys of relays below us.
public struct GetRelayPublicKeys: Hashable, Sendable {
    /// Hyphenated UUIDs, at most `WireLimits.relayIDsMax`.
    public var relayIDs: [String]
    public init(relayIDs: [String]) { self.relayIDs = relayIDs }
}

/// One relay below us; `publicKey` (base64url) is nil when upstream does not know it.
public struct RelayPublicKey: Hashable, Sendable {
    public var relayID: String
    public var publicKey: String?
    public var isInternal: Bool
    public init(relayID: String, publicKey: String?, isInternal: Bool) {
        self.relayID = relayID
        self.publicKey = publicKey
        self.isInternal = isInternal
    }
}

/// Answer to `GetRelayPublicKeys`, one entry per id asked for.
public struct RelayPublicKeysAnswer: Hashable, Sendable {
    public var relays: [RelayPublicKey]
    /// False when upstream could not be asked: absent keys are then unknown, not denied.
    public var isComplete: Bool
    public init(relays: [RelayPublicKey], isComplete: Bool) {
        self.relays = relays
        self.isComplete = isComplete
    }
}

/// Pushed by relay-projects when its standing changes (registered, outage …); the answer to
/// `GetStatus` too.
public struct ProjectsStatus: Hashable, Sendable {
    /// Registered with upstream, or no registration needed in this mode.
    public var isAuthenticated: Bool
    /// Upstream denied this relay for good.
    public var isDenied: Bool
    /// Upstream has been unreachable longer than the grace period.
    public var isUpstreamDown: Bool
    /// Local files have been read at least once (always true where there are none to read).
    public var isReady: Bool
    /// The id this relay has towards upstream (never its key); nil without credentials.
    public var relayID: String?
    /// What relay-projects did; only in the answer to `getStatus`.
    public var figures: [StatusFigure]
    public init(
        isAuthenticated: Bool, isDenied: Bool, isUpstreamDown: Bool, isReady: Bool,
        relayID: String? = nil, figures: [StatusFigure] = []
    ) {
        self.isAuthenticated = isAuthenticated
        self.isDenied = isDenied
        self.isUpstreamDown = isUpstreamDown
        self.isReady = isReady
        self.relayID = relayID
        self.figures = figures
    }
}

/// A project's state for a processor, sent once per revision and connection before the first
/// `ProcessEvent` that names the revision. No answer.
public struct ProjectConfiguration: Hashable, Sendable {
    public var revision: UInt64
    public var projectID: ProjectID?
    /// The whole state as JSON.
    public var state: [UInt8]
    public init(revision: UInt64, projectID: ProjectID?, state: [UInt8]) {
        self.revision = revision
        self.projectID = projectID
        self.state = state
    }
}

/// Tells a processor that a revision will not be named again. No answer.
public struct ForgetConfiguration: Hashable, Sendable {
    public var revision: UInt64
    public init(revision: UInt64) { self.revision = revision }
}

/// The kind of payload a processor is given.
public enum EventItemKind: UInt8, Sendable {
    case event = 1
    case transaction = 2
    /// An event whose type the payload itself states (store endpoint).
    case unspecified = 3
    /// A raw browser security report (CSP, Expect-CT, HPKP, Expect-Staple, NEL).
    case rawSecurity = 4
    case feedback = 5
    /// Plain attachment to be scrubbed by attachment rules.
    case attachment = 6
    case minidump = 7
}

/// One event (or attachment) to process: everything a processor needs, clock included.
public struct ProcessEvent: Hashable, Sendable {
    /// Names a `ProjectConfiguration` sent before on this connection; 0 is the empty default.
    public var revision: UInt64
    public var kind: EventItemKind
    /// The id of the envelope; the event's own id is overwritten with it.
    public var eventID: EventID
    public var meta: RequestMeta
    /// `sent_at` of the envelope, for clock drift.
    public var sentAt: WallTime?
    public var payload: ArraySlice<UInt8>
    /// Attachment's file name, or query-derived `release` and `environment` of security reports, as
    /// a JSON object of strings; empty without any.
    public var attributes: [UInt8]
    public init(
        revision: UInt64, kind: EventItemKind, eventID: EventID, meta: RequestMeta,
        sentAt: WallTime?, payload: ArraySlice<UInt8>, attributes: [UInt8] = []
    ) {
        self.revision = revision
        self.kind = kind
        self.eventID = eventID
        self.meta = meta
        self.sentAt = sentAt
        self.payload = payload
        self.attributes = attributes
    }
}

/// What became of an event.
public enum EventVerdict: Hashable, Sendable {
    case processed
    /// The event ends here; `detail` is for the log and carries no payload.
    case rejected(DiscardReason, detail: String)
    /// The revision is not known on this connection: send the configuration and ask again.
    case unknownRevision
}

/// Answer to `ProcessEvent`; returns one credit.
public struct EventProcessed: Hashable, Sendable {
    public var verdict: EventVerdict
    /// `event`, `transaction` … as the processed event states it (decides category and item type).
    public var category: DataCategory
    /// The event's `type` after normalisation, e.g. `error`, `csp`, `transaction`.
    public var eventType: String
    /// The processed payload; empty unless processed.
    public var payload: [UInt8]
    /// CPU time spent, microseconds.
    public var processingMicroseconds: UInt32
    /// What of the project's scrubbing configuration cannot be used; only in the first answer of a
    /// link that used the revision.
    public var problems: ScrubbingProblems?
    public init(
        verdict: EventVerdict, category: DataCategory, eventType: String, payload: [UInt8],
        processingMicroseconds: UInt32, problems: ScrubbingProblems? = nil
    ) {
        self.verdict = verdict
        self.category = category
        self.eventType = eventType
        self.payload = payload
        self.processingMicroseconds = processingMicroseconds
        self.problems = problems
    }
}

/// Grants the peer more frames (processors to ingest). No answer.
public struct GrantCredits: Hashable, Sendable {
    public var credits: UInt32
    public init(credits: UInt32) { self.credits = credits }
}

/// Every message. Requests and their answers share a request id; ids are chosen by the asker.
public enum Message: Hashable, Sendable {
    case hello(Hello)
    case ping
    case pong
    /// The sender is leaving: it answers what it has and takes no new requests.
    case drain
    case getProject(GetProject)
    case project(ProjectAnswer)
    case getProjectState(GetProjectState)
    case projectState(ProjectStateAnswer)
    case getEventAction(GetEventAction)
    case eventAction(EventActionAnswer)
    case updateRateLimits(UpdateRateLimits)
    case getRelayPublicKeys(GetRelayPublicKeys)
    case relayPublicKeys(RelayPublicKeysAnswer)
    case getProjectKeys(GetProjectKeys)
    case projectKeys(ProjectKeysAnswer)
    case getStatus
    case status(ProjectsStatus)
    case projectConfiguration(ProjectConfiguration)
    case forgetConfiguration(ForgetConfiguration)
    case processEvent(ProcessEvent)
    case eventProcessed(EventProcessed)
    case grantCredits(GrantCredits)
}

/// A message with its request id (0 for messages that have no answer).
public struct Frame: Hashable, Sendable {
    public var requestID: UInt64
    public var message: Message
    public init(requestID: UInt64, message: Message) {
        self.requestID = requestID
        self.message = message
    }
}
