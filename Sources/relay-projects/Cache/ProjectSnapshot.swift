import Model
import Wire

/// A project's state as one source gave it: immutable, shared by everybody who asked for it.
public final class ProjectSnapshot: Sendable {
    /// What is known; never `.pending`, which is the absence of a snapshot.
    public let status: ProjectStatus
    /// The rules that decide about events; the empty default for `.disabled` and `.invalid`
    /// snapshots without a state.
    public let state: ProjectState
    /// Identifies `bytes`; zero when there are none.
    public let revision: UInt64
    /// The number of the project: the state's own, or the name of the local file.
    public let projectID: ProjectID?
    /// The whole state as JSON; empty when there is none.
    public let bytes: [UInt8]

    /// A snapshot of a state that was read from `bytes`.
    public init(state: ProjectState, bytes: [UInt8], projectID: ProjectID? = nil) {
        self.status = state.isDisabled ? .disabled : .enabled
        self.state = state
        self.bytes = bytes
        self.projectID = state.projectID ?? projectID
        self.revision = Self.revision(of: bytes, projectID: self.projectID)
    }

    /// A snapshot that stands for a fact without a state.
    private init(
        status: ProjectStatus, state: ProjectState = ProjectState(), bytes: [UInt8] = []
    ) {
        self.status = status
        self.state = state
        self.bytes = bytes
        self.projectID = nil
        self.revision = Self.revision(of: bytes, projectID: nil)
    }

    /// Upstream does not know the key, or nothing but local files is asked and none has it.
    public static let missing = ProjectSnapshot(status: .disabled)
    /// Upstream answered with something that is no state.
    public static let invalid = ProjectSnapshot(status: .invalid)
    /// Proxy mode: every project is allowed, with the defaults of every setting.
    public static let allowed = ProjectSnapshot(
        status: .enabled, state: .everythingAllowed)
    /// Capture mode: every project is allowed, with the data scrubbing that a new project has in
    /// Sentry, so that what is captured shows what would be delivered.
    public static let captured = ProjectSnapshot(
        status: .enabled, state: .everythingAllowed,
        bytes: Array(
            #"{"config":{"datascrubbingSettings":{"scrubData":true,"scrubDefaults":true}}}"#.utf8))

    /// Whether there is a state behind it, so that it is worth keeping when upstream is away.
    public var hasState: Bool { !bytes.isEmpty }

    /// Bytes this snapshot takes, for the bounds of whoever keeps it.
    public var byteCount: Int { bytes.count + 256 }

    /// The answer to `GetProjectState`.
    public func answer(isStale: Bool) -> ProjectStateAnswer {
        ProjectStateAnswer(
            status: status, revision: revision, projectID: projectID,
            organizationID: state.organizationID, isStale: isStale, state: bytes)
    }

    /// Chosen anew by each process, so that nobody can craft two states of equal revision.
    private static let revisionKey = RevisionKey.random()

    /// The revision names the project's number too: two local files may hold the same text.
    private static func revision(of bytes: [UInt8], projectID: ProjectID?) -> UInt64 {
        guard !bytes.isEmpty else { return 0 }
        let mixed =
            Revision.number(of: bytes, key: revisionKey)
            ^ ((projectID?.rawValue ?? 0) &* 0x9E37_79B9_7F4A_7C15)
        return mixed == 0 ? 1 : mixed
    }
}
