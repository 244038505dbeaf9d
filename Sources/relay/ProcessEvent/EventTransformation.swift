import JSON
import Model
import RelayProcessor
import UserAgents

/// What `process-event` does to an event: the very engine of `relay-processor`.
final class EventTransformation {
    /// Why an event was refused.
    struct Refusal: Error, Hashable {
        /// A discard reason, e.g. `invalid_json`.
        var reason: String
        var detail: String

        /// The event is larger than any may be.
        static let tooLarge = Refusal(
            reason: "too_large",
            detail: "larger than \(ProcessEventCommand.eventBytesMax) bytes")

        /// The line that stands for the event in the output.
        var json: [UInt8] {
            JSONValue.object([("rejected", .string(reason)), ("detail", .string(detail))])
                .serialized()
        }
    }

    private let engine = EventEngine()
    /// Nil leaves normalisation out.
    private let context: NormalizationContext?
    private let isPretty: Bool
    private let scrubber: EventScrubber
    /// Programs that strip personal data, in their order.
    private let programs: [ScrubProgram]
    private var lineConfigurations = LineConfigurations()

    /// - Parameter geography: where addresses are looked up; nil leaves places out.
    init(
        context: NormalizationContext?, geography: GeoDatabase? = nil,
        programs: [ScrubProgram] = [], isPretty: Bool
    ) {
        self.context = context
        self.isPretty = isPretty
        self.programs = programs
        scrubber = EventScrubber(document: engine.document, meta: engine.meta)
        engine.geography = geography
        if context?.normalizeUserAgent == true {
            engine.userAgentRules = UserAgentRules(path: UserAgentRules.standardPath)
        }
    }

    /// The processed event; valid until the next call.
    func process(_ event: UnsafeRawBufferPointer) throws(Refusal) -> UnsafeRawBufferPointer {
        try process(event, programs)
    }

    /// The event of a line `<piiConfig> TAB <event>`, stripped by that configuration before all
    /// others; valid until the next call.
    func processWithConfiguration(
        _ line: UnsafeRawBufferPointer
    ) throws(Refusal) -> UnsafeRawBufferPointer {
        guard let tab = line.firstIndex(of: 0x09) else {
            throw Refusal(
                reason: "invalid_config", detail: "no tab between the configuration and the event")
        }
        let program = try lineConfigurations.program(
            UnsafeRawBufferPointer(rebasing: line[..<tab]))
        return try process(
            UnsafeRawBufferPointer(rebasing: line[(tab + 1)...]), [program] + programs)
    }

    /// The selectors that reach something in the event.
    func selectorSuggestions(
        _ event: UnsafeRawBufferPointer
    ) throws(Refusal) -> [SelectorSuggestion] {
        engine.selectorSuggestions(try parse(event))
    }

    private func process(
        _ event: UnsafeRawBufferPointer, _ programs: [ScrubProgram]
    ) throws(Refusal) -> UnsafeRawBufferPointer {
        let root = try parse(event)
        if let context { try normalize(root, context) }
        for program in programs { scrubber.scrub(root, with: program) }
        do throws(JSONError) {
            try engine.write(root, pretty: isPretty)
        } catch {
            throw Refusal(error)
        }
        return engine.writer.bytes
    }

    private func parse(_ event: UnsafeRawBufferPointer) throws(Refusal) -> JSONNode {
        do throws(JSONError) {
            return try engine.parse(event)
        } catch {
            throw Refusal(error)
        }
    }

    private func normalize(
        _ root: JSONNode, _ context: NormalizationContext
    ) throws(Refusal) {
        do throws(EventRejection) {
            try engine.normalize(root, context)
        } catch {
            throw Refusal(reason: error.reason, detail: error.detail)
        }
    }
}

/// Programs of configurations that came with events, by their text.
private struct LineConfigurations {
    private var programs: [[UInt8]: ScrubProgram] = [:]
    /// Above it all are forgotten: a configuration may need much memory.
    private static let countMax = 64

    mutating func program(
        _ text: UnsafeRawBufferPointer
    ) throws(EventTransformation.Refusal) -> ScrubProgram {
        let key = Array(text)
        if let known = programs[key] { return known }
        do throws(JSONError) {
            let program = ScrubProgram(PiiConfiguration(try JSONValue(parsing: key)))
            if programs.count >= LineConfigurations.countMax { programs.removeAll() }
            programs[key] = program
            return program
        } catch {
            throw EventTransformation.Refusal(
                reason: "invalid_config", detail: error.description)
        }
    }
}

extension EventTransformation.Refusal {
    fileprivate init(_ error: JSONError) {
        self.init(reason: "invalid_json", detail: error.description)
    }
}
