import JSON

/// Collects the selectors that reach something in an event. It looks where `ScrubWalk` looks, with
/// one exception of the reference: lists of pairs in free-form values count as lists.
struct SuggestionWalk {
    private let document: JSONDocument
    private let schema = ScrubSchema.event
    /// From the event's member down to the current value.
    private var path: [Element] = []
    private(set) var found: Set<SelectorSuggestion> = []

    private struct Element {
        /// A key, or the wildcard for an index.
        var item: SelectorItem
        /// Bits of `SelectorType`.
        var types: UInt32
    }

    /// Types that say what a value is; they stand alone in a selector.
    private static let plain: [SelectorType] = [.string, .number, .dateTime]
    /// Types that a path can begin with.
    private static let specific = SelectorType.allCases.filter { !$0.isGeneric }

    init(document: JSONDocument) {
        self.document = document
    }

    /// Collects the selectors of an event that was read by the schema.
    mutating func run(_ event: JSONNode) {
        descend(event, schema.schema.root)
    }

    // MARK: One value

    private mutating func visit(_ node: JSONNode, _ fieldID: FieldID, _ item: SelectorItem) {
        let field = schema[fieldID]
        let kind = document.kind(of: node)
        switch kind {
        case .null, .missing, .bool: return
        default: break
        }
        let isFreeForm = field.kind == .value || field.kind == .messageParameters
        let types = isFreeForm ? field.types | ScrubSchema.bits(kind) : field.types
        path.append(Element(item: item, types: types))
        if field.pii != .no { suggest(node, field.pii) }
        if kind == .array || kind == .object { descend(node, fieldID) }
        path.removeLast()
    }

    /// Adds the selectors that reach the value at the end of the path.
    private mutating func suggest(_ node: JSONNode, _ pii: PIIAttribute) {
        let value = document.stringBytes(of: node).map { Array($0) }
        // What may only be stripped when it is named is not reached by a mere type.
        if pii == .yes, let types = path.last?.types {
            for type in Self.plain where types & type.bit != 0 {
                found.insert(SelectorSuggestion(path: .path([.type(type)]), value: value))
            }
        }
        found.insert(SelectorSuggestion(path: .path(shortest()), value: value))
    }

    /// The path from the nearest value that has a specific type, otherwise from the event.
    private func shortest() -> [SelectorItem] {
        var items: [SelectorItem] = []
        for element in path.reversed() {
            if let type = Self.specific.first(where: { element.types & $0.bit != 0 }) {
                items.append(.type(type))
                break
            }
            items.append(element.item)
        }
        return items.reversed()
    }

    // MARK: Children

    private mutating func descend(_ node: JSONNode, _ field: FieldID) {
        guard schema[field].reachesPii else { return }
        if document.kind(of: node) == .object {
            descendObject(node, field)
            return
        }
        switch schema[field].kind {
        case .tags, .headers, .cookies, .query: descendPairs(node, field)
        default: descendArray(node, field)
        }
    }

    private mutating func descendObject(_ node: JSONNode, _ field: FieldID) {
        let parent = schema[field]
        document.removeDuplicateKeys(of: node)
        var child = document.firstChild(of: node)
        while child.exists {
            visit(
                child, schema.child(child, of: field, parent, in: document),
                .key(Array(document.keyBytes(of: child))))
            child = document.next(after: child)
        }
    }

    private mutating func descendArray(_ node: JSONNode, _ field: FieldID) {
        let element = schema.element(of: field, schema[field])
        var child = document.firstChild(of: node)
        while child.exists {
            visit(child, schema.schema.refine(element, child, in: document), .wildcard)
            child = document.next(after: child)
        }
    }

    /// `[[key, value], …]`: the values are addressed as if the list were an object.
    private mutating func descendPairs(_ node: JSONNode, _ field: FieldID) {
        let element = schema.schema.element(of: schema.schema.element(of: field))
        var pair = document.firstChild(of: node)
        while pair.exists {
            let key = document.firstChild(of: pair)
            let value = document.next(after: key)
            if value.exists {
                visit(
                    value, element,
                    document.stringBytes(of: key).map { .key(Array($0)) } ?? .wildcard)
            }
            pair = document.next(after: pair)
        }
    }
}

extension EventEngine {
    /// The selectors that reach something in an event that was read by the schema, in their order.
    /// Members that a later one with the same key hides are dropped.
    public func selectorSuggestions(_ event: JSONNode) -> [SelectorSuggestion] {
        var walk = SuggestionWalk(document: document)
        walk.run(event)
        return walk.found.sorted()
    }
}
