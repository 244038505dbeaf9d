import JSON
import Model
import Wire

/// A project's configuration as processing needs it, compiled once per revision.
public struct ProcessorConfiguration {
    /// The project the state belongs to.
    public var projectID: ProjectID?
    /// Whether the state could be read. Events of one that could not are rejected: what must be
    /// scrubbed is not known.
    public var isUsable = true
    /// What is to be scrubbed.
    public var scrubbing: ProjectScrubbing
    /// Sentry's numbers of the project's keys.
    private var keyIDs: [ProjectKey: UInt64] = [:]
    private var groupingConfig: JSONValue?
    private var breakdowns: [BreakdownRule]?
    private var measurements: MeasurementRules?

    /// Age in seconds above which an event's time is not believed (the original's defaults).
    private static let secondsInPastMax: Int64 = 30 * 24 * 3600
    private static let secondsInFutureMax: Int64 = 60

    /// Defaults only: the configuration of an unknown project.
    public init() {
        scrubbing = ProjectScrubbing()
    }

    /// Compiles a project state.
    public init(_ configuration: ProjectConfiguration) {
        projectID = configuration.projectID
        scrubbing = ProjectScrubbing()
        guard let state = try? ProjectState(json: configuration.state),
            let json = try? JSONValue(parsing: configuration.state)
        else {
            isUsable = false
            return
        }
        projectID = projectID ?? state.projectID
        scrubbing = ProjectScrubbing(config: json["config"] ?? .object([]))
        for key in state.publicKeys { keyIDs[key.key] = key.numericID }
        if let grouping = json["config"]?["groupingConfig"], !grouping.isNull {
            groupingConfig = grouping
        }
        if let rules = json["config"]?["breakdownsV2"], !rules.isNull {
            breakdowns = BreakdownRule.read(rules)
        }
        if let rules = json["config"]?["measurements"], !rules.isNull {
            measurements = MeasurementRules(rules)
        }
    }

    /// What normalisation knows of an event beside it.
    func context(of event: ProcessEventView) -> NormalizationContext {
        let meta = event.meta
        var context = NormalizationContext(
            receivedAtMicroseconds: meta.receivedAt.microseconds)
        context.projectID = (projectID ?? meta.projectID)?.rawValue
        context.clientIP = meta.clientAddress
        context.client = meta.client
        context.keyID = keyIDs[meta.projectKey].map { String($0) }
        context.protocolVersion = String(meta.protocolVersion)
        context.userAgent = meta.userAgent
        context.secondsInPastMax = Self.secondsInPastMax
        context.secondsInFutureMax = Self.secondsInFutureMax
        context.enableTrimming = true
        context.removeOther = true
        context.normalizeUserAgent = true
        context.normalizeSpans = true
        context.groupingConfig = groupingConfig
        context.breakdowns = breakdowns
        context.measurements = measurements
        context.sentAtMicroseconds = event.sentAt?.microseconds
        context.correctsTransactionDrift = true
        return context
    }
}
