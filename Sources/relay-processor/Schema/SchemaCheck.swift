import JSON

/// Checks what every record demands: required fields, non-empty values, no white space around.
struct SchemaCheck {
    let document: JSONDocument
    let meta: EventMeta
    let schema: Schema

    /// Checks the event.
    func check(_ event: JSONNode) {
        check(event, schema.root)
    }

    private func check(_ node: JSONNode, _ field: FieldID) {
        let kind = document.kind(of: node)
        guard kind == .object || kind == .array else { return }
        let refined = schema.refine(field, node, in: document)
        let rule = schema[refined]
        switch rule.kind {
        case .record, .mechanism, .logEntry:
            let record = schema.head(rule.record)
            for index in record.checked { checkField(node, schema.checked(index)) }
            let row = record.row
            var child = document.firstChild(of: node)
            while child.exists {
                let inner = schema.field(row: row, document.keyID(of: child))
                if schema.reachesCheck(inner) { check(child, inner) }
                child = document.next(after: child)
            }
        case .values:
            let list = document.find(Key.values, in: node)
            guard list.exists else { return }
            if document.kind(of: list) == .null, !meta.hasErrors(list) {
                meta.addError(list, "missing_attribute")
            }
            check(list, rule.element)
        case .array, .object, .contexts:
            guard schema.reachesCheck(rule.element) else { return }
            var child = document.firstChild(of: node)
            while child.exists {
                check(child, rule.element)
                child = document.next(after: child)
            }
        default: return
        }
    }

    private func checkField(_ node: JSONNode, _ checked: (key: JSONKeyID, field: FieldID)) {
        let flags = schema[checked.field].flags
        let value = document.find(checked.key, in: node)
        switch document.kind(of: value) {
        case .missing:
            guard flags.contains(.required) else { return }
            let missing = document.makeNull()
            document.append(missing, to: node, key: checked.key)
            meta.addError(missing, "missing_attribute")
        case .null:
            if flags.contains(.required), !meta.hasErrors(value) {
                meta.addError(value, "missing_attribute")
            }
        case .string: checkText(value, flags)
        case .array:
            if flags.contains(.nonempty), document.childCount(of: value) == 0 {
                rejectEmpty(value, "expected a non-empty value")
            }
        default: return
        }
    }

    private func checkText(_ node: JSONNode, _ flags: FieldFlags) {
        guard let bytes = document.stringBytes(of: node) else { return }
        var count = bytes.count
        if flags.contains(.trimWhitespace) {
            let range = WhiteSpace.trimmed(bytes)
            if range.count != count { document.narrowString(node, to: range) }
            count = range.count
        }
        if flags.contains(.nonempty), count == 0 {
            rejectEmpty(node, "expected a non-empty string")
        } else if let scalar = badCharacter(bytes, flags) {
            meta.reject(
                node,
                reason: document.makeString("invalid character '\(NameRules.escaped(scalar))'"))
        }
    }

    private func badCharacter(
        _ bytes: UnsafeRawBufferPointer, _ flags: FieldFlags
    ) -> Unicode.Scalar? {
        if flags.contains(.plainCharacters) {
            return NameRules.firstOther(bytes, isAllowed: NameRules.isPlain)
        }
        if flags.contains(.nameCharacters) {
            return NameRules.firstOther(bytes, isAllowed: NameRules.isTagKeyCharacter)
        }
        return flags.contains(.oneLine) && bytes.contains(0x0A) ? "\n" : nil
    }

    private func rejectEmpty(_ node: JSONNode, _ reason: StaticString) {
        document.setNull(node)
        meta.reject(node, reason: reason)
    }
}
