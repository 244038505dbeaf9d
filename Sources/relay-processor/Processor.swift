import Glibc
import JSON
import Model
import UserAgents
import Wire

/// Processes events: normalise, symbolicate, scrub, in this order. One per thread; deterministic: all
/// it knows comes with the event and its configuration.
public final class Processor {
    private let engine: EventEngine
    private let scrubber: EventScrubber
    private let attachments = AttachmentStep()
    private var geography: GeoDatabaseFile?
    /// Events and attachments that have been worked on.
    public private(set) var eventCount: UInt64 = 0
    /// Told when the database of places is opened or cannot be used.
    private let geographyChanged: (GeoDatabaseFile.Change) -> Void
    /// The configuration of revision 0: defaults only.
    public let emptyConfiguration = ProcessorConfiguration()

    /// A processor for events within the limits.
    ///
    /// - Parameter userAgentRulesPath: uap-core's `regexes.yaml`; without it no browser, device or
    ///   operating system is derived from user agents.
    /// - Parameter geoDatabasePath: a MaxMind database with cities, opened at the first event and
    ///   again when another file takes its place; without it users get no `geo`.
    /// - Parameter geographyChanged: told when that file is opened or cannot be used.
    public init(
        limits: JSONLimits = .event, userAgentRulesPath: String? = nil,
        geoDatabasePath: String? = nil,
        geographyChanged: @escaping (GeoDatabaseFile.Change) -> Void = { _ in }
    ) {
        geography = geoDatabasePath.map { GeoDatabaseFile(path: $0) }
        self.geographyChanged = geographyChanged
        engine = EventEngine(limits: limits)
        engine.userAgentRulesLoader = userAgentRulesPath.map(UserAgentRulesLoader.init(path:))
        scrubber = EventScrubber(document: engine.document, meta: engine.meta)
    }

    /// From the next event on places come from this database; nil is none.
    public func useGeography(path: String?) {
        geography = path.map { GeoDatabaseFile(path: $0) }
        engine.geography = nil
    }

    /// Processes one event. The payload of the answer is valid until the next call.
    public func process(
        _ event: ProcessEventView, _ configuration: ProcessorConfiguration
    ) -> EventProcessedView {
        let start = Self.threadMicroseconds()
        eventCount &+= 1
        var answer = verdict(event, configuration)
        answer.processingMicroseconds = UInt32(clamping: Self.threadMicroseconds() - start)
        return answer
    }

    private func verdict(
        _ event: ProcessEventView, _ configuration: ProcessorConfiguration
    ) -> EventProcessedView {
        guard configuration.isUsable else {
            return rejected(.projectState, "project state cannot be read")
        }
        switch event.kind {
        case .attachment, .minidump:
            return EventProcessedView(
                verdict: .processed, category: .attachment,
                payload: attachments.scrub(event, configuration.scrubbing))
        case .event, .transaction, .unspecified, .rawSecurity, .feedback:
            return processEvent(event, configuration)
        }
    }

    /// The path of an event through the engine.
    private func processEvent(
        _ event: ProcessEventView, _ configuration: ProcessorConfiguration
    ) -> EventProcessedView {
        let root: JSONNode
        do throws(JSONError) {
            root = try engine.document.parse(
                event.payload, options: [.pythonConstants, .replaceLoneSurrogates])
        } catch {
            return rejected(.invalidJSON, error.description)
        }
        guard engine.document.kind(of: root) == .object else {
            return rejected(.invalidJSON, "an event is a JSON object")
        }
        if event.kind == .rawSecurity {
            guard RawSecurityReport(engine.document).becomeEvent(root, event.attributes) else {
                return rejected(.securityReportType, "unknown kind of security report")
            }
        }
        engine.document.setString(
            engine.document.entry("event_id", in: root), event.eventID.description)
        refreshGeography(event.meta.receivedAt.microseconds)
        engine.readSchema(root)
        do throws(EventRejection) {
            try engine.normalize(root, configuration.context(of: event))
        } catch {
            return rejected(DiscardReason(name: error.reason) ?? .payload, error.detail)
        }
        // Symbolication has its place here, before anything is stripped.
        scrubber.scrub(root, with: configuration.scrubbing)
        return written(root)
    }

    private func refreshGeography(_ nowMicroseconds: Int64) {
        guard let geography, let change = geography.refresh(nowMicroseconds: nowMicroseconds)
        else { return }
        engine.geography = geography.database
        geographyChanged(change)
    }

    private func written(_ root: JSONNode) -> EventProcessedView {
        let type = engine.document.string(of: engine.document.find("type", in: root)) ?? "default"
        do throws(JSONError) {
            try engine.write(root)
        } catch {
            return rejected(.invalidJSON, error.description)
        }
        return EventProcessedView(
            verdict: .processed, category: DataCategory(eventType: type), eventType: type,
            payload: engine.writer.bytes)
    }

    private func rejected(_ reason: DiscardReason, _ detail: String) -> EventProcessedView {
        EventProcessedView(verdict: .rejected(reason, detail: detail))
    }

    private static func threadMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1000
    }
}

extension DataCategory {
    /// The category that events of a type count to.
    init(eventType: String) {
        switch eventType {
        case "error": self = .error
        case "transaction": self = .transaction
        case "csp", "hpkp", "expectct", "expectstaple", "nel": self = .security
        case "feedback": self = .feedback
        default: self = .default
        }
    }
}
