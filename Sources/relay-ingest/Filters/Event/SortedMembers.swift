import JSON

extension JSONDocument {
    /// Orders the members of all objects in the tree by key, which is how a value becomes JSON text
    /// when it stands where a text should; of repeated keys the last one stays.
    func sortMembers(of node: JSONNode, depth: Int = 0) {
        let kind = kind(of: node)
        guard kind == .object || kind == .array, depth < limits.depthMax else { return }
        for child in children(of: node) { sortMembers(of: child, depth: depth + 1) }
        guard kind == .object else { return }
        removeDuplicateKeys(of: node)
        sortByKey(node)
    }
}
