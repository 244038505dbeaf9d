import JSON

/// Copies the errors in `_meta` to the event's `errors` list, in the order of the protocol.
struct EventErrors {
    let document: JSONDocument
    let meta: EventMeta
    let schema: Schema

    func append(to event: JSONNode) {
        guard !meta.isEmpty else { return }
        let list = document.makeArray()
        var path: [JSONNode] = []
        var positions: [Int] = []
        collect(event, &path, &positions, list)
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

    /// `positions[i]` is the index of `path[i]` in its list, -1 in objects.
    private func collect(
        _ node: JSONNode, _ path: inout [JSONNode], _ positions: inout [Int], _ list: JSONNode
    ) {
        guard path.count <= document.limits.depthMax else { return }
        let index = meta.recordIndex(node)
        if index != 0 {
            var number = meta.records[index].firstProblem
            while number != 0 {
                let problem = meta.problems[Int(number)]
                document.append(
                    errorNode(problem, meta.records[index], path, positions), to: list)
                number = problem.next
            }
        }
        let kind = document.kind(of: node)
        guard kind == .object || kind == .array else { return }
        var position = 0
        for child in document.children(of: node) {
            if path.isEmpty, document.keyID(of: child) == Key.errors { continue }
            path.append(child)
            positions.append(kind == .array ? position : -1)
            collect(child, &path, &positions, list)
            path.removeLast()
            positions.removeLast()
            position += 1
        }
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
            document.append(document.copy(record.originalValue), to: node, key: Key.value)
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
