import ArgumentParser
import Glibc
import JSON
import RelayProcessor
import Service

/// `relay pii suggestions`
struct PiiSuggestionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suggestions",
        abstract: "Lists the selectors that reach something in an event.",
        discussion: """
            Every selector can stand in the applications of a piiConfig. One line per selector and \
            text that it reaches: first types ($string), then paths from a type ($user.email), then \
            paths from the event. A selector without a text reaches a list, an object or a number.

            With --json the output is a list of {"path":"…","value":"…"}. With --ndjson every line \
            of the input is an event and gives exactly one such list, in order; an event that is \
            refused gives {"rejected":"<reason>","detail":"…"}.
            """)

    @Flag(help: "Print JSON.")
    var json = false
    @Flag(help: "One event per line; implies --json.")
    var ndjson = false
    @Argument(
        help: ArgumentHelp("The event (JSON); standard input without it.", valueName: "event"))
    var event: String?

    func run() throws {
        ProcessProtection.forbidDumps()
        let input = try InputReader(eventAt: event)
        let transformation = EventTransformation(context: nil, isPretty: false)
        if ndjson {
            try Self.processLines(input, transformation, output: STDOUT_FILENO)
            return
        }
        let range = try input.wholeEvent()
        let suggestions: [SelectorSuggestion]
        switch Self.suggestions(range, of: input, transformation) {
        case .success(let found): suggestions = found
        case .failure(let refusal):
            throw CommandError("the event is rejected: \(refusal.reason): \(refusal.detail)")
        }
        var output = OutputWriter(descriptor: STDOUT_FILENO)
        if json {
            try output.append(Self.json(suggestions))
            try output.append(CollectionOfOne(UInt8(ascii: "\n")))
        } else {
            try output.append(SelectorSuggestionPrinter.text(suggestions).utf8)
        }
        try output.flush()
    }

    /// One line out per line in.
    static func processLines(
        _ input: InputReader, _ transformation: EventTransformation, output descriptor: Int32
    ) throws(CommandError) {
        try input.forEachEvent(output: descriptor) { range, output throws(CommandError) in
            switch suggestions(range, of: input, transformation) {
            case .success(let found): try output.append(json(found))
            case .failure(let refusal): try output.append(refusal.json)
            }
        }
    }

    private static func suggestions(
        _ range: Range<Int>, of input: InputReader, _ transformation: EventTransformation
    ) -> Result<[SelectorSuggestion], EventTransformation.Refusal> {
        input.buffer.withUnsafeBytes { raw in
            Result { () throws(EventTransformation.Refusal) -> [SelectorSuggestion] in
                try transformation.selectorSuggestions(UnsafeRawBufferPointer(rebasing: raw[range]))
            }
        }
    }

    private static func json(_ suggestions: [SelectorSuggestion]) -> [UInt8] {
        let list = suggestions.map { suggestion in
            JSONValue.object([
                ("path", .string(suggestion.path.description)),
                ("value", suggestion.text.map { .string($0) } ?? .null),
            ])
        }
        return JSONValue.array(list).serialized()
    }
}
