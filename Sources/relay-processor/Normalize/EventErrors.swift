import JSON

/// Copies the errors in `_meta` to the event's `errors` list, in the order of the protocol.
struct EventErrors {
    let document: JSONDocument
    let meta: EventMeta
    let schema: Schema

    func append(to event: JSONNode) {
        guard meta.hasAnyErrors else { return }
        var branches: Set<UInt32> = []
        guard findBranches(event, &branches, depth: 0) else { return }
        let list = document.makeArray()
        var path: [JSONNode] = []
        var positions: [Int] = []
        collect(event, schema.root, &path, &positions, list, branches)
        guard document.childCount(of: list) > 0 else { return }
        let errors = document.find(Key.errors, in: event)
        if document.kind(of: errors) == .array {
            while true {
                let item = document.removeNext(after: .none, from: list)
                guard item.exists else { return }
                document.append(item, to: errors)
            }
        }
        if errors.exists {
            document.moveValue(to: errors, from: list)
        } else {
            document.append(list, to: event, key: Key.errors)
        }
    }

    /// Notes the lists and objects with an error in or on them: most of an event has none, and need
    /// not be brought into order. Whether the node is one of them or has errors itself.
    private func findBranches(
        _ node: JSONNode, _ branches: inout Set<UInt32>, depth: Int
    ) -> Bool {
        var hasErrors = document.annotation(of: node) != 0 && meta.hasErrors(node)
        let kind = document.kind(of: node)
        guard kind == .object || kind == .array, depth < document.limits.depthMax else {
            return hasErrors
        }
        var child = document.firstChild(of: node)
        while child.exists {
            if findBranches(child, &branches, depth: depth + 1) { hasErrors = true }
            child = document.next(after: child)
        }
        if hasErrors { branches.insert(node.index) }
        return hasErrors
    }

    /// `positions[i]` is the index of `path[i]` in its list, -1 in objects.
    private func collect(
        _ node: JSONNode, _ field: FieldID, _ path: inout [JSONNode], _ positions: inout [Int],
        _ list: JSONNode, _ branches: Set<UInt32>
    ) {
        guard path.count <= document.limits.depthMax else { return }
        addErrors(of: node, path, positions, list)
        let kind = document.kind(of: node)
        guard kind == .object || kind == .array, branches.contains(node.index) else { return }
        // The reference does not look into what it counts for itself.
        if path.count == 1, document.keyID(of: node) == Key.underscoreMetrics { return }
        let refined = schema.refine(field, node, in: document)
        if kind == .array {
            var position = 0
            for child in document.children(of: node) {
                if matters(child, branches) {
                    visit(
                        child, schema.element(of: refined), position, &path, &positions, list,
                        branches)
                }
                position += 1
            }
            return
        }
        for child in ordered(node, schema[refined], branches) {
            let inner = schema.child(of: refined, key: document.keyID(of: child))
            visit(child, inner, -1, &path, &positions, list, branches)
        }
    }

    private func visit(
        _ child: JSONNode, _ field: FieldID, _ position: Int, _ path: inout [JSONNode],
        _ positions: inout [Int], _ list: JSONNode, _ branches: Set<UInt32>
    ) {
        path.append(child)
        positions.append(position)
        collect(child, field, &path, &positions, list, branches)
        path.removeLast()
        positions.removeLast()
    }

    private func matters(_ node: JSONNode, _ branches: Set<UInt32>) -> Bool {
        document.annotation(of: node) != 0 || branches.contains(node.index)
    }

    /// The members that matter: declared fields in their order, then the others by key.
    private func ordered(
        _ node: JSONNode, _ rule: FieldRule, _ branches: Set<UInt32>
    ) -> [JSONNode] {
        var members: [(rank: Int, node: JSONNode)] = []
        let isRecord = rule.kind == .record || rule.kind == .mechanism || rule.kind == .logEntry
        for child in document.children(of: node) where matters(child, branches) {
            let key = document.keyID(of: child)
            let rank =
                isRecord && key != .unknown
                ? schema.records[Int(rule.record)].fields.firstIndex { $0.key == key } : nil
            members.append((rank ?? Int.max, child))
        }
        members.sort {
            $0.rank != $1.rank
                ? $0.rank < $1.rank
                : ByteText.compare(document.keyBytes(of: $0.node), document.keyBytes(of: $1.node))
                    < 0
        }
        return members.map(\.node)
    }

    private func addErrors(
        of node: JSONNode, _ path: [JSONNode], _ positions: [Int], _ list: JSONNode
    ) {
        let index = meta.recordIndex(node)
        guard index != 0 else { return }
        for _ in 0..<(isReportedTwice(path) ? 2 : 1) {
            var number = meta.records[index].firstProblem
            while number != 0 {
                let problem = meta.problems[Int(number)]
                document.append(
                    errorNode(problem, meta.records[index], path, positions), to: list)
                number = problem.next
            }
        }
    }

    /// The reference wraps these values once more and reports their errors for each layer.
    private func isReportedTwice(_ path: [JSONNode]) -> Bool {
        guard let last = path.last else { return false }
        let depth = path.count
        let first = document.keyID(of: path[0])
        if document.kind(of: last) == .null { return depth == 1 && isAlwaysWrapped(last) }
        if depth == 2 && first == Key.breakdowns || depth == 4 && first == Key.request {
            return true
        }
        switch document.keyID(of: last) {
        case Key.contexts, Key.tags, Key.breakdowns: return depth == 1
        case Key.measurements: return depth == 1 || depth == 3 && first == Key.spans
        case Key.ipAddress: return depth == 2 && first == Key.user
        case Key.cookies:
            return depth == 2 && first == Key.request || depth == 3 && first == Key.contexts
        case Key.traceID:
            return path.count == 3 && document.keyID(of: path[0]) == Key.contexts
        default: return false
        }
    }

    private func isAlwaysWrapped(_ node: JSONNode) -> Bool {
        document.keyID(of: node) == Key.contexts || document.keyID(of: node) == Key.tags
    }

    private func errorNode(
        _ problem: EventMeta.Problem, _ record: EventMeta.Record, _ path: [JSONNode],
        _ positions: [Int]
    ) -> JSONNode {
        let node = document.makeObject()
        document.append(document.copy(problem.kind), to: node, key: Key.type)
        var name = ""
        for index in path.indices {
            if index > 0 { name += "." }
            name += positions[index] < 0 ? document.key(of: path[index]) : String(positions[index])
        }
        document.append(document.makeString(name), to: node, key: Key.name)
        if record.originalValue.exists {
            let value = document.copy(record.originalValue)
            meta.copyRecords(from: record.originalValue, to: value)
            document.append(value, to: node, key: Key.value)
        }
        for detail in document.children(of: problem.data) {
            let known = document.find(document.keyBytes(of: detail), in: node)
            let copy = document.copy(detail)
            if known.exists {
                document.moveValue(to: known, from: copy)
            } else {
                document.append(copy, to: node)
            }
        }
        return node
    }
}
