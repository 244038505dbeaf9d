import JSON

/// Removal of attributes that the protocol does not know. At the top and in records they leave an
/// error behind; records that retain unknown attributes keep them.
struct UnknownAttributes {
    let document: JSONDocument
    let meta: EventMeta
    let schema: Schema

    func remove(from event: JSONNode) {
        removeKnownLeftovers(event)
        remove(event, schema.root)
    }

    /// Fields of older protocols, dropped without an error.
    private func removeKnownLeftovers(_ event: JSONNode) {
        document.removeChildren(of: event) {
            switch document.keyID(of: $0) {
            case Key.metadata, Key.hashes, Key.applecrashreport, Key.device, Key.repos, Key.query:
                true
            default: false
            }
        }
    }

    private func remove(_ node: JSONNode, _ field: FieldID) {
        let kind = document.kind(of: node)
        guard kind == .object || kind == .array else { return }
        let refined = schema.refine(field, node, in: document)
        let rule = schema[refined]
        switch rule.kind {
        case .record, .mechanism, .logEntry: removeFromRecord(node, rule, refined)
        case .values:
            let list = document.find(Key.values, in: node)
            document.removeChildren(of: node) { $0 != list }
            if list.exists { remove(list, rule.element) }
        case .object where refined == schema.images.other:
            // Nothing is known of an image of an unknown type.
            document.removeChildren(of: node) { _ in true }
        case .array, .object, .contexts:
            guard schema[rule.element].kind != .value else { return }
            var child = document.firstChild(of: node)
            while child.exists {
                remove(child, rule.element)
                child = document.next(after: child)
            }
        default: return
        }
    }

    private func removeFromRecord(_ node: JSONNode, _ rule: FieldRule, _ field: FieldID) {
        let record = schema.head(rule.record)
        let marks = field == schema.root || record.isBreadcrumb
        var previous = JSONNode.none
        var child = document.firstChild(of: node)
        while child.exists {
            let following = document.next(after: child)
            let inner = schema.field(row: record.row, document.keyID(of: child))
            if inner != .none {
                remove(child, inner)
                previous = child
            } else if record.retainsOther || isTypeOfContext(child, record) {
                previous = child
            } else if marks {
                document.setNull(child)
                document.setAnnotation(0, of: child)
                meta.addError(child, "invalid_attribute")
                previous = child
            } else {
                document.removeNext(after: previous, from: node)
            }
            child = following
        }
    }

    private func isTypeOfContext(_ child: JSONNode, _ record: RecordHead) -> Bool {
        document.keyID(of: child) == Key.type
            && (record.contextType != .unknown || record.isDebugImage)
    }
}
