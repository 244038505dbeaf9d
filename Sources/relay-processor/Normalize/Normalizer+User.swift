import JSON

/// The user: unknown attributes move to `data`, `sentry_user` names the best identifier.
extension Normalizer {
    func normalizeUser() {
        let user = find(Key.user, in: event)
        guard kind(user) == .object else { return }
        moveUnknownUserAttributes(user)
        for key in [Key.id, Key.username, Key.email, Key.ipAddress] {
            guard let bytes = text(find(key, in: user)) else { continue }
            let prefix: StaticString =
                key == Key.id ? "id:" : key == Key.username ? "username:" : "email:"
            let name = key == Key.ipAddress ? "ip:" : prefix
            let node = entry(Key.sentryUser, in: user)
            document.setString(node, byteCountMax: bytes.count + name.utf8CodeUnitCount) {
                $0.copyMemory(from: EventMeta.bytes(name))
                UnsafeMutableRawBufferPointer(rebasing: $0[name.utf8CodeUnitCount...])
                    .copyMemory(from: bytes)
                return bytes.count + name.utf8CodeUnitCount
            }
            return
        }
        // What the sender says does not count.
        let node = find(Key.sentryUser, in: user)
        if node.exists { document.setNull(node) }
    }

    private func moveUnknownUserAttributes(_ user: JSONNode) {
        let record = schema[schema.child(of: schema.root, key: Key.user)].record
        var data = JSONNode.none
        var previous = JSONNode.none
        var child = document.firstChild(of: user)
        while child.exists {
            let following = document.next(after: child)
            if schema.declares(record, document.keyID(of: child)) {
                previous = child
            } else {
                if !data.exists {
                    data = objectEntry(Key.data, in: user)
                    if previous == .none, document.firstChild(of: user) == data { previous = data }
                }
                document.removeNext(after: previous, from: user)
                document.append(child, to: data)
            }
            child = following
        }
        document.removeDuplicateKeys(of: data)
    }
}
