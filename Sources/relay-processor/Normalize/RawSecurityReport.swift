import JSON

/// Turns the body of a browser's security report into an event.
///
/// Browsers wrap a report in one member that names its kind; its fields are hyphenated there and
/// underscored in the event protocol. HPKP reports come without a wrapper (RFC 7469 §3).
struct RawSecurityReport {
    private let document: JSONDocument

    init(_ document: JSONDocument) {
        self.document = document
    }

    /// Wrapper in the report, member in the event.
    private static let kinds: [(wrapper: StaticString, member: String)] = [
        ("csp-report", "csp"),
        ("expect-ct-report", "expectct"),
        ("expect-staple-report", "expectstaple"),
    ]

    /// Makes `root` an event around the report; false if it is no report of a known kind.
    ///
    /// - Parameter attributes: JSON object of the query's `release` and `environment`, or empty.
    func becomeEvent(_ root: JSONNode, _ attributes: UnsafeRawBufferPointer) -> Bool {
        guard let (report, member) = detachReport(root) else { return false }
        underscoreKeys(of: report)
        document.setEmptyObject(root)
        document.append(report, to: root, key: member)
        if !attributes.isEmpty, let values = try? JSONValue(parsing: Array(attributes)) {
            for key in ["release", "environment"] {
                guard let text = values[key]?.stringValue else { continue }
                document.append(document.makeString(text), to: root, key: key)
            }
        }
        return true
    }

    private func detachReport(_ root: JSONNode) -> (report: JSONNode, member: String)? {
        for (wrapper, member) in Self.kinds {
            let report = document.find(wrapper, in: root)
            guard document.kind(of: report) == .object else { continue }
            _ = document.remove(report, from: root)
            return (report, member)
        }
        guard document.find("known-pins", in: root).exists else { return nil }
        let report = document.makeNull()
        document.moveValue(to: report, from: root)
        return (report, "hpkp")
    }

    private func underscoreKeys(of report: JSONNode) {
        for child in document.children(of: report) {
            let key = document.key(of: child)
            guard key.utf8.contains(UInt8(ascii: "-")) else { continue }
            document.setKey(
                child,
                String(decoding: key.utf8.map { $0 == 0x2D ? 0x5F : $0 }, as: UTF8.self))
        }
    }
}

extension JSONDocument {
    /// The child with a key, added as null if missing.
    func entry(_ key: String, in object: JSONNode) -> JSONNode {
        let found = find(key: key, in: object)
        if found.exists { return found }
        let node = makeNull()
        append(node, to: object, key: key)
        return node
    }
}
