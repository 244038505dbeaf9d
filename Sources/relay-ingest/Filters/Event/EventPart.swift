import JSON

/// Parses single members of a scanned event that need more than reading.
final class EventPart {
    private let document = JSONDocument()
    /// Knows no fields of an event; of use for what depends on one member alone.
    private let event: ParsedEvent
    private let arena: TextArena

    init(arena: TextArena) {
        self.arena = arena
        event = ParsedEvent(
            document, root: .none, arena: arena, sender: FilterRequest(), agents: nil)
    }

    /// The formatted message, else the plain one. Unsure if the JSON is malformed.
    func message(_ raw: RawValue) throws(Unsure) -> Text? {
        defer { document.reset() }
        let bytes = Text(start: raw.start, count: raw.end - raw.start)
        guard
            let node = try? document.parse(
                bytes, options: [.pythonConstants, .replaceLoneSurrogates])
        else { throw Unsure() }
        let (formatted, message) = event.messages(node)
        // The document's own text goes with it.
        return (formatted ?? message).map { arena.text($0) }
    }
}
