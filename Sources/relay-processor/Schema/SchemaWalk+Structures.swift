import JSON

/// Values that come in several forms: lists of values, fingerprints, mechanisms, messages, …
extension SchemaWalk {
    /// `{"values": […]}`, a bare list, or one element.
    func readValues(_ node: JSONNode, _ rule: FieldRule, _ kind: JSONKind) {
        let list = schema[rule.element]
        switch kind {
        case .array:
            if document.childCount(of: node) == 0 { return document.setNull(node) }
            wrap(node, elements: { document.moveValue(to: $0, from: node) })
            readArray(document.firstChild(of: node), list, .array)
        case .object:
            if document.childCount(of: node) == 0 { return document.setNull(node) }
            document.removeDuplicateKeys(of: node)
            let values = document.find(Key.values, in: node)
            if values.exists {
                read(values, as: rule.element)
                return
            }
            wrap(
                node,
                elements: { array in
                    document.setEmptyArray(array)
                    let element = document.makeNull()
                    document.moveValue(to: element, from: node)
                    document.append(element, to: array)
                })
            readArray(document.firstChild(of: node), list, .array)
        default: meta.reject(node, reason: "expected a list or values object")
        }
    }

    /// Makes the node `{"values": …}`; `elements` moves its old value into the list.
    private func wrap(_ node: JSONNode, elements: (JSONNode) -> Void) {
        let array = document.makeNull()
        elements(array)
        document.setEmptyObject(node)
        document.append(array, to: node, key: Key.values)
    }

    /// A list of texts; other values are dropped and kept in the error.
    func readFingerprint(_ node: JSONNode, _ kind: JSONKind) {
        guard kind == .array else { return meta.reject(node, reason: "expected an array") }
        let bad = document.makeArray()
        var count = 0
        var previous = JSONNode.none
        var child = document.firstChild(of: node)
        while child.exists {
            let following = document.next(after: child)
            let childKind = document.kind(of: child)
            if childKind == .null {
                document.removeNext(after: previous, from: node)
            } else if isFingerprintPart(child, childKind) {
                readLenientString(child, childKind)
                previous = child
                count += 1
            } else {
                document.removeNext(after: previous, from: node)
                // Large ones go without a trace.
                if meta.isSmall(child) {
                    document.append(child, to: bad)
                    count += 1
                }
            }
            child = following
        }
        if document.childCount(of: bad) > 0 {
            let data = document.makeObject()
            document.append(bad, to: data, key: Key.value)
            meta.addError(
                node, kind: document.makeString(EventMeta.bytes("invalid_data")), data: data)
            meta.setOriginalLength(node, count)
        }
        if document.childCount(of: node) == 0 { document.setNull(node) }
    }

    private func isFingerprintPart(_ node: JSONNode, _ kind: JSONKind) -> Bool {
        switch kind {
        case .string, .bool: true
        case .number:
            document.int64(of: node) != nil || document.uint64(of: node) != nil
                || (document.double(of: node) ?? .infinity).magnitude < 9_007_199_254_740_992
        default: false
        }
    }

    /// Local variables as an object, or as a list, whose positions become the keys.
    func readFrameVars(_ node: JSONNode, _ kind: JSONKind) {
        switch kind {
        case .object: return
        case .array:
            let object = document.makeObject()
            var position = 0
            while true {
                let item = document.removeNext(after: .none, from: node)
                guard item.exists else { break }
                document.append(item, to: object, key: String(position))
                position += 1
            }
            document.moveValue(to: node, from: object)
        default: meta.reject(node, reason: "expected an object")
        }
    }

    /// `{type, …}` as it is, older forms without a type become `generic`.
    func readMechanism(_ node: JSONNode, _ rule: FieldRule, _ kind: JSONKind) {
        guard kind == .object else {
            return meta.reject(node, reason: "expected exception mechanism")
        }
        if document.childCount(of: node) == 0 { return document.setNull(node) }
        if !document.find(Key.type, in: node).exists { convertLegacyMechanism(node) }
        readRecord(node, rule, .object)
    }

    private func convertLegacyMechanism(_ node: JSONNode) {
        let object = document.makeNull()
        document.moveValue(to: object, from: node)
        document.setEmptyObject(node)
        document.append(
            document.makeString(EventMeta.bytes("generic")), to: node, key: Key.type)
        let details = document.makeObject()
        let data = document.makeObject()
        while true {
            let member = document.removeNext(after: .none, from: object)
            guard member.exists else { break }
            switch document.keyID(of: member) {
            case Key.posixSignal:
                expectObject(member, "expected legacyposixsignal")
                rename(Key.number, of: member, from: "signal")
                document.append(member, to: details, key: Key.signal)
            case Key.machException:
                expectObject(member, "expected legacymachexception")
                rename(Key.name, of: member, from: "exception_name")
                document.append(member, to: details, key: Key.machException)
            default:
                document.append(member, to: data)
            }
        }
        if document.childCount(of: data) > 0 { document.append(data, to: node, key: Key.data) }
        document.append(details, to: node, key: Key.meta)
    }

    private func expectObject(_ node: JSONNode, _ expectation: StaticString) {
        let kind = document.kind(of: node)
        if kind != .object, kind != .null { meta.reject(node, reason: expectation) }
    }

    private func rename(_ key: JSONKeyID, of object: JSONNode, from old: StaticString) {
        guard document.kind(of: object) == .object else { return }
        let member = document.find(old, in: object)
        if member.exists { document.setKey(member, key) }
    }

    /// `{message, formatted, params}`, or a text that is the formatted message.
    func readLogEntry(_ node: JSONNode, _ rule: FieldRule, _ kind: JSONKind) {
        if kind == .object { return readRecord(node, rule, kind) }
        if document.bool(of: node) == false { return document.setNull(node) }
        if kind != .string { document.turnIntoText(node, writer) }
        let text = document.makeNull()
        document.moveValue(to: text, from: node)
        meta.move(from: node, to: text)
        if document.stringBytes(of: text) == nil { return document.setNull(node) }
        document.setEmptyObject(node)
        document.append(text, to: node, key: Key.formatted)
    }

    /// Measurements: their names in lower case without space around, bad ones removed, in the order of
    /// the names, as the errors must come.
    func tidyMeasurements(_ measurements: JSONNode) {
        document.sortTreeByKey(measurements)
        var isChanged = false
        var previous = JSONNode.none
        var child = document.firstChild(of: measurements)
        while child.exists {
            let following = document.next(after: child)
            let bytes = document.keyBytes(of: child)
            let range = WhiteSpace.trimmed(bytes)
            let isPlain =
                range.count == bytes.count && !bytes.isEmpty
                && bytes.allSatisfy(MeasurementUnits.isNameByte)
                && MeasurementUnits.isLetter(bytes[0])
            if !isPlain {
                let original = String(decoding: bytes, as: UTF8.self)
                let name = String(decoding: bytes[range], as: UTF8.self).lowercased()
                if let problem = MeasurementUnits.problem(name, original) {
                    document.removeNext(after: previous, from: measurements)
                    let data = document.makeObject()
                    document.append(document.makeString(problem), to: data, key: Key.reason)
                    meta.addError(
                        measurements, kind: document.makeString("invalid_data"), data: data)
                    child = following
                    continue
                }
                document.setKey(child, name)
                isChanged = true
            }
            if document.kind(of: child) == .object, !document.find(Key.value, in: child).exists {
                document.append(document.makeNull(), to: child, key: Key.value)
            }
            previous = child
            child = following
        }
        if isChanged { document.removeDuplicateKeys(of: measurements) }
    }

    /// Breakdowns: bad names removed, no space around the others.
    func tidyBreakdowns(_ breakdowns: JSONNode) {
        document.sortTreeByKey(breakdowns)
        var previous = JSONNode.none
        var child = document.firstChild(of: breakdowns)
        while child.exists {
            let following = document.next(after: child)
            let bytes = document.keyBytes(of: child)
            let name = String(
                decoding: UnsafeRawBufferPointer(rebasing: bytes[WhiteSpace.trimmed(bytes)]),
                as: UTF8.self)
            if !BreakdownRule.isName(name) {
                let original = document.key(of: child)
                document.removeNext(after: previous, from: breakdowns)
                let data = document.makeObject()
                let reason = "breakdown name '\(original)' can contain only characters a-z0-9._"
                document.append(document.makeString(reason), to: data, key: Key.reason)
                meta.addError(breakdowns, kind: document.makeString("invalid_data"), data: data)
            } else {
                if name.utf8.count != bytes.count { document.setKey(child, name) }
                previous = child
            }
            child = following
        }
        document.removeDuplicateKeys(of: breakdowns)
    }

    /// A context's record depends on its `type`, or on its key; `type` is always set.
    func readContext(_ node: JSONNode, _ kind: JSONKind) {
        guard kind == .object else { return meta.reject(node, reason: "expected an object") }
        let type = document.find(Key.type, in: node)
        if document.kind(of: type) != .string {
            document.removeChildren(of: node) { document.keyID(of: $0) == Key.type }
            let name = document.makeString(document.keyBytes(of: node))
            document.append(name, to: node, key: Key.type)
        }
        readRefined(node, kind, contextAllowsType: true)
    }

    func readDebugImage(_ node: JSONNode, _ kind: JSONKind) {
        guard kind == .object else { return meta.reject(node, reason: "expected an object") }
        readRefined(node, kind, contextAllowsType: false)
    }

    private func readRefined(_ node: JSONNode, _ kind: JSONKind, contextAllowsType: Bool) {
        let field = schema.refine(
            contextAllowsType ? schema.contextField : schema.imageField, node, in: document)
        let rule = schema[field]
        guard rule.kind == .record else { return }
        // `type` selects the record and belongs to none of them.
        let type = document.find(Key.type, in: node)
        document.remove(type, from: node)
        readRecord(node, rule, kind)
        document.append(type, to: node, key: Key.type)
    }
}
