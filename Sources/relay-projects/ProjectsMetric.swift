import Metrics
import Upstream
import Wire

/// The metrics of relay-projects. Names are the original's where it has the figure.
public enum ProjectsMetric: String, Metric {
    case projects = "project_cache.size"
    case unknownKeys = "project_cache.unknown_keys"
    case waiting = "project_cache.waiting"
    case questions = "project_state.get"
    case waited = "project_cache.miss"
    case stale = "project_state.stale"
    case unanswered = "project_state.unanswered"
    case received = "project_state.received"
    case invalid = "project_state.invalid"
    case missing = "project_state.missing"
    case loaded = "project_state.loaded"
    case evicted = "project_cache.evicted"
    case failedRequests = "upstream.requests_failed"
    case rateLimits = "rate_limits.updates"
    case localProblems = "project_files.problems"
    case authenticated = "upstream.authenticated"
    case down = "upstream.down"

    public var kind: MetricKind {
        switch self {
        case .projects, .unknownKeys, .waiting, .authenticated, .down: .gauge
        default: .counter
        }
    }

    public var tags: [String] { [] }

    public var summary: String {
        switch self {
        case .projects: "Projects that are known."
        case .unknownKeys: "Keys that belong to no project, remembered for a while."
        case .waiting: "Questions that wait for a state."
        case .questions: "Questions for project ids, states and event actions."
        case .waited: "Questions that had to wait for a state."
        case .stale: "Answers by a state past its expiry, because nothing better was to be had."
        case .unanswered: "Questions whose time ran out without a state."
        case .received: "States that upstream gave."
        case .invalid: "States of upstream that could not be read."
        case .missing: "Keys that upstream does not know."
        case .loaded: "States taken from the disk."
        case .evicted: "Project objects that were forgotten to make room."
        case .failedRequests: "Requests to upstream that failed."
        case .rateLimits: "Messages with rate limits of upstream."
        case .localProblems: "Local project files that could not be used, each version once."
        case .authenticated: "1 while registered with upstream, or where no registration is needed."
        case .down: "1 while upstream cannot be reached."
        }
    }
}

extension Projects {
    /// All figures of this process.
    public var metrics: MetricsSnapshot {
        var snapshot = MetricsSnapshot()
        for metric in ProjectsMetric.allCases { snapshot.add(metric, value(metric)) }
        return snapshot
    }

    /// The same for relay-ingest.
    var figures: [StatusFigure] { metrics.samples.compactMap { StatusFigure($0) } }

    private func value(_ metric: ProjectsMetric) -> Int {
        switch metric {
        case .projects: table.knownCount
        case .unknownKeys: table.unknownCount
        case .waiting: table.waiterCount
        case .questions: counters.questions
        case .waited: counters.waited
        case .stale: counters.staleAnswers
        case .unanswered: counters.unanswered
        case .received: counters.statesFetched
        case .invalid: counters.statesInvalid
        case .missing: counters.statesMissing
        case .loaded: counters.statesLoaded
        case .evicted: counters.evictions
        case .failedRequests: counters.failedRequests
        case .rateLimits: counters.rateLimitUpdates
        case .localProblems: counters.localProblems
        case .authenticated: standing.isAuthenticated ? 1 : 0
        case .down: standing.isDown ? 1 : 0
        }
    }
}

extension StatusFigure {
    /// A counter or gauge; nil for a timer.
    fileprivate init?(_ sample: MetricSample) {
        switch sample.value {
        case .counter(let count): self.init(kind: .counter, name: sample.name, value: count)
        case .gauge(let value):
            self.init(kind: .gauge, name: sample.name, value: UInt64(clamping: value))
        case .timer: return nil
        }
    }
}
