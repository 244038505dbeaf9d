/// All figures of a process at one moment. Processes count in plain values on their loops; a snapshot
/// is made when somebody wants to know, so that counting costs an addition and nothing else.
public struct MetricsSnapshot: Hashable, Sendable {
    /// The figures; those of one metric stand together.
    public private(set) var samples: [MetricSample] = []

    /// Without figures.
    public init() {}

    /// Samples that are kept at most: tags come from projects, and there may be many.
    public static let samplesMax = 20_000

    /// Adds a counter's value since the start, or, for a gauge, what is now.
    public mutating func add(_ metric: some Metric, _ value: some BinaryInteger, _ tags: String...)
    {
        let isGauge = metric.kind == .gauge
        add(
            metric, isGauge ? .gauge(Int64(clamping: value)) : .counter(UInt64(clamping: value)),
            tags)
    }

    /// Adds how long things took since the start.
    public mutating func add(_ metric: some Metric, _ durations: DurationHistogram) {
        add(metric, .timer(durations), [])
    }

    /// Adds a sample of another process; what is too much is left out.
    public mutating func add(_ sample: MetricSample) {
        guard samples.count < Self.samplesMax else { return }
        samples.append(sample)
    }

    private mutating func add(_ metric: some Metric, _ value: MetricSample.Value, _ tags: [String])
    {
        add(
            MetricSample(
                name: metric.rawValue, summary: metric.summary,
                tags: zip(metric.tags, tags).map { MetricTag($0, $1) }, value: value))
    }
}
