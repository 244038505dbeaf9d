/// What is counted and limited: the category of an item. Names and numbers are Sentry's.
public enum DataCategory: UInt8, CaseIterable, Sendable {
    case `default` = 0
    case error = 1
    case transaction = 2
    case security = 3
    case attachment = 4
    case session = 5
    case profile = 6
    case replay = 7
    case transactionProcessed = 8
    case transactionIndexed = 9
    case monitor = 10
    case profileIndexed = 11
    case span = 12
    case monitorSeat = 13
    case feedback = 14
    case metricBucket = 15
    case spanIndexed = 16
    case profileDuration = 17
    case profileChunk = 18
    case metricSecond = 19
    case replayVideo = 20
    case uptime = 21
    case attachmentItem = 22
    case logItem = 23
    case logByte = 24
    case profileDurationUI = 25
    case profileChunkUI = 26
    case seerAutofix = 27
    case seerScanner = 28
    case preventUser = 29
    case preventReview = 30
    case sizeAnalysis = 31
    case installableBuild = 32
    case traceMetric = 33
    case seerUser = 34

    /// The name used in `X-Sentry-Rate-Limits`, quotas and client reports.
    public var name: String { Self.names[Int(rawValue)] }

    /// The category of a name; nil for a name this version does not know.
    public init?(name: some StringProtocol) {
        guard let position = Self.names.firstIndex(where: { $0 == name }) else { return nil }
        self.init(rawValue: UInt8(position))
    }

    private static let names: [String] = [
        "default", "error", "transaction", "security", "attachment", "session", "profile",
        "replay", "transaction_processed", "transaction_indexed", "monitor", "profile_indexed",
        "span",
        "monitor_seat", "feedback", "metric_bucket", "span_indexed", "profile_duration",
        "profile_chunk", "metric_second", "replay_video", "uptime", "attachment_item", "log_item",
        "log_byte", "profile_duration_ui", "profile_chunk_ui", "seer_autofix", "seer_scanner",
        "prevent_user", "prevent_review", "size_analysis", "installable_build", "trace_metric",
        "seer_user",
    ]
}
