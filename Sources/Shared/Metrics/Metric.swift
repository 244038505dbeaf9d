/// What a figure is.
public enum MetricKind: String, Sendable, CaseIterable {
    /// Only grows; reported as what was added since the last report (statsd) or since the start
    /// (Prometheus).
    case counter
    /// What is now.
    case gauge
    /// How long something took.
    case timer
}

/// The metrics of a process: one enum each, whose raw values are the names. `docs/METRICS.md` lists
/// them all, and a test compares it with the enums.
public protocol Metric: CaseIterable, RawRepresentable<String>, Sendable {
    var kind: MetricKind { get }
    /// What it tells, in one sentence.
    var summary: String { get }
    /// Names of the tags that each of its samples has.
    var tags: [String] { get }
}

/// A tag and its value.
public struct MetricTag: Hashable, Sendable {
    public var name: String
    public var value: String

    /// A tag from its parts.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One figure at one moment.
public struct MetricSample: Hashable, Sendable {
    /// The figure.
    public enum Value: Hashable, Sendable {
        /// Since the start of the process.
        case counter(UInt64)
        case gauge(Int64)
        /// Since the start of the process.
        case timer(DurationHistogram)
    }

    /// The metric's name, words separated by dots and underscores.
    public var name: String
    /// What it tells; empty when that is not known here.
    public var summary: String
    public var tags: [MetricTag]
    public var value: Value

    /// A sample from its parts.
    public init(name: String, summary: String = "", tags: [MetricTag] = [], value: Value) {
        self.name = name
        self.summary = summary
        self.tags = tags
        self.value = value
    }

    /// What it is.
    public var kind: MetricKind {
        switch value {
        case .counter: .counter
        case .gauge: .gauge
        case .timer: .timer
        }
    }
}
