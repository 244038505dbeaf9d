import Model
import Wire

/// The way of one accepted envelope: verdict, processing, delivery. A value without I/O: each event
/// answers with the one action to be done next, and every item ends in exactly one outcome.
///
///     asking ─▶ needingState ─▶ processing ─▶ sending ─▶ finished
///       ▲  ╲          │                        │   ▲
///       │   ╲         ▼                        ▼   │
///       └── awaitingState                   waitingToSend
///
/// From every state: `expired` and refusals lead to `finished`.
struct EnvelopeFlowStateMachine {
    enum State: Hashable {
        /// The fetched verdict was asked for. Next: needingState, awaitingState, finished.
        case asking
        /// Nothing can be decided now. Next: asking, finished.
        case awaitingState
        /// Accepted; the project's state is needed. Next: processing, sending, awaitingState,
        /// finished.
        case needingState
        /// So many items are with processors. Next: sending, finished.
        case processing(items: Int)
        /// Given to the sender. Next: waitingToSend, finished.
        case sending
        /// A delivery failed. Next: sending, finished.
        case waitingToSend
        /// Every item has its outcome.
        case finished
    }

    /// What the driver does next.
    enum Action: Hashable {
        /// Ask for the fetched verdict.
        case ask
        /// Ask again when the state of this project may be known.
        case awaitState
        /// Provide the state of the revision.
        case provideState(revision: UInt64)
        /// Send these items to processors.
        case process(items: [Int])
        /// Deliver: to upstream or the capture store.
        case send
        /// Deliver again after a wait.
        case retry(after: Duration)
        /// Acknowledge the envelope: it has left.
        case finish
        /// Nothing.
        case none
    }

    /// Failures that may be this envelope's own fault are tried this often.
    static let suspectAttemptsMax = 3

    private(set) var state = State.asking
    private(set) var items: [EnvelopeItemFlow]
    /// When the envelope is given up.
    let expiresAt: MonotonicTime
    /// Outcomes since they were last taken.
    private var newOutcomes: [(item: Int, outcome: Outcome)] = []
    private var backoff: Backoff
    private var suspectAttempts = 0
    /// Whether time ran out while it was with a processor or on its way.
    private var isExpired = false

    init(items: [EnvelopeItemFlow], expiresAt: MonotonicTime, backoff: Backoff) {
        self.items = items
        self.expiresAt = expiresAt
        self.backoff = backoff
    }

    /// Items without an outcome.
    var itemsLeft: Int { items.count { $0.outcome == nil } }

    /// Whether an item is still to be delivered.
    func isLeft(_ item: Int) -> Bool { items[item].outcome == nil }

    /// The outcomes since the last call.
    mutating func takeOutcomes() -> [(item: Int, outcome: Outcome)] {
        let taken = newOutcomes
        newOutcomes = []
        return taken
    }

    // MARK: Events

    /// The envelope is stored; `limits` are those the front door was told.
    mutating func started(limits: [RateLimitAnswer]) -> Action {
        guard state == .asking else { return .none }
        drop(limitedBy: limits)
        return itemsLeft == 0 ? finish() : .ask
    }

    /// The fetched verdict; nil when it could not be had.
    mutating func verdictReceived(_ answer: EventActionAnswer?) -> Action {
        guard state == .asking else { return .none }
        guard let answer else {
            state = .awaitingState
            return .awaitState
        }
        switch answer.verdict {
        case .discard(let reason):
            return end(.invalid(reason))
        case .retryAfter:
            let longest = answer.rateLimits.max { $0.remaining < $1.remaining }
            return end(.rateLimited(reasonCode: longest?.reasonCode))
        case .accept:
            drop(limitedBy: answer.rateLimits)
            if itemsLeft == 0 { return finish() }
            state = .needingState
            return .provideState(revision: answer.revision)
        }
    }

    /// What is known of the project; nil when it could not be had.
    /// - Parameters:
    ///   - attachments: which files have to pass a processor.
    ///   - filtered: the items that the project's inbound filters drop, with the reasons.
    mutating func stateReceived(
        _ status: ProjectStatus?, attachments: AttachmentScrubbing = .none,
        filtered: [(item: Int, reason: String)] = []
    ) -> Action {
        guard state == .needingState else { return .none }
        switch status {
        case nil, .pending:
            state = .awaitingState
            return .awaitState
        case .disabled:
            return end(.invalid(.projectID))
        case .invalid:
            return end(.invalid(.projectState))
        case .enabled:
            for (item, reason) in filtered where items.indices.contains(item) {
                drop(item, .filtered(reason: reason))
            }
            return itemsLeft == 0 ? finish() : process(attachments)
        }
    }

    /// The state of an awaited project may be known now.
    mutating func stateMayBeKnown() -> Action {
        guard state == .awaitingState else { return .none }
        state = .asking
        return .ask
    }

    /// A processor has finished an item; what it counts as is known now.
    mutating func itemProcessed(_ item: Int, category: DataCategory) -> Action {
        guard case .processing = state, items.indices.contains(item), items[item].isAtProcessor
        else { return .none }
        items[item].category = category
        return itemLeftProcessor(item)
    }

    /// An item ended with a processor, or before one could be found.
    mutating func itemRejected(_ item: Int, _ reason: DiscardReason) -> Action {
        guard case .processing = state, items.indices.contains(item), items[item].isAtProcessor
        else { return .none }
        drop(item, .invalid(reason))
        return itemLeftProcessor(item)
    }

    /// Upstream (or the capture store) took what was left.
    mutating func delivered() -> Action {
        guard state == .sending else { return .none }
        return end(.accepted)
    }

    /// Upstream answered 429: it refused the items that the limits cover and took the others.
    mutating func rateLimited(by limits: [RateLimitAnswer]) -> Action {
        guard state == .sending else { return .none }
        for item in items.indices where isLeft(item) {
            let isAll = limits.first { $0.categories.bits == 0 }
            if let limit = limits.covering(items[item].category) ?? isAll {
                record(item, .rateLimited(reasonCode: limit.reasonCode))
            }
        }
        return end(.accepted)
    }

    /// Upstream refused the envelope for good.
    mutating func refused() -> Action {
        guard state == .sending else { return .none }
        return end(.invalid(.upstreamRefused))
    }

    /// The delivery failed. `isSuspect` is whether the envelope itself may be the cause (an internal
    /// error of upstream): then it is tried a few times only; else until it expires.
    mutating func deliveryFailed(
        isSuspect: Bool, now: MonotonicTime, using generator: inout some RandomNumberGenerator
    ) -> Action {
        guard state == .sending else { return .none }
        if isSuspect {
            suspectAttempts += 1
            if suspectAttempts >= Self.suspectAttemptsMax { return end(.invalid(.upstreamRefused)) }
        }
        if isExpired || now >= expiresAt { return end(.invalid(.expired)) }
        state = .waitingToSend
        return .retry(after: backoff.next(using: &generator))
    }

    /// The wait after a failed delivery is over.
    mutating func retryDue() -> Action {
        guard state == .waitingToSend else { return .none }
        state = .sending
        return .send
    }

    /// Time is up. What is with a processor or on its way is waited for, but not tried again.
    mutating func expire(isOnItsWay: Bool) -> Action {
        switch state {
        case .finished: return .none
        case .processing:
            isExpired = true
            return .none
        case .sending where isOnItsWay:
            isExpired = true
            return .none
        case .asking, .awaitingState, .needingState, .sending, .waitingToSend:
            return end(.invalid(.expired))
        }
    }

    // MARK: Steps

    private mutating func process(_ attachments: AttachmentScrubbing) -> Action {
        var dispatched: [Int] = []
        for item in items.indices where isLeft(item) {
            switch items[item].handling {
            case .processed: break
            case .stripped(let kind) where attachments.covers(kind): break
            case .stripped, .passed: continue
            }
            items[item].isAtProcessor = true
            dispatched.append(item)
        }
        if dispatched.isEmpty {
            state = .sending
            return .send
        }
        state = .processing(items: dispatched.count)
        return .process(items: dispatched)
    }

    private mutating func itemLeftProcessor(_ item: Int) -> Action {
        items[item].isAtProcessor = false
        let pending = items.count { $0.isAtProcessor }
        if pending > 0 {
            state = .processing(items: pending)
            return .none
        }
        if isExpired { return end(.invalid(.expired)) }
        if itemsLeft == 0 { return finish() }
        state = .sending
        return .send
    }

    private mutating func drop(limitedBy limits: [RateLimitAnswer]) {
        guard !limits.isEmpty else { return }
        for item in items.indices where isLeft(item) {
            if let limit = limits.covering(items[item].category) {
                drop(item, .rateLimited(reasonCode: limit.reasonCode))
            }
        }
    }

    /// Ends an item and, when it is the event, the items that mean nothing without it.
    private mutating func drop(_ item: Int, _ outcome: Outcome) {
        record(item, outcome)
        guard items[item].isEvent, !items.contains(where: { $0.isEvent && $0.outcome == nil })
        else { return }
        for other in items.indices where items[other].dependsOnEvent { record(other, outcome) }
    }

    private mutating func record(_ item: Int, _ outcome: Outcome) {
        guard items[item].outcome == nil else { return }
        items[item].outcome = outcome
        newOutcomes.append((item, outcome))
    }

    /// Ends every item that is left.
    private mutating func end(_ outcome: Outcome) -> Action {
        for item in items.indices { record(item, outcome) }
        return finish()
    }

    private mutating func finish() -> Action {
        state = .finished
        return .finish
    }
}
