/// A selector that reaches a value of an event, for whoever writes a configuration.
public struct SelectorSuggestion: Hashable, Sendable {
    /// Types (`$string`), or a path of keys from the nearest type or from the event, with `*` for
    /// indexes.
    public var path: Selector
    /// UTF-8 of the text that it reaches; nil for anything that is no text. One selector can reach
    /// several texts: each is a suggestion of its own.
    public var value: [UInt8]?
}

extension SelectorSuggestion: Comparable {
    /// By selector (types first, in the order of `SelectorType`), then by the bytes of the value,
    /// nil first.
    public static func < (left: SelectorSuggestion, right: SelectorSuggestion) -> Bool {
        if left.path < right.path { return true }
        if right.path < left.path { return false }
        guard let text = right.value else { return false }
        return left.value.map { $0.lexicographicallyPrecedes(text) } ?? true
    }
}
