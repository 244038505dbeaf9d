import JSON

extension JSONDocument {
    /// Orders the members of all objects in the tree by key: the reference keeps objects sorted,
    /// which shows where a value becomes JSON text.
    func sortKeys(of node: JSONNode, depth: Int = 0) {
        let kind = kind(of: node)
        guard kind == .object || kind == .array, depth < limits.depthMax else { return }
        if kind == .object { removeDuplicateKeys(of: node) }
        for child in children(of: node) { sortKeys(of: child, depth: depth + 1) }
        guard kind == .object, !isSorted(node) else { return }
        var members: [JSONNode] = []
        members.reserveCapacity(childCount(of: node))
        while true {
            let member = removeNext(after: .none, from: node)
            guard member.exists else { break }
            members.append(member)
        }
        members.sort { ByteText.compare(keyBytes(of: $0), keyBytes(of: $1)) < 0 }
        for member in members { append(member, to: node) }
    }

    private func isSorted(_ node: JSONNode) -> Bool {
        var previous = firstChild(of: node)
        while previous.exists {
            let following = next(after: previous)
            guard following.exists else { return true }
            if ByteText.compare(keyBytes(of: previous), keyBytes(of: following)) > 0 {
                return false
            }
            previous = following
        }
        return true
    }
}
