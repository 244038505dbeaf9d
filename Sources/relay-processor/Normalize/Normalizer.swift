import JSON
import UserAgents

/// All changes that bring an event into its normal form, in their order. One file per step.
struct Normalizer {
    let event: JSONNode
    let document: JSONDocument
    let meta: EventMeta
    let schema: Schema
    /// For values that become JSON text.
    let writer: JSONWriter
    let context: NormalizationContext
    let userAgentRules: UserAgentRules?
    let userAgentRulesLoader: UserAgentRulesLoader?
    let geography: GeoDatabase?

    func run() throws(EventRejection) {
        if context.isRenormalize {
            convertAppleImages()
        } else {
            correctDrift()
            try validate()
            convertAppleImages()
            SchemaCheck(document: document, meta: meta, schema: schema).check(event)
            checkLogger()
            checkTags()
            normalizeTransaction()
            normalizeSecurityReport()
            normalizeAddresses()
            normalizeGeography()
            normalizeReleaseAndEnvironment()
            normalizeUser()
            normalizeLogEntry()
            normalizeDebugImages()
            normalizeBreadcrumbs()
            normalizeDist()
            normalizeTags()
            normalizeDeviceClass()
            normalizeStacktraces()
            normalizeExceptions()
            normalizeUserAgent()
            normalizeMeasurements()
            normalizeBreakdowns()
            normalizeDefaults()
            normalizeTrace()
            normalizeRequest()
            normalizeContexts()
            normalizeAttributes()
            normalizePaintTags()
            normalizeGenAI()
            normalizeSpans()
            normalizeReplay()
        }
        if context.removeOther {
            UnknownAttributes(document: document, meta: meta, schema: schema).remove(from: event)
        }
        if context.enableTrimming {
            Trimming(document: document, meta: meta, schema: schema).trim(event)
        }
        if !context.isRenormalize {
            EventErrors(document: document, meta: meta, schema: schema).append(to: event)
        }
    }

    // MARK: Shorthand

    /// Child with a key; `.none` if missing.
    func find(_ key: JSONKeyID, in object: JSONNode) -> JSONNode {
        document.find(key, in: object)
    }

    func kind(_ node: JSONNode) -> JSONKind {
        document.kind(of: node)
    }

    /// Whether there is a value: neither missing nor null.
    func has(_ node: JSONNode) -> Bool {
        let kind = document.kind(of: node)
        return kind != .missing && kind != .null
    }

    func text(_ node: JSONNode) -> UnsafeRawBufferPointer? {
        document.stringBytes(of: node)
    }

    func isText(_ node: JSONNode, _ literal: StaticString) -> Bool {
        document.isString(node, literal)
    }

    /// The child with a key, added as null if missing.
    func entry(_ key: JSONKeyID, in object: JSONNode) -> JSONNode {
        let found = document.find(key, in: object)
        if found.exists { return found }
        let node = document.makeNull()
        document.append(node, to: object, key: key)
        return node
    }

    /// The child object with a key, made if missing or null; `.none` if it is something else.
    func objectEntry(_ key: JSONKeyID, in object: JSONNode) -> JSONNode {
        let node = entry(key, in: object)
        switch document.kind(of: node) {
        case .object: return node
        case .null:
            document.setEmptyObject(node)
            return node
        default: return .none
        }
    }

    /// Sets a text; what was recorded for the old value is gone.
    func set(_ key: JSONKeyID, in object: JSONNode, _ value: StaticString) {
        let node = entry(key, in: object)
        meta.clear(node)
        document.setString(node, EventMeta.bytes(value))
    }

    func set(_ key: JSONKeyID, in object: JSONNode, _ value: String) {
        let node = entry(key, in: object)
        meta.clear(node)
        document.setString(node, value)
    }

    /// Sets a text if there is no value.
    func setDefault(_ key: JSONKeyID, in object: JSONNode, _ value: StaticString) {
        let node = entry(key, in: object)
        if !has(node) { document.setString(node, EventMeta.bytes(value)) }
    }

    /// The elements of a `values` list (exceptions, threads, breadcrumbs), `.none` if there is none.
    func values(_ key: JSONKeyID) -> JSONNode {
        let list = find(Key.values, in: find(key, in: event))
        return document.kind(of: list) == .array ? list : .none
    }

    /// The context with a key if it is of that type.
    func eventContext(_ key: JSONKeyID, _ type: StaticString) -> JSONNode {
        let node = find(key, in: find(Key.contexts, in: event))
        guard document.kind(of: node) == .object, isText(find(Key.type, in: node), type) else {
            return .none
        }
        return node
    }

    /// Fails a value: `invalid_data` with a reason; the value becomes null and is kept.
    func reject(_ node: JSONNode, _ reason: StaticString) {
        meta.reject(node, reason: reason)
    }

    func rejectQuietly(_ node: JSONNode) {
        meta.addError(node, "invalid_data")
        meta.takeOriginal(node)
    }

    /// Fails a whole record; the original is kept with all declared fields, null where missing.
    func rejectRecord(
        _ node: JSONNode, record name: String, kind: StaticString, key: JSONKeyID,
        _ reason: StaticString
    ) {
        let data = document.makeObject()
        document.append(document.makeString(EventMeta.bytes(reason)), to: data, key: key)
        meta.addError(node, kind: document.makeString(EventMeta.bytes(kind)), data: data)
        // The nulls that are added do not count, nor what would not be written.
        let copy = document.copy(node)
        meta.copyRecords(from: node, to: copy)
        if let field = schema.sharedField(ofRecord: name) {
            OutputPruning(document: document, meta: meta, schema: schema).prune(copy, field)
        }
        let isSmall = meta.isSmall(copy)
        if isSmall, let number = schema.records.firstIndex(where: { $0.name == name }) {
            fillRecord(node, schema.records[number])
        }
        meta.takeOriginal(node, isSmall: isSmall)
    }

    /// Adds the declared fields that are missing as null, in nested records too.
    private func fillRecord(_ node: JSONNode, _ record: RecordRule) {
        guard kind(node) == .object else { return }
        for (key, field) in record.fields {
            let child = find(key, in: node)
            if child.exists {
                fill(child, field)
            } else {
                document.append(document.makeNull(), to: node, key: key)
            }
        }
    }

    private func fill(_ node: JSONNode, _ field: FieldID) {
        let rule = schema[schema.refine(field, node, in: document)]
        switch rule.kind {
        case .record, .mechanism, .logEntry: fillRecord(node, schema.records[Int(rule.record)])
        case .array, .object, .contexts:
            guard schema[rule.element].kind != .value else { return }
            for child in document.children(of: node) { fill(child, rule.element) }
        default: return
        }
    }
}

extension JSONDocument {
    func setString(_ node: JSONNode, _ text: StaticString) {
        setString(node, EventMeta.bytes(text))
    }
}
