import JSON

/// Tags: the environment moves to its field, reserved names go, repeated keys go, texts must be
/// usable; server name and site become tags.
extension Normalizer {
    func normalizeTags() {
        let tags = find(Key.tags, in: event)
        if kind(tags) == .array {
            moveEnvironment(from: tags)
            tidyTags(tags)
        }
        moveToTag(Key.serverName)
        moveToTag(Key.site)
    }

    /// Keys and values of the right characters; others become null before repeated keys go.
    func checkTags() {
        for pair in document.children(of: find(Key.tags, in: event)) where kind(pair) == .array {
            let name = document.firstChild(of: pair)
            if let bytes = text(name),
                let scalar = NameRules.firstOther(
                    bytes, isAllowed: NameRules.isTagKeyCharacter)
            {
                reject(name, invalidCharacter: scalar)
            }
            let value = document.next(after: name)
            if text(value)?.contains(0x0A) == true { reject(value, invalidCharacter: "\n") }
        }
    }

    private func tidyTags(_ tags: JSONNode) {
        var names = Set<String>()
        var hasUnnamed = false
        var previous = JSONNode.none
        var pair = document.firstChild(of: tags)
        while pair.exists {
            let following = document.next(after: pair)
            if isDropped(pair) || isRepeated(pair, &names, &hasUnnamed) {
                document.removeNext(after: previous, from: tags)
            } else {
                checkTag(pair)
                previous = pair
            }
            pair = following
        }
    }

    /// Old SDKs send the environment as a tag. Only the first such tag goes.
    private func moveEnvironment(from tags: JSONNode) {
        let field = find(Key.environment, in: event)
        if text(field)?.isEmpty == true { document.remove(field, from: event) }
        let pair = removeElement(ofKey: "environment", from: tags)
        let value = document.child(of: pair, at: 1)
        guard value.exists else { return }
        let environment = entry(Key.environment, in: event)
        if !has(environment) { document.moveValue(to: environment, from: value) }
    }

    private func isDropped(_ pair: JSONNode) -> Bool {
        let name = document.firstChild(of: pair)
        guard let bytes = text(name), bytes.count <= 8 else { return false }
        for reserved: StaticString in ["release", "dist", "user", "filename", "function"]
        where isText(name, reserved) {
            return true
        }
        return false
    }

    /// Whether an earlier tag has the same key.
    private func isRepeated(
        _ pair: JSONNode, _ names: inout Set<String>, _ hasUnnamed: inout Bool
    ) -> Bool {
        guard kind(pair) == .array else { return false }
        if let name = document.string(of: document.firstChild(of: pair)) {
            return !names.insert(name).inserted
        }
        defer { hasUnnamed = true }
        return hasUnnamed
    }

    private func checkTag(_ pair: JSONNode) {
        guard kind(pair) == .array else { return }
        let name = document.firstChild(of: pair)
        let value = document.next(after: name)
        if let bytes = text(name) {
            if bytes.isEmpty { rejectEmpty(name) }
        }
        if let bytes = text(value) {
            if bytes.isEmpty { rejectEmpty(value) }
        }
    }

    private func rejectEmpty(_ node: JSONNode) {
        document.setNull(node)
        reject(node, "expected a non-empty value")
    }

    /// The text of a top-level field becomes the tag of that name.
    private func moveToTag(_ key: JSONKeyID) {
        let field = find(key, in: event)
        guard field.exists else { return }
        guard text(field) != nil else {
            document.remove(field, from: event)
            return
        }
        let tags = entry(Key.tags, in: event)
        if kind(tags) == .null { document.setEmptyArray(tags) }
        guard kind(tags) == .array else { return }
        let value = document.makeNull()
        document.moveValue(to: value, from: field)
        meta.move(from: field, to: value)
        setPair(document.keyBytes(of: field), value, in: tags)
    }
}
