import JSON

/// Attributes of a transaction's spans under their current names.
extension Normalizer {
    func normalizeAttributes() {
        guard context.normalizeSpans, isTransaction else { return }
        let trace = eventContext(Key.trace, "trace")
        if trace.exists { renameAttributes(of: trace) }
        for span in document.children(of: find(Key.spans, in: event))
        where kind(span) == .object {
            renameAttributes(of: span)
        }
    }

    /// The attribute that is first in the order of the old names gives the value when several have
    /// the same new name.
    private func renameAttributes(of span: JSONNode) {
        let data = find(Key.data, in: span)
        guard kind(data) == .object else { return }
        let conventions = AttributeConventions.standard
        var old: [JSONNode] = []
        for node in document.children(of: data)
        where conventions.replacement(for: document.keyBytes(of: node)) != nil {
            old.append(node)
        }
        if old.count > 1 {
            old.sort {
                ByteText.compare(document.keyBytes(of: $0), document.keyBytes(of: $1)) < 0
            }
        }
        var names = ExistingNames(document, of: data, lookUpCount: old.count)
        for node in old {
            guard let found = conventions.replacement(for: document.keyBytes(of: node)) else {
                continue
            }
            let name = Array(found.replacement.name.utf8) + found.variable
            if !names.contains(name) {
                let copy = document.copy(node)
                meta.copyRecords(from: node, to: copy)
                name.withUnsafeBytes { document.setKey(copy, $0) }
                document.append(copy, to: data)
                names.insert(name)
            }
            if found.replacement.removesOld {
                meta.clear(node)
                document.setNull(node)
                meta.addRemark(node, rule: "attribute.deprecated", type: .removed)
            }
        }
    }
}

/// Which names a span's attributes have. Few are looked up where they are; for many, a set keeps
/// the time linear.
private struct ExistingNames {
    private let document: JSONDocument
    private let data: JSONNode
    private var names: Set<[UInt8]>?

    init(_ document: JSONDocument, of data: JSONNode, lookUpCount: Int) {
        self.document = document
        self.data = data
        guard lookUpCount > 16 else { return }
        names = Set(document.children(of: data).map { Array(document.keyBytes(of: $0)) })
    }

    func contains(_ name: [UInt8]) -> Bool {
        if let names { return names.contains(name) }
        return name.withUnsafeBytes { document.find($0, in: data).exists }
    }

    mutating func insert(_ name: [UInt8]) {
        names?.insert(name)
    }
}
