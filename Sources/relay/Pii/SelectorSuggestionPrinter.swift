import JSON
import RelayProcessor

/// Prints suggested selectors for people: a table of selectors and the texts that they reach.
enum SelectorSuggestionPrinter {
    /// Longer texts are cut.
    static let valueCharactersMax = 100
    /// Longer selectors do not widen the column.
    private static let columnWidthMax = 60

    static func text(_ suggestions: [SelectorSuggestion]) -> String {
        let rows = suggestions.map { suggestion in
            (TerminalText.harmless(suggestion.path.description), value(suggestion))
        }
        let width = min(rows.map(\.0.count).max() ?? 0, columnWidthMax)
        let lines = rows.map { path, value in
            guard let value else { return path }
            let gap = String(repeating: " ", count: max(width - path.count, 0) + 2)
            return path + gap + value
        }
        return (lines.isEmpty ? ["no selector reaches anything"] : lines)
            .joined(separator: "\n") + "\n"
    }

    private static func value(_ suggestion: SelectorSuggestion) -> String? {
        guard let text = suggestion.text else { return nil }
        let quoted = JSONValue.string(text).serialized()
        let shown = TerminalText.harmless(String(decoding: quoted, as: UTF8.self))
        guard shown.count > valueCharactersMax else { return shown }
        return "\(shown.prefix(valueCharactersMax))… (\(text.utf8.count) bytes)"
    }
}

extension SelectorSuggestion {
    /// The text that the selector reaches.
    var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
}
