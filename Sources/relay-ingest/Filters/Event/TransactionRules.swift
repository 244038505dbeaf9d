import JSON

/// What a transaction must have; without it normalising refuses the event, and there is nothing to
/// filter.
enum TransactionRules {
    static func isComplete(_ event: ParsedEvent) -> Bool {
        let document = event.document
        let start = EventTime.seconds(event.member("start_timestamp"), document)
        let end = EventTime.seconds(event.member("timestamp"), document)
        if let start, start < 0 { return false }
        if let end, end < 0 { return false }
        guard event.isTransaction() else { return true }
        guard let start else { return false }
        if let end, end < start { return false }
        let contexts = event.member("contexts", "sentry.interfaces.Contexts")
        let trace = event.find("trace", in: contexts)
        guard document.kind(of: trace) == .object, hasIdentifiers(trace, event) else {
            return false
        }
        return event.document.children(of: event.member("spans")).allSatisfy { span in
            isComplete(span, event, transactionEnd: end)
        }
    }

    private static func isComplete(
        _ span: JSONNode, _ event: ParsedEvent, transactionEnd: Double?
    ) -> Bool {
        let document = event.document
        guard document.kind(of: span) == .object,
            let start = EventTime.seconds(event.find("start_timestamp", in: span), document)
        else { return false }
        let stated = EventTime.seconds(event.find("timestamp", in: span), document)
        if let end = stated ?? transactionEnd, end < start { return false }
        return hasIdentifiers(span, event)
    }

    private static func hasIdentifiers(_ node: JSONNode, _ event: ParsedEvent) -> Bool {
        isHexadecimal(event.find("trace_id", in: node), event, digits: 32)
            && isHexadecimal(event.find("span_id", in: node), event, digits: 16)
    }

    private static func isHexadecimal(
        _ node: JSONNode, _ event: ParsedEvent, digits: Int
    ) -> Bool {
        guard let text = event.text(node) else { return false }
        if digits == 32 {
            guard let read = UUIDDigits.read(text) else { return false }
            return read.contains { $0 != 0x30 }
        }
        return text.count == digits
            && text.allSatisfy { $0 &- 0x30 < 10 || ASCIIText.lower($0) &- 0x61 < 6 }
            && text.contains { $0 != 0x30 }
    }
}
