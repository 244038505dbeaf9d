import JSON

/// `received` and `timestamp`. Events from too far in the past or future are moved to the time of
/// receipt, with all their times, and the error tells by how much the sender's clock is wrong.
extension Normalizer {
    /// Difference of clocks from which on the sender's is taken to be wrong: more than a slow
    /// network, less than a wrong time zone.
    private static let driftMicrosecondsMin: Int64 = 55 * 60 * 1_000_000

    /// Moves all times of an event whose sender's clock is wrong. Transactions without `sent_at`
    /// are taken to be sent when they ended.
    func correctDrift() {
        let node = entry(Key.timestamp, in: event)
        var sentAt = context.sentAtMicroseconds
        if sentAt == nil, context.correctsTransactionDrift, isTransaction,
            let seconds = document.double(of: node)
        {
            sentAt = Timestamp(seconds: seconds)?.microseconds
        }
        guard let sentAt else { return }
        let received = Timestamp(microseconds: context.receivedAtMicroseconds)
        let (drift, overflow) = received.microseconds.subtractingReportingOverflow(sentAt)
        guard !overflow, drift.magnitude >= Self.driftMicrosecondsMin.magnitude else { return }
        correctClock(node, Timestamp(microseconds: sentAt), received, "clock_drift")
    }

    func normalizeTimestamps() {
        let received = Timestamp(microseconds: context.receivedAtMicroseconds)
        let receipt = entry(Key.received, in: event)
        meta.clear(receipt)
        setTimestamp(receipt, received, document)

        let node = entry(Key.timestamp, in: event)
        if let seconds = document.double(of: node), let sent = Timestamp(seconds: seconds) {
            let ahead = sent.microseconds - received.microseconds
            if let most = context.secondsInFutureMax, ahead > most &* 1_000_000 {
                correctClock(node, sent, received, "future_timestamp")
            } else if let most = context.secondsInPastMax, -ahead > most &* 1_000_000 {
                correctClock(node, sent, received, "past_timestamp")
            }
        }
        if !has(node) { setTimestamp(node, received, document) }

        let spent = find(Key.timeSpent, in: event)
        if let value = document.uint64(of: spent), value >= UInt64(Int32.max) {
            document.setNull(spent)
        }
    }

    private func correctClock(
        _ node: JSONNode, _ sent: Timestamp, _ received: Timestamp, _ kind: StaticString
    ) {
        let data = document.makeObject()
        document.append(document.makeString(sent.rfc3339), to: data, key: Key.sdkTime)
        document.append(document.makeString(received.rfc3339), to: data, key: Key.serverTime)
        meta.addError(node, kind: document.makeString(EventMeta.bytes(kind)), data: data)
        let drift = received.microseconds - sent.microseconds
        shift(node, drift)
        shift(find(Key.startTimestamp, in: event), drift)
        for span in document.children(of: find(Key.spans, in: event)) {
            shift(find(Key.timestamp, in: span), drift)
            shift(find(Key.startTimestamp, in: span), drift)
            shift(find(Key.received, in: span), drift)
        }
        for crumb in document.children(of: values(Key.breadcrumbs)) {
            shift(find(Key.timestamp, in: crumb), drift)
        }
    }

    private func shift(_ node: JSONNode, _ drift: Int64) {
        guard let seconds = document.double(of: node), let time = Timestamp(seconds: seconds)
        else { return }
        setTimestamp(
            node, Timestamp(microseconds: time.microseconds &+ drift), document)
    }
}
