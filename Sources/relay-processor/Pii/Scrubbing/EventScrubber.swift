import Glibc
import JSON

/// Strips personal data from events: walks the tree with the schema and applies a program's rules.
///
/// The event must have been through the schema walk, so that every value has its declared type.
/// Make one per document and use it again; in the steady state nothing is allocated per event.
public final class EventScrubber {
    private let document: JSONDocument
    private let meta: EventMeta
    private let scrubber: TextScrubber

    public init(document: JSONDocument, meta: EventMeta) {
        self.document = document
        self.meta = meta
        scrubber = TextScrubber(document: document, meta: meta)
    }

    /// Strips an event.
    public func scrub(_ event: JSONNode, with program: ScrubProgram) {
        if program.isEmpty { return }
        scrubber.beginEvent(program)
        ScrubWalk(
            document: document, meta: meta, schema: ScrubSchema.event, program: program,
            automaton: program.automaton, scrubber: scrubber
        ).run(event)
    }
}
