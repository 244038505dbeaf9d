import JSON

/// Leaves out of the output what the schema says is not written: nulls of records, empty texts and
/// lists. What has a record in `_meta` is always written.
struct OutputPruning {
    let document: JSONDocument
    let meta: EventMeta
    let schema: Schema

    /// Prunes the event.
    func prune(_ event: JSONNode) {
        prune(event, schema.root)
    }

    func prune(_ node: JSONNode, _ field: FieldID) {
        let kind = document.kind(of: node)
        guard kind == .object || kind == .array else { return }
        let refined = schema.refine(field, node, in: document)
        let rule = schema[refined]
        switch rule.kind {
        case .value: return
        case .record, .mechanism, .logEntry: pruneRecord(node, rule)
        case .values: pruneValues(node, rule)
        case .array, .object, .contexts:
            guard schema[rule.element].kind != .value else { return pruneMembers(node, rule) }
            pruneMembers(node, rule)
            var child = document.firstChild(of: node)
            while child.exists {
                prune(child, rule.element)
                child = document.next(after: child)
            }
        default: return
        }
    }

    private func pruneRecord(_ node: JSONNode, _ rule: FieldRule) {
        let head = schema.head(rule.record)
        if head.keepsNulls { return }
        let row = head.row
        var previous = JSONNode.none
        var child = document.firstChild(of: node)
        while child.exists {
            let following = document.next(after: child)
            let declared = schema.field(row: row, document.keyID(of: child))
            let field = declared == .none ? schema.freeForm(.no) : declared
            let skip = declared == .none ? SkipRule.null : schema[declared].skip
            if isSkipped(child, field, skip) {
                document.removeNext(after: previous, from: node)
            } else {
                prune(child, field)
                previous = child
            }
            child = following
        }
    }

    private func pruneValues(_ node: JSONNode, _ rule: FieldRule) {
        var previous = JSONNode.none
        var child = document.firstChild(of: node)
        while child.exists {
            let following = document.next(after: child)
            let isList = document.keyID(of: child) == Key.values
            let field = isList ? rule.element : schema.freeForm(.no)
            if isSkipped(child, field, isList ? schema[field].skip : .null) {
                document.removeNext(after: previous, from: node)
            } else {
                prune(child, field)
                previous = child
            }
            child = following
        }
    }

    private func pruneMembers(_ node: JSONNode, _ rule: FieldRule) {
        let skip = rule.skip.forMembers
        guard skip != .never else { return }
        document.removeChildren(of: node) { isSkipped($0, rule.element, skip) }
    }

    /// Whether a value is left out under a rule.
    private func isSkipped(_ node: JSONNode, _ field: FieldID, _ skip: SkipRule) -> Bool {
        guard skip != .never, meta.isEmpty(node) else { return false }
        switch document.kind(of: node) {
        case .null: return true
        case .string:
            return (skip == .empty || skip == .emptyDeep)
                && document.stringBytes(of: node)?.isEmpty == true
        case .array, .object: return isSkippedContainer(node, field, skip)
        default: return false
        }
    }

    private func isSkippedContainer(
        _ node: JSONNode, _ field: FieldID, _ skip: SkipRule
    ) -> Bool {
        guard skip != .null else { return false }
        let refined = schema.refine(field, node, in: document)
        let rule = schema[refined]
        switch rule.kind {
        case .record, .mechanism, .logEntry, .values:
            for child in document.children(of: node) {
                let inner = schema.child(of: refined, key: document.keyID(of: child))
                let isDeep = skip == .nullDeep || skip == .emptyDeep
                let own = inner == schema.freeForm(.no) ? SkipRule.null : schema[inner].skip
                if !isSkipped(child, inner, isDeep ? own : skip) { return false }
            }
            return true
        case .value:
            return skip != .nullDeep && document.childCount(of: node) == 0
        default:
            if document.childCount(of: node) == 0 { return true }
            guard skip == .nullDeep || skip == .emptyDeep else { return false }
            for child in document.children(of: node)
            where !isSkipped(child, rule.element, skip) {
                return false
            }
            return true
        }
    }
}
