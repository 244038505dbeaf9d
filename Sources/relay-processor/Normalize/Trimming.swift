import JSON

/// Cuts what is too large: long texts, deep or large free-form values, long stack traces.
///
/// A free-form field with a bag size is looked at as a whole first; only if it is too large or too
/// deep its members are cut one by one, in the order of their keys.
struct Trimming {
    let document: JSONDocument
    let meta: EventMeta
    let schema: Schema

    /// Frames kept of a stack trace: the oldest and the newest.
    private static let oldFramesMax = 50
    private static let recentFramesMax = 200
    /// Frames that keep their variables and source context.
    private static let fullFramesMax = 50

    func trim(_ event: JSONNode) {
        trim(event, schema.root)
    }

    private func trim(_ node: JSONNode, _ field: FieldID) {
        let kind = document.kind(of: node)
        guard kind == .object || kind == .array || kind == .string else { return }
        let refined = schema.refine(field, node, in: document)
        let rule = schema[refined]
        if rule.bag != .none, !fits(node, rule) {
            var bag = BagTrimming(trimming: self)
            return bag.run(node, refined)
        }
        if kind == .string {
            if rule.charactersMax > 0 {
                trimText(node, Int(rule.charactersMax), Int(rule.charactersAllowance))
            }
            return
        }
        switch rule.kind {
        case .record, .mechanism, .logEntry:
            let record = schema.head(rule.record)
            if record.isStacktrace { limitFrames(document.find(Key.frames, in: node)) }
            trimRecord(node, record.row)
            if record.isStacktrace {
                slimFrames(document.find(Key.frames, in: node))
            }
        case .values:
            let list = document.find(Key.values, in: node)
            if list.exists { trim(list, rule.element) }
        case .tags: trimTags(node)
        case .array, .object, .contexts:
            let element = schema[rule.element]
            guard element.kind != .value || element.bag != .none else { return }
            for child in document.children(of: node) { trim(child, rule.element) }
        default: return
        }
    }

    private func trimRecord(_ node: JSONNode, _ row: Int) {
        var child = document.firstChild(of: node)
        while child.exists {
            let field = schema.field(row: row, document.keyID(of: child))
            if field != .none { trim(child, field) }
            child = document.next(after: child)
        }
    }

    private func trimTags(_ tags: JSONNode) {
        for pair in document.children(of: tags) {
            for text in document.children(of: pair) { trimText(text, 200, 0) }
        }
    }

    // MARK: Texts

    /// Cuts a text to `most` characters, the last three of which become dots.
    func trimText(_ node: JSONNode, _ most: Int, _ allowance: Int) {
        guard let bytes = document.stringBytes(of: node), bytes.count > most + allowance else {
            return
        }
        let count = characterCount(bytes)
        guard count > most + allowance else { return }
        meta.setOriginalLength(node, count)
        let end = byteOffset(bytes, ofCharacter: max(most - 3, 0))
        document.setString(node, byteCountMax: end + 3) { target in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            for index in end..<(end + 3) { target[index] = 0x2E }
            return end + 3
        }
        cutRemarks(node, end)
        meta.addRemark(node, rule: "!limit", type: .substituted, range: end..<(end + 3))
    }

    /// Drops remarks about text that is gone.
    private func cutRemarks(_ node: JSONNode, _ end: Int) {
        var kept: [EventMeta.Remark] = []
        var dropped = false
        meta.forEachRemark(node) {
            if let range = $0.range, range.lowerBound >= end {
                dropped = true
            } else {
                kept.append($0)
            }
        }
        guard dropped else { return }
        meta.clearRemarks(node)
        for remark in kept {
            meta.addRemark(node, rule: remark.rule, type: remark.type, range: remark.range)
        }
    }

    private func characterCount(_ bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    private func byteOffset(_ bytes: UnsafeRawBufferPointer, ofCharacter position: Int) -> Int {
        var count = 0
        for index in 0..<bytes.count where bytes[index] & 0xC0 != 0x80 {
            if count == position { return index }
            count += 1
        }
        return bytes.count
    }

    // MARK: Frames

    private func limitFrames(_ frames: JSONNode) {
        let count = document.childCount(of: frames)
        guard count > Self.oldFramesMax + Self.recentFramesMax else { return }
        meta.setOriginalLength(frames, count)
        var last = document.firstChild(of: frames)
        for _ in 1..<Self.oldFramesMax { last = document.next(after: last) }
        for _ in 0..<(count - Self.oldFramesMax - Self.recentFramesMax) {
            document.removeNext(after: last, from: frames)
        }
    }

    private func slimFrames(_ frames: JSONNode) {
        let count = document.childCount(of: frames)
        guard count > Self.fullFramesMax else { return }
        var own: [JSONNode] = []
        var system: [JSONNode] = []
        for frame in document.children(of: frames) where document.kind(of: frame) == .object {
            if document.bool(of: document.find(Key.inApp, in: frame)) == true {
                own.append(frame)
            } else {
                system.append(frame)
            }
        }
        let last = document.lastChild(of: frames)
        var remaining = count - Self.fullFramesMax
        let systemAllowance = max(Self.fullFramesMax - own.count, 0)
        let half = systemAllowance / 2
        for index in system.indices where index >= half && index < system.count - half {
            slim(system[index], except: last)
            remaining -= 1
        }
        remaining = max(remaining, 0)
        let ownHalf = max(own.count - remaining, 0) / 2
        for index in own.indices where index >= ownHalf && index < own.count - ownHalf {
            slim(own[index], except: last)
        }
    }

    private func slim(_ frame: JSONNode, except last: JSONNode) {
        guard frame != last else { return }
        for child in document.children(of: frame) {
            switch document.keyID(of: child) {
            case Key.vars, Key.preContext, Key.postContext:
                document.setNull(child)
                document.setAnnotation(0, of: child)
            default: continue
            }
        }
    }
}
