import JSON

/// Reading the `_meta` that an event brings along (from a relay before us).
extension EventMeta {
    /// Takes `_meta` out of the event and gives its records to the values they describe. Parts
    /// that do not fit the event or the format are ignored.
    public func read(from event: JSONNode) {
        let meta = document.find(Key.underscoreMeta, in: event)
        guard meta.exists else { return }
        document.removeChildren(of: event) { document.keyID(of: $0) == Key.underscoreMeta }
        attach(meta, to: event, depth: 0)
    }

    private func isRecord(_ node: JSONNode) -> Bool {
        if document.kind(of: node) == .null { return true }
        guard document.kind(of: node) == .object else { return false }
        for key in [Key.rem, Key.err] {
            let kind = document.kind(of: document.find(key, in: node))
            guard kind == .array || kind == .null || kind == .missing else { return false }
        }
        for remark in document.children(of: document.find(Key.rem, in: node)) {
            guard isRemark(remark) else { return false }
        }
        for error in document.children(of: document.find(Key.err, in: node)) {
            let kind = document.kind(of: error)
            guard kind == .string || kind == .array else { return false }
        }
        let length = document.find(Key.len, in: node)
        let kind = document.kind(of: length)
        return kind == .missing || kind == .null
            || document.uint64(of: length) ?? .max <= UInt64(UInt32.max)
    }

    private func isRemark(_ node: JSONNode) -> Bool {
        let rule = document.child(of: node, at: 0)
        let type = document.child(of: node, at: 1)
        guard document.kind(of: rule) == .string,
            let text = document.stringBytes(of: type), text.count == 1
        else { return false }
        for position in 2..<4 {
            let bound = document.child(of: node, at: position)
            let kind = document.kind(of: bound)
            guard kind == .missing || document.uint64(of: bound) != nil else { return false }
        }
        return RemarkType(rawValue: text[0]) != nil
    }

    private func attach(_ tree: JSONNode, to node: JSONNode, depth: Int) {
        guard depth < document.limits.depthMax else { return }
        let kind = document.kind(of: node)
        // Positions and keys are looked up in tables where there are many.
        var elements: [JSONNode] = []
        var members: [String: JSONNode] = [:]
        document.removeDuplicateKeys(of: tree)
        let isLarge = document.childCount(of: tree) > 16
        if kind == .array {
            elements = Array(document.children(of: node))
        } else if kind == .object, isLarge {
            for member in document.children(of: node) { members[document.key(of: member)] = member }
        }
        for child in document.children(of: tree) {
            let key = document.keyBytes(of: child)
            if key.isEmpty {
                readRecord(child, of: node)
            } else if kind == .object {
                let target =
                    isLarge
                    ? members[document.key(of: child)] ?? .none : document.find(key, in: node)
                if target.exists { attach(child, to: target, depth: depth + 1) }
            } else if kind == .array, let position = JSONNumber.uint64(key),
                position < elements.count
            {
                attach(child, to: elements[Int(position)], depth: depth + 1)
            }
        }
    }

    private func readRecord(_ source: JSONNode, of node: JSONNode) {
        guard document.kind(of: source) == .object, isRecord(source) else { return }
        for remark in document.children(of: document.find(Key.rem, in: source)) {
            readRemark(remark, of: node)
        }
        for error in document.children(of: document.find(Key.err, in: source)) {
            readError(error, of: node)
        }
        if let length = document.uint64(of: document.find(Key.len, in: source)) {
            setOriginalLength(node, Int(clamping: length))
        }
        let original = document.find(Key.val, in: source)
        if original.exists, document.kind(of: original) != .null {
            document.remove(original, from: source)
            if let index = record(for: node) { records[index].originalValue = original }
        }
    }

    private func readRemark(_ source: JSONNode, of node: JSONNode) {
        let rule = document.child(of: source, at: 0)
        guard let text = document.stringBytes(of: document.child(of: source, at: 1)),
            text.count == 1, let type = RemarkType(rawValue: text[0])
        else { return }
        var range: Range<Int>?
        if let start = document.uint64(of: document.child(of: source, at: 2)),
            let end = document.uint64(of: document.child(of: source, at: 3)), start <= end,
            end <= UInt64(Int.max)
        {
            range = Int(start)..<Int(end)
        }
        addRemark(node, rule: detachedCopy(rule), type: type, range: range)
    }

    private func readError(_ source: JSONNode, of node: JSONNode) {
        if document.kind(of: source) == .string {
            addError(node, kind: detachedCopy(source), data: .none)
            return
        }
        let kind = document.child(of: source, at: 0)
        let data = document.child(of: source, at: 1)
        guard document.kind(of: kind) == .string else { return }
        addError(
            node, kind: detachedCopy(kind),
            data: document.kind(of: data) == .object ? detachedCopy(data) : .none)
    }

    private func detachedCopy(_ node: JSONNode) -> JSONNode {
        document.copy(node)
    }
}
