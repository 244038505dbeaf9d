import Model
import NIOCore

/// Envelopes are given up after `cache.envelope_expiry`.
extension IngestFlow {
    /// Sets the one timer for the envelope that expires first.
    func armExpiryTimer() {
        guard !isExpiryTimerSet, let first = expiries.first else { return }
        isExpiryTimerSet = true
        // A second later than necessary at most: one timer serves all that expire together.
        let wait = max(0, (first.expiresAt - now).nanosecondsClamped)
        eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(wait)) { [weak self] in
            self?.isExpiryTimerSet = false
            self?.expire()
        }
    }

    private func expire() {
        let now = now
        while let first = expiries.first {
            guard let flow = inFlight[first.ticket] else {
                expiries.removeFirst()
                continue
            }
            guard first.expiresAt <= now else { break }
            expiries.removeFirst()
            expire(flow)
        }
        armExpiryTimer()
    }

    private func expire(_ flow: EnvelopeInFlight) {
        waiters.forget(flow.ticket, key: flow.meta.projectKey)
        let isOnItsWay = sender?.isOnItsWay(flow.ticket) ?? false
        perform(flow.machine.expire(isOnItsWay: isOnItsWay), flow)
        // Items that no processor has taken yet end here.
        for item in flow.machine.items.indices where flow.machine.items[item].isAtProcessor {
            if processors.cancel(JobID(ticket: flow.ticket, item: item)) {
                perform(flow.machine.itemRejected(item, .expired), flow)
            }
        }
    }
}
