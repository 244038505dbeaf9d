/// The type of an envelope item. Types this version does not know pass through.
public enum ItemType: Hashable, Sendable {
    case event
    case transaction
    case security
    case rawSecurity
    case unrealReport
    case attachment
    case formData
    case userReport
    case feedback
    case session
    case sessions
    case statsd
    case metricBuckets
    case clientReport
    case profile
    case profileChunk
    case replayEvent
    case replayRecording
    case replayVideo
    case checkIn
    case log
    case traceMetric
    case span
    case otelSpan
    case otelTracesData
    case nel
    /// Any other type, by its name.
    case unknown(String)

    /// The type of a name as item headers spell it; `metrics` is the old name of `statsd`.
    public init(name: String) {
        switch name {
        case "event": self = .event
        case "transaction": self = .transaction
        case "security": self = .security
        case "raw_security": self = .rawSecurity
        case "unreal_report": self = .unrealReport
        case "attachment": self = .attachment
        case "form_data": self = .formData
        case "user_report": self = .userReport
        case "feedback": self = .feedback
        case "session": self = .session
        case "sessions": self = .sessions
        case "statsd", "metrics": self = .statsd
        case "metric_buckets": self = .metricBuckets
        case "client_report": self = .clientReport
        case "profile": self = .profile
        case "profile_chunk": self = .profileChunk
        case "replay_event": self = .replayEvent
        case "replay_recording": self = .replayRecording
        case "replay_video": self = .replayVideo
        case "check_in": self = .checkIn
        case "log", "otel_log": self = .log
        case "trace_metric": self = .traceMetric
        case "span": self = .span
        case "otel_span": self = .otelSpan
        case "otel_traces_data": self = .otelTracesData
        case "nel": self = .nel
        default: self = .unknown(name)
        }
    }

    /// The name as item headers spell it.
    public var name: String {
        switch self {
        case .event: "event"
        case .transaction: "transaction"
        case .security: "security"
        case .rawSecurity: "raw_security"
        case .unrealReport: "unreal_report"
        case .attachment: "attachment"
        case .formData: "form_data"
        case .userReport: "user_report"
        case .feedback: "feedback"
        case .session: "session"
        case .sessions: "sessions"
        case .statsd: "statsd"
        case .metricBuckets: "metric_buckets"
        case .clientReport: "client_report"
        case .profile: "profile"
        case .profileChunk: "profile_chunk"
        case .replayEvent: "replay_event"
        case .replayRecording: "replay_recording"
        case .replayVideo: "replay_video"
        case .checkIn: "check_in"
        case .log: "log"
        case .traceMetric: "trace_metric"
        case .span: "span"
        case .otelSpan: "otel_span"
        case .otelTracesData: "otel_traces_data"
        case .nel: "nel"
        case .unknown(let name): name
        }
    }

    /// What an item of this type counts as for rate limits and outcomes; nil when it is not
    /// limited. Events count as errors, whatever type their payload states.
    public var category: DataCategory? {
        switch self {
        case .event, .unrealReport: .error
        case .transaction: .transaction
        case .security, .rawSecurity: .security
        case .attachment: .attachment
        case .userReport, .feedback: .feedback
        case .session, .sessions: .session
        case .profile: .profile
        case .profileChunk: .profileChunk
        case .replayEvent, .replayRecording, .replayVideo: .replay
        case .checkIn: .monitor
        case .log: .logItem
        case .traceMetric: .traceMetric
        case .span, .otelSpan, .otelTracesData: .span
        case .statsd, .metricBuckets: .metricBucket
        case .formData, .clientReport, .nel, .unknown: nil
        }
    }

    /// Whether an item of this type is an event of its own; an attachment can be one too, see
    /// `EnvelopeItem.createsEvent`.
    public var createsEvent: Bool {
        switch self {
        case .event, .transaction, .security, .rawSecurity, .unrealReport, .feedback: true
        default: false
        }
    }

    /// Whether an item of this type belongs to an event, so that its envelope needs an event id.
    public var requiresEvent: Bool {
        switch self {
        case .event, .transaction, .security, .rawSecurity, .unrealReport, .feedback,
            .attachment, .formData, .userReport, .profile, .replayEvent, .replayRecording,
            .replayVideo:
            true
        default: false
        }
    }
}
