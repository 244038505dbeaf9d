import JSON

/// Makes an event of a browser's security report as it came.
///
/// Browsers wrap a report in one member that names its kind; its fields are hyphenated there and
/// underscored in events.
struct RawReport {
    private let document: JSONDocument

    init(_ document: JSONDocument) {
        self.document = document
    }

    /// Makes `root` an event around the report; false if it is no report of a known kind.
    func becomeEvent(_ root: JSONNode, _ request: FilterRequest) -> Bool {
        let wrappers: [(StaticString, String)] = [
            ("csp-report", "csp"), ("expect-ct-report", "expectct"),
            ("expect-staple-report", "expectstaple"),
        ]
        var isReport = document.find("known-pins", in: root).exists
        for (wrapper, member) in wrappers {
            let report = document.find(wrapper, in: root)
            guard document.kind(of: report) == .object else { continue }
            _ = document.remove(report, from: root)
            for child in document.children(of: report) {
                let key = document.key(of: child)
                guard key.utf8.contains(0x2D) else { continue }
                document.setKey(
                    child,
                    String(decoding: key.utf8.map { $0 == 0x2D ? 0x5F : $0 }, as: UTF8.self))
            }
            document.setEmptyObject(root)
            document.append(report, to: root, key: member)
            isReport = true
            break
        }
        guard isReport else { return false }
        if let release = request.release {
            document.append(document.makeString(release), to: root, key: "release")
        }
        if let environment = request.environment {
            document.append(document.makeString(environment), to: root, key: "environment")
        }
        return true
    }
}
