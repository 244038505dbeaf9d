import Metrics

/// The metrics of relay-ingest. Names are the original's where it has the figure.
public enum IngestMetric: String, Metric {
    case connections = "connections.open"
    case connectionsAccepted = "connections.accepted"
    case answers = "responses.status_code"
    case requestsMalformed = "requests.malformed"
    case requestsTimedOut = "requests.timed_out"
    case requestsRefused = "requests.refused"
    case accepted = "event.accepted"
    case outcomes = "events.outcomes"
    case filtered = "events.filtered"
    case quarantined = "events.quarantined"
    case stored = "event.queue_size"
    case storedEnvelopes = "envelopes.stored"
    case storedBytes = "envelopes.stored_bytes"
    case waitTime = "event.wait_time"
    case processingTime = "event.processing_time"
    case totalTime = "event.total_time"
    case processors = "processors.connected"
    case jobs = "processors.jobs"
    case jobsWaiting = "processors.jobs_waiting"
    case processingMicroseconds = "processors.cpu_microseconds"
    case upstreamActive = "upstream.requests_active"
    case upstreamWaiting = "upstream.requests_waiting"
    case deliveryRetries = "upstream.retries"
    case projectsLink = "projects.connected"
    case scrubbingProblems = "project_config.scrubbing_problems"
    case scrubbingProblem = "project_config.scrubbing_problem"

    public var kind: MetricKind {
        switch self {
        case .connections, .stored, .storedEnvelopes, .storedBytes, .processors, .jobs,
            .jobsWaiting, .upstreamActive, .upstreamWaiting, .projectsLink, .scrubbingProblems,
            .scrubbingProblem:
            .gauge
        case .connectionsAccepted, .answers, .requestsMalformed, .requestsTimedOut,
            .requestsRefused, .accepted, .outcomes, .filtered, .quarantined,
            .processingMicroseconds, .deliveryRetries:
            .counter
        case .waitTime, .processingTime, .totalTime: .timer
        }
    }

    public var tags: [String] {
        switch self {
        case .answers: ["status_code"]
        case .requestsRefused: ["reason"]
        case .outcomes: ["outcome", "reason"]
        case .filtered: ["project_id", "reason"]
        case .scrubbingProblems: ["project_id"]
        case .scrubbingProblem: ["project_id", "place", "reason"]
        default: []
        }
    }

    public var summary: String {
        switch self {
        case .connections: "Connections of clients."
        case .connectionsAccepted: "Connections that clients opened."
        case .answers: "Answers to requests, by status."
        case .requestsMalformed: "Requests that are no HTTP, or not what this server takes."
        case .requestsTimedOut: "Requests whose head or body did not come in time."
        case .requestsRefused: "Envelopes refused before their body was read, by reason."
        case .accepted: "Items of envelopes that were answered 200."
        case .outcomes:
            "What became of accepted items: accepted (delivered), filtered, "
                + "rate_limited or invalid, with the reason."
        case .filtered: "Items that an inbound filter dropped, by project and filter."
        case .quarantined: "Items given up because the processors that had them died."
        case .stored: "Accepted items without an outcome yet."
        case .storedEnvelopes: "Envelopes in the accept store."
        case .storedBytes: "Bytes in the accept store."
        case .waitTime: "From an envelope's arrival until its items go to processors."
        case .processingTime: "From then until a processor's answer, for each item."
        case .totalTime: "From an envelope's arrival until upstream has taken it."
        case .processors: "Processors that are connected."
        case .jobs: "Items that processors have or wait for one."
        case .jobsWaiting: "Items that wait for a processor."
        case .processingMicroseconds: "CPU time that processors spent on items."
        case .upstreamActive: "Requests to upstream under way."
        case .upstreamWaiting: "Requests that wait for a connection to upstream."
        case .deliveryRetries: "Deliveries that failed and were tried again."
        case .projectsLink: "1 while relay-projects is connected."
        case .scrubbingProblems:
            "Rules and selectors of a project's scrubbing configuration that "
                + "cannot be used; something stricter stands in for them."
        case .scrubbingProblem: "1 for each of the first of them, with its place and the reason."
        }
    }
}
