import JSON
import Model

/// Transactions: name, source, trace and spans get their defaults.
extension Normalizer {
    func normalizeTransaction() {
        guard isTransaction else { return }
        let name = entry(Key.transaction, in: event)
        if text(name)?.isEmpty != false {
            document.setString(name, "<unlabeled transaction>")
        }
        let spans = entry(Key.spans, in: event)
        if !has(spans) { document.setEmptyArray(spans) }
        let info = objectEntry(Key.transactionInfo, in: event)
        scrubName(name, info)
        setDefault(Key.source, in: info, "unknown")
        let trace = eventContext(Key.trace, "trace")
        if trace.exists { setDefault(Key.op, in: trace, "default") }
        for span in document.children(of: find(Key.spans, in: event))
        where kind(span) == .object {
            setDefault(Key.op, in: span, "default")
        }
    }

    /// Names made of URLs: parts that identify something become `*`.
    private func scrubName(_ name: JSONNode, _ info: JSONNode) {
        let source = find(Key.source, in: info)
        let isURL = isText(source, "url") || isText(source, "sanitized")
        let isUnlabeled = isText(name, "<unlabeled transaction>")
        guard isURL || (!has(source) && isBrowserSDK && !isUnlabeled), let bytes = text(name)
        else { return }
        document.setString(entry(Key.source, in: info), "sanitized")
        if isUnlabeled { return }
        let scrubbed = TransactionName.scrubbed(bytes) { range, rule in
            meta.addRemark(name, rule: rule, type: .substituted, range: range)
        }
        guard let scrubbed else { return }
        meta.setOriginal(name, document.makeString(bytes))
        scrubbed.withUnsafeBytes { document.setString(name, $0) }
    }

    private var isBrowserSDK: Bool {
        text(find(Key.name, in: find(Key.sdk, in: event))).map { TransactionName.isURL(sdk: $0) }
            ?? false
    }
}
