import Model
import Wire

/// What of a project's configuration cannot be used. Nothing in it comes from events.
public struct ConfigurationProblems: Sendable {
    /// Nil when the state does not say it.
    public var projectID: ProjectID?
    /// The configuration's revision on the link.
    public var revision: UInt64
    /// False: the state could not be read at all, and the project's events are rejected.
    public var isUsable: Bool
    /// Rules and selectors that something stands in for, which redacts more.
    public var scrubbing: [PiiProblem]

    /// Nil when everything can be used.
    init?(_ configuration: ProcessorConfiguration, _ revision: UInt64) {
        guard !configuration.isUsable || !configuration.scrubbing.problems.isEmpty else {
            return nil
        }
        projectID = configuration.projectID
        self.revision = revision
        isUsable = configuration.isUsable
        scrubbing = configuration.scrubbing.problems
    }

    /// What ingest is told of the scrubbing's problems; nil without any.
    var wire: ScrubbingProblems? {
        if scrubbing.isEmpty { return nil }
        let named = scrubbing.prefix(WireLimits.problemsMax).map {
            ScrubbingProblems.Problem(place: $0.place, reason: $0.reason)
        }
        return ScrubbingProblems(named: named, count: UInt32(clamping: scrubbing.count))
    }
}

/// Revisions whose problems were told already, so that each is told once: every link sends the
/// configurations, and again after it had to forget them.
struct ToldRevisions {
    private var revisions: Set<UInt64> = []
    /// Beyond it all are forgotten, and some may be told once more.
    static let countMax = 4096

    /// Whether the revision has not been told yet.
    mutating func insert(_ revision: UInt64) -> Bool {
        if revisions.contains(revision) { return false }
        if revisions.count >= ToldRevisions.countMax { revisions.removeAll() }
        revisions.insert(revision)
        return true
    }
}
