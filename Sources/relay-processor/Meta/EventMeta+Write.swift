import JSON

/// Writing the records as the event's `_meta` object.
extension EventMeta {
    /// The event's `_meta`, detached; `.none` if nothing was recorded for values that are in it.
    public func tree(of event: JSONNode) -> JSONNode {
        isEmpty ? .none : tree(of: event, depth: 0)
    }

    /// The tree of a node and what is in it, `.none` if nothing was recorded.
    private func tree(of node: JSONNode, depth: Int) -> JSONNode {
        guard depth <= document.limits.depthMax else { return .none }
        var result = JSONNode.none
        let index = recordIndex(node)
        if index != 0, !records[index].isEmpty {
            result = document.makeObject()
            document.append(recordNode(records[index]), to: result, key: "")
        }
        let kind = document.kind(of: node)
        guard kind == .object || kind == .array else { return result }
        var position = 0
        var isUnique = false
        var child = document.firstChild(of: node)
        while child.exists {
            let branch = tree(of: child, depth: depth + 1)
            if branch.exists {
                if kind == .object, !isUnique {
                    // Of members with the same key the last one counts.
                    isUnique = true
                    let count = document.childCount(of: node)
                    document.removeDuplicateKeys(of: node)
                    if document.childCount(of: node) != count {
                        return tree(of: node, depth: depth)
                    }
                }
                if !result.exists { result = document.makeObject() }
                if kind == .array {
                    document.append(branch, to: result, key: String(position))
                } else if document.keyID(of: child) != .unknown {
                    document.append(branch, to: result, key: document.keyID(of: child))
                } else {
                    document.setKey(branch, document.keyBytes(of: child))
                    document.append(branch, to: result)
                }
            }
            position += 1
            child = document.next(after: child)
        }
        return result
    }

    private func recordNode(_ record: Record) -> JSONNode {
        let node = document.makeObject()
        if record.firstRemark != 0 {
            document.append(remarkList(record.firstRemark), to: node, key: Key.rem)
        }
        if record.firstProblem != 0 {
            document.append(errorList(record.firstProblem), to: node, key: Key.err)
        }
        if record.originalLength != 0 {
            document.append(
                document.makeNumber(UInt64(record.originalLength - 1)), to: node, key: Key.len)
        }
        if record.originalValue.exists {
            document.append(document.copy(record.originalValue), to: node, key: Key.val)
        }
        return node
    }

    private func remarkList(_ first: UInt32) -> JSONNode {
        let list = document.makeArray()
        var number = first
        while number != 0 {
            let remark = remarks[Int(number)]
            let item = document.makeArray()
            document.append(document.copy(remark.rule), to: item)
            let type = document.makeNull()
            document.setString(type, byteCountMax: 1) {
                $0[0] = remark.type.rawValue
                return 1
            }
            document.append(type, to: item)
            if let range = remark.range {
                document.append(document.makeNumber(Int64(range.lowerBound)), to: item)
                document.append(document.makeNumber(Int64(range.upperBound)), to: item)
            }
            document.append(item, to: list)
            number = remark.next
        }
        return list
    }

    private func errorList(_ first: UInt32) -> JSONNode {
        let list = document.makeArray()
        var number = first
        while number != 0 {
            let problem = problems[Int(number)]
            let kind = document.copy(problem.kind)
            if problem.data.exists, document.childCount(of: problem.data) > 0 {
                let item = document.makeArray()
                document.append(kind, to: item)
                document.append(document.copy(problem.data), to: item)
                document.append(item, to: list)
            } else {
                document.append(kind, to: list)
            }
            number = problem.next
        }
        return list
    }
}
