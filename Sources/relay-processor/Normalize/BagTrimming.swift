import JSON

/// Cuts one bag: members in the order of their keys until the bytes are used up; what is nested
/// too deep becomes JSON text or goes. A bag may hold bags of its own; bytes count for all of them.
///
/// The rules are those of the reference, which looks at one value after the other: a value costs
/// its own bytes and one more, lists and objects two and one more, keys nothing, and a declared
/// field that is missing one.
struct BagTrimming {
    private struct Bag {
        var remaining: Int
        /// Depth at which nothing is left.
        var depthEnd: Int
    }

    let trimming: Trimming
    private var bags: [Bag] = []
    private let writer = JSONWriter()

    init(trimming: Trimming) {
        self.trimming = trimming
    }

    private var document: JSONDocument { trimming.document }
    private var schema: Schema { trimming.schema }
    private var remaining: Int { bags.reduce(Int.max) { min($0, $1.remaining) } }

    private func depthLeft(_ depth: Int) -> Int {
        bags.reduce(Int.max) { min($0, $1.depthEnd - depth) }
    }

    private mutating func use(_ bytes: Int) {
        for index in bags.indices { bags[index].remaining = max(bags[index].remaining - bytes, 0) }
    }

    /// Cuts a value of a field that has a bag.
    mutating func run(_ node: JSONNode, _ field: FieldID) {
        visit(node, field, depth: 0)
    }

    private mutating func visit(_ node: JSONNode, _ field: FieldID, depth: Int) {
        let refined = schema.refine(field, node, in: document)
        let rule = schema[refined]
        if rule.bag != .none {
            bags.append(
                Bag(remaining: rule.bag.bytesMax, depthEnd: depth + rule.bag.depthMax))
        }
        if !rule.flags.contains(.untrimmed) {
            if remaining == 0 || depthLeft(depth) <= 0 {
                delete(node)
            } else {
                cut(node, rule, refined, depth: depth)
            }
        }
        if rule.bag != .none { bags.removeLast() }
        use(flatSize(node) + 1)
    }

    private func delete(_ node: JSONNode) {
        guard document.kind(of: node) != .null else { return }
        document.setNull(node)
        trimming.meta.clear(node)
    }

    private mutating func cut(
        _ node: JSONNode, _ rule: FieldRule, _ field: FieldID, depth: Int
    ) {
        switch document.kind(of: node) {
        case .string:
            if rule.charactersMax > 0 {
                trimming.trimText(node, Int(rule.charactersMax), Int(rule.charactersAllowance))
            }
            trimming.trimText(node, remaining, 0)
        case .object, .array: cutContainer(node, rule, field, depth: depth)
        default: return
        }
    }

    private mutating func cutContainer(
        _ node: JSONNode, _ rule: FieldRule, _ field: FieldID, depth: Int
    ) {
        switch rule.kind {
        case .record, .mechanism, .logEntry: cutRecord(node, rule.record, depth: depth)
        case .values:
            cutFields(node, [(Key.values, rule.element)], depth: depth)
            let others = sortedMembers(of: node).filter { document.keyID(of: $0) != Key.values }
            for member in others { visit(member, schema.freeForm(.no), depth: depth + 1) }
        case .headers, .cookies, .query: cutPairs(node)
        case _ where field == schema.otherContext:
            for member in sortedMembers(of: node) {
                visit(member, schema.freeForm(.yes), depth: depth + 1)
            }
        case .array, .object, .frameVars:
            if depthLeft(depth) <= 1, document.childCount(of: node) > 0 { return delete(node) }
            cutMembers(node, rule.element, depth: depth)
        default: cutFreeForm(node, field, depth: depth)
        }
    }

    private mutating func cutFreeForm(_ node: JSONNode, _ field: FieldID, depth: Int) {
        if depthLeft(depth) <= 1 {
            document.turnIntoText(node, writer)
            return trimming.trimText(node, remaining, 0)
        }
        cutMembers(node, schema.freeForm(schema[field].pii), depth: depth)
    }

    /// Fields in their order, then the other members by key; those without room become null.
    private mutating func cutRecord(_ node: JSONNode, _ number: UInt16, depth: Int) {
        let record = schema.records[Int(number)]
        if record.name == "SpanData" {
            // Its members count, but stay as they are.
            for child in document.children(of: node) { use(flatSize(child) + 1) }
            return
        }
        cutFields(node, record.fields, depth: depth)
        let others = sortedMembers(of: node).filter {
            let key = document.keyID(of: $0)
            // The type of a context stays: it selects the record.
            return key != Key.type && schema.field(row: record.row, key) == .none
        }
        for member in others {
            if record.name == "SpanLink" {
                use(flatSize(member) + 1)
            } else {
                visit(member, schema.freeForm(.no), depth: depth + 1)
            }
        }
    }

    private mutating func cutFields(
        _ node: JSONNode, _ fields: [(key: JSONKeyID, field: FieldID)], depth: Int
    ) {
        for (key, field) in fields {
            let child = document.find(key, in: node)
            if child.exists {
                visit(child, field, depth: depth + 1)
            } else {
                use(1)
            }
        }
    }

    /// Pairs that have no room left become null.
    private mutating func cutPairs(_ node: JSONNode) {
        for pair in document.children(of: node) {
            if remaining == 0 {
                delete(pair)
            } else {
                for part in document.children(of: pair) {
                    if remaining == 0 {
                        delete(part)
                    } else if document.kind(of: part) == .string {
                        trimming.trimText(part, remaining, 0)
                    }
                    use(flatSize(part) + 1)
                }
            }
            use(flatSize(pair) + 1)
        }
    }

    /// Members that have no room left go.
    private mutating func cutMembers(_ node: JSONNode, _ field: FieldID, depth: Int) {
        document.removeDuplicateKeys(of: node)
        let count = document.childCount(of: node)
        let members =
            document.kind(of: node) == .object
            ? sortedMembers(of: node) : Array(document.children(of: node))
        var kept = 0
        for member in members {
            if remaining == 0 { break }
            visit(member, field, depth: depth + 1)
            kept += 1
        }
        guard kept < count else { return }
        let dropped = Set(members[kept...])
        document.removeChildren(of: node) { dropped.contains($0) }
        trimming.meta.setOriginalLength(node, count)
    }

    private func sortedMembers(of node: JSONNode) -> [JSONNode] {
        var members = Array(document.children(of: node))
        members.sort {
            ByteText.compare(document.keyBytes(of: $0), document.keyBytes(of: $1)) < 0
        }
        return members
    }

    /// Bytes of a value without what is in it.
    private func flatSize(_ node: JSONNode) -> Int {
        switch document.kind(of: node) {
        case .object, .array: 2
        case .null: 0
        default: document.serializedByteCount(of: node, escaped: false)
        }
    }
}

extension Trimming {
    /// Whether a bag need not be cut: it is neither too large nor too deep.
    func fits(_ node: JSONNode, _ rule: FieldRule) -> Bool {
        var bytes = rule.bag.bytesMax
        if rule.kind == .record {
            // Each declared field costs a byte, those of the records inside as well.
            bytes -= 64 + 8 * document.childCount(of: node)
        }
        return take(node, &bytes, rule.bag.depthMax)
    }

    /// Takes the bytes of a value off; whether some are left and it is not too deep.
    private func take(_ node: JSONNode, _ bytes: inout Int, _ depthLeft: Int) -> Bool {
        switch document.kind(of: node) {
        case .object, .array:
            guard depthLeft > 1 else { return false }
            bytes -= 3
            var child = document.firstChild(of: node)
            while child.exists {
                guard take(child, &bytes, depthLeft - 1) else { return false }
                child = document.next(after: child)
            }
        case .null, .missing: bytes -= 1
        default: bytes -= document.serializedByteCount(of: node, escaped: false) + 1
        }
        return bytes > 0
    }
}
