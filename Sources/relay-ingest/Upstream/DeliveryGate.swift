import Model

/// Decides whether envelopes may be sent upstream now. While upstream cannot be reached, or fails
/// again and again, everybody waits together and one request at a time finds out whether it is
/// back: an outage costs no busy loop and no crowd at its end.
struct DeliveryGate {
    enum State: Hashable {
        /// Upstream answers.
        case open(failures: Int)
        /// Nobody sends before this time. Next: probing.
        case closed(until: MonotonicTime)
        /// One request is on its way; its result decides. Next: open, closed.
        case probing
    }

    /// What a delivery says about upstream.
    enum Report: Hashable {
        /// An answer that shows that upstream works, whatever it said of the envelope.
        case answered
        /// No connection could be made.
        case unreachable
        /// A connection, but no good answer: 502, 503, 504, a time-out, a reset.
        case failing
    }

    /// Failing answers in a row that close the gate; a single one may be the envelope's fault.
    static let failuresMax = 3

    private(set) var state = State.open(failures: 0)
    /// Waits while upstream is away.
    var backoff: Backoff

    init(backoff: Backoff) {
        self.backoff = backoff
    }

    /// Whether a request may start now; a probe counts as started with the answer `true`.
    mutating func admit(now: MonotonicTime) -> Bool {
        switch state {
        case .open: return true
        case .probing: return false
        case .closed(let until):
            guard now >= until else { return false }
            state = .probing
            return true
        }
    }

    /// The request that was admitted is not sent after all: another one may be the probe.
    mutating func withdrawn(now: MonotonicTime) {
        if state == .probing { state = .closed(until: now) }
    }

    /// When to ask again; nil when no timer is needed.
    var nextDeadline: MonotonicTime? {
        if case .closed(let until) = state { return until }
        return nil
    }

    /// Whether upstream works, as far as is known.
    var isOpen: Bool {
        if case .open = state { return true }
        return false
    }

    /// A delivery has ended. True when the gate has just closed or opened.
    mutating func reported(
        _ report: Report, now: MonotonicTime, using generator: inout some RandomNumberGenerator
    ) -> Bool {
        switch (state, report) {
        case (.open(let failures), .answered):
            if failures > 0 { state = .open(failures: 0) }
            return false
        case (_, .answered):
            state = .open(failures: 0)
            backoff.reset()
            return true
        case (.open(let failures), .failing) where failures + 1 < Self.failuresMax:
            state = .open(failures: failures + 1)
            return false
        case (.open, _):
            close(now: now, using: &generator)
            return true
        case (.probing, _):
            close(now: now, using: &generator)
            return false
        case (.closed, _):
            // Requests that were on their way when the gate closed say nothing new.
            return false
        }
    }

    private mutating func close(
        now: MonotonicTime, using generator: inout some RandomNumberGenerator
    ) {
        state = .closed(until: now + backoff.next(using: &generator))
    }
}
