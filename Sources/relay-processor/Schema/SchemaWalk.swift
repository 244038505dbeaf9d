import JSON

/// Reads an event by the schema, in place: checks types, coerces, moves old names to their fields,
/// drops what closed records do not know. What does not fit becomes null with an error in `_meta`.
struct SchemaWalk {
    let document: JSONDocument
    let meta: EventMeta
    let schema: Schema
    /// For values that become JSON text.
    let writer: JSONWriter
    /// `lastSeen[key]`: the object that had the key last, and the child, to find repeated keys.
    private let lastSeen: UnsafeMutablePointer<(object: UInt32, child: UInt32)>

    /// - Parameter lastSeen: one zeroed entry per name of the key table, kept by the owner.
    init(
        document: JSONDocument, meta: EventMeta, schema: Schema, writer: JSONWriter,
        lastSeen: UnsafeMutablePointer<(object: UInt32, child: UInt32)>
    ) {
        self.document = document
        self.meta = meta
        self.schema = schema
        self.writer = writer
        self.lastSeen = lastSeen
    }

    /// Reads a node as the field says.
    func read(_ node: JSONNode, as field: FieldID) {
        let kind = document.kind(of: node)
        guard kind != .null, kind != .missing else { return }
        let rule = schema[field]
        switch rule.kind {
        case .value: return
        case .string, .message, .nativePath:
            if kind != .string { meta.reject(node, reason: "expected a string") }
        case .record: readRecord(node, rule, kind)
        case .array: readArray(node, rule, kind)
        case .object: readObject(node, rule, kind)
        case .u64: readUnsigned(node, kind)
        case .i64: readSigned(node, kind)
        case .bool:
            if kind != .bool { meta.reject(node, reason: "expected a boolean") }
        default: readSpecial(node, rule, kind)
        }
    }

    private func readSpecial(_ node: JSONNode, _ rule: FieldRule, _ kind: JSONKind) {
        switch rule.kind {
        case .f64: readDouble(node, kind, "expected a floating point number")
        case .finiteNumber: readDouble(node, kind, "expected a finite floating point number")
        case .lenientString: readLenientString(node, kind)
        case .jsonString: readJSONString(node, kind)
        case .timestamp: readTimestamp(node, kind)
        case .eventID: readUUID(node, kind, expectation: "expected event id", dashed: false)
        case .uuid: readUUID(node, kind, expectation: "expected a uuid", dashed: true)
        case .debugID: readDebugID(node, kind)
        case .codeID: readCodeID(node, kind)
        case .address: readAddress(node, kind, "expected address")
        case .registerValue: readAddress(node, kind, "expected register value")
        case .traceID: readTraceID(node, kind)
        case .spanID: readSpanID(node, kind)
        case .level: readLevel(node, kind)
        case .threadID: readThreadID(node, kind)
        case .ipAddress: readIPAddress(node, kind)
        case .eventType: readEventType(node, kind)
        case .spanStatus: readSpanStatus(node, kind)
        case .spanKind: if kind != .string { document.setNull(node) }
        case .metricUnit: readMetricUnit(node, kind)
        case .lockReason: readLockReason(node, kind)
        case .inferIP: readInferIP(node, kind)
        case .values: readValues(node, rule, kind)
        case .tags, .headers, .cookies, .query: readPairList(node, rule, kind)
        case .fingerprint: readFingerprint(node, kind)
        case .frameVars: readFrameVars(node, kind)
        case .messageParameters:
            if kind != .array, kind != .object {
                meta.reject(node, reason: "expected message parameters")
            }
        case .mechanism: readMechanism(node, rule, kind)
        case .logEntry: readLogEntry(node, rule, kind)
        case .contexts: readObject(node, rule, kind)
        case .context: readContext(node, kind)
        case .debugImage: readDebugImage(node, kind)
        default: break
        }
    }

    func readRecord(_ node: JSONNode, _ rule: FieldRule, _ kind: JSONKind) {
        guard kind == .object else {
            return meta.reject(
                node, reason: expectation(schema.records[Int(rule.record)].expectation))
        }
        tidyRecord(node, rule.record)
        let row = schema.head(rule.record).row
        var child = document.firstChild(of: node)
        while child.exists {
            let field = schema.field(row: row, document.keyID(of: child))
            if field != .none { read(child, as: field) }
            child = document.next(after: child)
        }
    }

    /// Removes repeated keys (the last one stays), gives old names their new ones, removes what a
    /// closed record does not declare.
    private func tidyRecord(_ node: JSONNode, _ number: UInt16) {
        let record = schema.head(number)
        let isClosed = record.other == .none
        var hasRepeated = false
        var unknownCount = 0
        var previous = JSONNode.none
        var child = document.firstChild(of: node)
        while child.exists {
            let following = document.next(after: child)
            let key = Int(document.keyID(of: child).rawValue)
            if key == 0 {
                if isClosed {
                    document.removeNext(after: previous, from: node)
                } else {
                    previous = child
                    unknownCount += 1
                }
                child = following
                continue
            }
            if lastSeen[key].object == node.index { hasRepeated = true }
            lastSeen[key] = (node.index, child.index)
            if isClosed, schema.field(row: record.row, document.keyID(of: child)) == .none {
                document.removeNext(after: previous, from: node)
            } else {
                previous = child
            }
            child = following
        }
        if hasRepeated {
            document.removeChildren(of: node) {
                let key = Int(document.keyID(of: $0).rawValue)
                return key != 0 && lastSeen[key].child != $0.index
            }
        }
        if unknownCount > 1 { document.removeDuplicateKeys(of: node) }
        guard record.hasAliases else { return }
        moveAliases(node, schema.records[Int(number)].aliases)
    }

    /// The current name wins, then the aliases in their order.
    private func moveAliases(
        _ node: JSONNode, _ aliases: [(old: JSONKeyID, current: JSONKeyID)]
    ) {
        for index in aliases.indices {
            let alias = aliases[index]
            guard lastSeen[Int(alias.old.rawValue)].object == node.index else { continue }
            let old = JSONNode(index: lastSeen[Int(alias.old.rawValue)].child)
            if lastSeen[Int(alias.current.rawValue)].object == node.index {
                document.remove(old, from: node)
            } else {
                document.setKey(old, alias.current)
                lastSeen[Int(alias.current.rawValue)] = (node.index, old.index)
            }
        }
    }

    func readArray(_ node: JSONNode, _ rule: FieldRule, _ kind: JSONKind) {
        guard kind == .array else { return meta.reject(node, reason: "expected an array") }
        guard schema[rule.element].kind != .value else { return }
        var child = document.firstChild(of: node)
        while child.exists {
            read(child, as: rule.element)
            child = document.next(after: child)
        }
    }

    func readObject(_ node: JSONNode, _ rule: FieldRule, _ kind: JSONKind) {
        guard kind == .object else { return meta.reject(node, reason: "expected an object") }
        guard schema[rule.element].kind != .value else { return }
        let element = schema[rule.element]
        document.removeDuplicateKeys(of: node)
        if element.kind == .record, element.record == schema.measurementRecord {
            tidyMeasurements(node)
        } else if document.keyID(of: node) == Key.breakdowns {
            tidyBreakdowns(node)
        }
        var child = document.firstChild(of: node)
        while child.exists {
            read(child, as: rule.element)
            child = document.next(after: child)
        }
    }

    /// A string node `expected <what>`.
    func expectation(_ what: String) -> JSONNode {
        document.makeString("expected " + what)
    }
}
