import JSON

/// The trace context: every event has one; a status is always set.
extension Normalizer {
    func normalizeTrace() {
        let contexts = objectEntry(Key.contexts, in: event)
        guard contexts.exists else { return }
        var trace = find(Key.trace, in: contexts)
        if !has(trace) || !isText(find(Key.type, in: trace), "trace") {
            trace = entry(Key.trace, in: contexts)
            meta.clear(trace)
            document.setEmptyObject(trace)
            set(Key.type, in: trace, "trace")
        }
        let traceID = entry(Key.traceID, in: trace)
        let eventID = find(Key.eventID, in: event)
        if !has(traceID), let id = text(eventID) { document.setString(traceID, id) }
        let spanID = entry(Key.spanID, in: trace)
        if !has(spanID), let id = text(traceID), id.count == 32 {
            document.setString(spanID, UnsafeRawBufferPointer(rebasing: id[..<16]))
        }
        setDefault(Key.status, in: trace, "unknown")
        let rateNode = entry(Key.clientSampleRate, in: trace)
        meta.clear(rateNode)
        if let rate = context.clientSampleRate {
            document.setNumber(rateNode, rate)
        } else {
            document.setNull(rateNode)
        }
    }

    /// The replay that the event belongs to, if the request says so.
    func normalizeReplay() {
        guard let replay = context.replayID else { return }
        let contexts = objectEntry(Key.contexts, in: event)
        guard contexts.exists else { return }
        let node = entry(Key.replay, in: contexts)
        meta.clear(node)
        document.setEmptyObject(node)
        set(Key.replayID, in: node, replay.filter { $0 != "-" }.lowercased())
        set(Key.type, in: node, "replay")
    }
}
