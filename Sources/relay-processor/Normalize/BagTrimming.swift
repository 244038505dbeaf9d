import JSON

/// Cuts one bag: members in the order of their keys until the bytes are used up; what is nested
/// too deep becomes JSON text. A bag may hold bags of its own; bytes count for both.
struct BagTrimming {
    let trimming: Trimming
    /// Bytes left in the bag, and in the bag inside it that is being cut.
    var outerRemaining: Int
    var innerRemaining = Int.max
    let writer = JSONWriter()

    init(trimming: Trimming, bag: BagSize) {
        self.trimming = trimming
        outerRemaining = bag.bytesMax
    }

    private var document: JSONDocument { trimming.document }
    private var remaining: Int { min(outerRemaining, innerRemaining) }

    private mutating func use(_ bytes: Int) {
        outerRemaining = max(outerRemaining - bytes, 0)
        if innerRemaining != Int.max { innerRemaining = max(innerRemaining - bytes, 0) }
    }

    mutating func run(_ node: JSONNode, _ field: FieldID, depthMax: Int) {
        let rule = trimming.schema[field]
        let inner = trimming.schema[rule.element]
        if rule.kind == .object, inner.kind == .value, inner.bag != .none {
            cutMembers(node, depthLeft: depthMax, nested: inner.bag)
            return
        }
        cut(node, field, depthLeft: depthMax)
    }

    /// Cuts a value of a declared field.
    private mutating func cut(_ node: JSONNode, _ field: FieldID, depthLeft: Int) {
        let refined = trimming.schema.refine(field, node, in: document)
        let rule = trimming.schema[refined]
        guard depthLeft > 1 else { return cut(node, depthLeft: depthLeft) }
        switch rule.kind {
        case .record where document.kind(of: node) == .object:
            cutRecord(node, rule.record, depthLeft: depthLeft)
        case .headers, .cookies, .query: cutPairs(node)
        case _ where refined == trimming.schema.otherContext: cutOther(node, depthLeft: depthLeft)
        default: cut(node, depthLeft: depthLeft)
        }
    }

    /// Fields in their order, then the other members by key. A field that is missing counts too;
    /// those that have no room left become null.
    private mutating func cutRecord(_ node: JSONNode, _ number: UInt16, depthLeft: Int) {
        let record = trimming.schema.records[Int(number)]
        for (key, field) in record.fields {
            let child = document.find(key, in: node)
            guard isRoomLeft(for: child) else { continue }
            let bag = trimming.schema[field].bag
            if bag != .none { innerRemaining = min(innerRemaining, bag.bytesMax) }
            cut(child, field, depthLeft: min(depthLeft - 1, bag == .none ? .max : bag.depthMax))
            if bag != .none { innerRemaining = Int.max }
            use(flatSize(child) + 1)
        }
        let others = sortedMembers(of: node).filter {
            let key = document.keyID(of: $0)
            // The type of a context stays: it selects the record.
            return key != Key.type && trimming.schema.field(row: record.row, key) == .none
        }
        cutSoftly(others, depthLeft: depthLeft)
    }

    private mutating func cutOther(_ node: JSONNode, depthLeft: Int) {
        cutSoftly(sortedMembers(of: node), depthLeft: depthLeft)
    }

    private mutating func cutSoftly(_ members: [JSONNode], depthLeft: Int) {
        for member in members where isRoomLeft(for: member) {
            cut(member, depthLeft: depthLeft - 1)
            use(flatSize(member) + 1)
        }
    }

    /// Pairs that have no room left become null.
    private mutating func cutPairs(_ node: JSONNode) {
        for pair in document.children(of: node) where isRoomLeft(for: pair) {
            for part in document.children(of: pair) where isRoomLeft(for: part) {
                cut(part, depthLeft: 1)
                use(flatSize(part) + 1)
            }
            use(3)
        }
    }

    /// Whether a value can be cut: it is there, and there is room; otherwise it becomes null.
    private mutating func isRoomLeft(for node: JSONNode) -> Bool {
        if node.exists, document.kind(of: node) != .null {
            if remaining > 0 { return true }
            document.setNull(node)
            trimming.meta.clear(node)
        }
        use(1)
        return false
    }

    private func sortedMembers(of node: JSONNode) -> [JSONNode] {
        var members: [JSONNode] = []
        members.reserveCapacity(document.childCount(of: node))
        for child in document.children(of: node) { members.append(child) }
        members.sort {
            ByteText.compare(document.keyBytes(of: $0), document.keyBytes(of: $1)) < 0
        }
        return members
    }

    private mutating func cut(_ node: JSONNode, depthLeft: Int) {
        switch document.kind(of: node) {
        case .string: trimming.trimToBytes(node, remaining)
        case .object, .array:
            if depthLeft <= 1 {
                stringify(node)
                trimming.trimToBytes(node, remaining)
            } else {
                cutMembers(node, depthLeft: depthLeft, nested: nil)
            }
        default: return
        }
    }

    private func stringify(_ node: JSONNode) {
        document.sortKeys(of: node)
        writer.reset()
        do throws(JSONError) {
            try writer.write(node, from: document, options: .normalizedNumbers)
            document.setString(node, writer.bytes)
        } catch {
            document.setNull(node)
        }
    }

    /// `nested`: size of members that are bags of their own.
    private mutating func cutMembers(_ node: JSONNode, depthLeft: Int, nested: BagSize?) {
        let count = document.childCount(of: node)
        var members: [JSONNode] = []
        members.reserveCapacity(count)
        for child in document.children(of: node) { members.append(child) }
        if document.kind(of: node) == .object {
            members.sort {
                ByteText.compare(document.keyBytes(of: $0), document.keyBytes(of: $1)) < 0
            }
        }
        var kept = 0
        for member in members {
            if remaining == 0 { break }
            if let nested {
                innerRemaining = nested.bytesMax
                cut(member, depthLeft: min(depthLeft - 1, nested.depthMax))
                innerRemaining = Int.max
            } else {
                cut(member, depthLeft: depthLeft - 1)
            }
            kept += 1
            use(flatSize(member) + 1)
        }
        guard kept < count else { return }
        let dropped = Set(members[kept...])
        document.removeChildren(of: node) { dropped.contains($0) }
        trimming.meta.setOriginalLength(node, count)
    }

    private func flatSize(_ node: JSONNode) -> Int {
        switch document.kind(of: node) {
        case .object, .array: 2
        default: document.serializedByteCount(of: node, escaped: false)
        }
    }
}
