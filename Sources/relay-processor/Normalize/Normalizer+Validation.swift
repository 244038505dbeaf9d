import JSON

/// What must hold before an event is stored: transactions are complete, times are plausible.
extension Normalizer {
    func validate() throws(EventRejection) {
        normalizeTimestamps()
        try validateTimes()
        removeStale(find(Key.spans, in: event), [Key.startTimestamp, Key.timestamp])
        removeStale(values(Key.breadcrumbs), [Key.timestamp])
        if isTransaction {
            try validateTraceContext()
            try validateSpans()
        }
    }

    var isTransaction: Bool {
        isText(find(Key.type, in: event), "transaction")
    }

    func invalidTransaction(_ detail: String) -> EventRejection {
        EventRejection(
            reason: "invalid_transaction", detail: "invalid transaction event: \(detail)")
    }

    private func validateTimes() throws(EventRejection) {
        let start = document.double(of: find(Key.startTimestamp, in: event))
        let end = document.double(of: find(Key.timestamp, in: event))
        if isTransaction {
            guard let start else {
                throw invalidTransaction("start_timestamp hard-required for transaction events")
            }
            if let end, end < start {
                throw invalidTransaction("end timestamp is smaller than start timestamp")
            }
        }
        if (start ?? 0) < 0 || (end ?? 0) < 0 {
            throw invalidTransaction("timestamp is too stale")
        }
    }

    /// Removes spans and breadcrumbs from before 1970.
    private func removeStale(_ list: JSONNode, _ keys: [JSONKeyID]) {
        for item in document.children(of: list) where kind(item) == .object {
            for key in keys {
                guard let seconds = document.double(of: find(key, in: item)), seconds < 0,
                    let time = Timestamp(seconds: seconds)
                else { continue }
                let name = key == Key.timestamp ? "timestamp" : "start_timestamp"
                document.setNull(item)
                let reason = "\(name) is too stale: \(time.universal)"
                meta.reject(item, reason: document.makeString(reason))
                break
            }
        }
    }

    private func validateTraceContext() throws(EventRejection) {
        let trace = eventContext(Key.trace, "trace")
        guard trace.exists else {
            throw invalidTransaction("missing valid trace context")
        }
        guard has(find(Key.traceID, in: trace)) else {
            throw invalidTransaction("trace context is missing trace_id")
        }
        guard has(find(Key.spanID, in: trace)) else {
            throw invalidTransaction("trace context is missing span_id")
        }
    }

    private func validateSpans() throws(EventRejection) {
        for span in document.children(of: find(Key.spans, in: event)) {
            guard kind(span) == .object else {
                throw invalidTransaction("spans must be valid in transaction event")
            }
            let start = document.double(of: find(Key.startTimestamp, in: span))
            let end = document.double(of: endSpan(span))
            guard let start, let end else {
                throw invalidTransaction("span is missing timestamp")
            }
            if end < start {
                throw invalidTransaction("end timestamp is smaller than start timestamp")
            }
            guard has(find(Key.traceID, in: span)) else {
                throw invalidTransaction("span is missing trace_id")
            }
            guard has(find(Key.spanID, in: span)) else {
                throw invalidTransaction("span is missing span_id")
            }
        }
    }

    /// A span without an end lasted until the end of the transaction.
    private func endSpan(_ span: JSONNode) -> JSONNode {
        let node = entry(Key.timestamp, in: span)
        guard !has(node), let bytes = document.numberBytes(of: find(Key.timestamp, in: event))
        else { return node }
        document.setNumber(node, text: bytes)
        set(Key.status, in: span, "deadline_exceeded")
        return node
    }
}
