import JSON

/// Transactions: name, source, trace and spans get their defaults.
extension Normalizer {
    func normalizeTransaction() {
        guard isTransaction else { return }
        let name = entry(Key.transaction, in: event)
        if text(name)?.isEmpty != false {
            document.setString(name, "<unlabeled transaction>")
        }
        let info = objectEntry(Key.transactionInfo, in: event)
        setDefault(Key.source, in: info, "unknown")
        let trace = eventContext(Key.trace, "trace")
        if trace.exists { setDefault(Key.op, in: trace, "default") }
        for span in document.children(of: find(Key.spans, in: event))
        where kind(span) == .object {
            setDefault(Key.op, in: span, "default")
        }
    }
}
