import Glibc
import JSON
import Model
import Wire

/// A project's configuration as processing needs it, compiled once per revision.
public struct ProcessorConfiguration: Sendable {
    /// The project the state belongs to.
    public var projectID: ProjectID?
    /// Whether the state could be read. Events of one that could not are rejected: what must be
    /// scrubbed is not known.
    public var isUsable: Bool
}

/// Processes events: normalise, symbolicate, scrub, in this order. One per thread; deterministic: all
/// it knows comes with the event and its configuration.
public final class Processor {
    private let document: JSONDocument
    private let writer = JSONWriter()
    /// The configuration of revision 0: defaults only.
    public let emptyConfiguration = ProcessorConfiguration(projectID: nil, isUsable: true)

    /// A processor for events within the limits.
    public init(limits: JSONLimits = .event) {
        document = JSONDocument(limits: limits)
    }

    /// Compiles a project state.
    public func compile(_ configuration: ProjectConfiguration) -> ProcessorConfiguration {
        let isUsable = (try? ProjectState(json: configuration.state)) != nil
        return ProcessorConfiguration(projectID: configuration.projectID, isUsable: isUsable)
    }

    /// Processes one event. The payload of the answer is valid until the next call.
    public func process(
        _ event: ProcessEventView, _ configuration: ProcessorConfiguration
    ) -> EventProcessedView {
        let start = Self.threadMicroseconds()
        var answer = verdict(event, configuration)
        answer.processingMicroseconds = UInt32(
            clamping: Self.threadMicroseconds() - start)
        return answer
    }

    private func verdict(
        _ event: ProcessEventView, _ configuration: ProcessorConfiguration
    ) -> EventProcessedView {
        guard configuration.isUsable else {
            return EventProcessedView(
                verdict: .rejected(.projectState, detail: "project state cannot be read"))
        }
        switch event.kind {
        case .attachment, .minidump:
            return EventProcessedView(
                verdict: .processed, category: .attachment, payload: event.payload)
        case .event, .transaction, .unspecified, .rawSecurity, .feedback:
            break
        }
        do throws(JSONError) {
            let root = try document.parse(event.payload, options: .pythonConstants)
            normalize(root, event)
            writer.reset()
            try writer.write(root, from: document)
        } catch {
            return EventProcessedView(
                verdict: .rejected(.invalidJSON, detail: error.description))
        }
        return EventProcessedView(
            verdict: .processed, category: .error, eventType: "error", payload: writer.bytes)
    }

    private func normalize(_ root: JSONNode, _ event: ProcessEventView) {
        guard document.kind(of: root) == .object else { return }
        let id = document.find("event_id", in: root)
        if !id.exists {
            let added = document.makeString(event.eventID.description)
            _ = document.append(added, to: root, key: "event_id")
        } else {
            document.setString(id, event.eventID.description)
        }
    }

    private static func threadMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1000
    }
}
