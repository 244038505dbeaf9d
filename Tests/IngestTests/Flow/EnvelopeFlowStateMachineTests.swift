import Model
import Testing
import Wire

@testable import RelayIngest

private func seconds(_ value: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: value * 1_000_000_000)
}

private func limit(_ categories: DataCategory..., reason: String? = nil) -> RateLimitAnswer {
    var set = DataCategories()
    for category in categories { set.insert(category) }
    return RateLimitAnswer(
        scope: .key, categories: set, reasonCode: reason, remaining: .seconds(10))
}

private func verdict(
    _ verdict: EventActionVerdict, limits: [RateLimitAnswer] = [], revision: UInt64 = 7
) -> EventActionAnswer {
    EventActionAnswer(verdict: verdict, rateLimits: limits, revision: revision, projectID: nil)
}

/// An error event, an attachment of it, and a session.
private func machine(
    _ items: [EnvelopeItemFlow] = [
        EnvelopeItemFlow(category: .error, handling: .processed(.event), isEvent: true),
        EnvelopeItemFlow(category: .attachment, handling: .passed, dependsOnEvent: true),
        EnvelopeItemFlow(category: .session, handling: .passed),
    ]
) -> EnvelopeFlowStateMachine {
    EnvelopeFlowStateMachine(
        items: items, expiresAt: seconds(600), backoff: Backoff(initial: .seconds(1)))
}

/// A machine that has been brought to its delivery.
private func sendingMachine() -> EnvelopeFlowStateMachine {
    var flow = machine()
    _ = flow.started(limits: [])
    _ = flow.verdictReceived(verdict(.accept))
    _ = flow.stateReceived(.enabled)
    _ = flow.itemProcessed(0, category: .error)
    return flow
}

@Suite("Envelope flow") struct EnvelopeFlowStateMachineTests {
    @Test("The usual way: verdict, state, processor, upstream")
    func usualWay() {
        var flow = machine()
        #expect(flow.started(limits: []) == .ask)
        #expect(flow.verdictReceived(verdict(.accept)) == .provideState(revision: 7))
        #expect(flow.stateReceived(.enabled) == .process(items: [0]))
        #expect(flow.takeOutcomes().isEmpty)
        #expect(flow.itemProcessed(0, category: .error) == .send)
        #expect(flow.delivered() == .finish)
        #expect(flow.takeOutcomes().map(\.outcome) == [.accepted, .accepted, .accepted])
        #expect(flow.state == .finished)
    }

    @Test("Without items for a processor it goes straight to upstream")
    func nothingToProcess() {
        var flow = machine([EnvelopeItemFlow(category: .session, handling: .passed)])
        _ = flow.started(limits: [])
        _ = flow.verdictReceived(verdict(.accept))
        #expect(flow.stateReceived(.enabled) == .send)
    }

    @Test("Files pass a processor only where the project strips them")
    func files() {
        func started(_ attachments: AttachmentScrubbing) -> EnvelopeFlowStateMachine.Action {
            var flow = machine([
                EnvelopeItemFlow(category: .attachment, handling: .stripped(.attachment)),
                EnvelopeItemFlow(category: .attachment, handling: .stripped(.minidump)),
            ])
            _ = flow.started(limits: [])
            _ = flow.verdictReceived(verdict(.accept))
            return flow.stateReceived(.enabled, attachments: attachments)
        }
        func scrubbing(_ configuration: String) -> AttachmentScrubbing {
            AttachmentScrubbing(
                state: Array(#"{"config":{"piiConfig":\#(configuration)}}"#.utf8))
        }
        #expect(started(.none) == .send)
        #expect(started(scrubbing("null")) == .send)
        #expect(started(scrubbing(#"{"applications":{}}"#)) == .send)
        #expect(
            started(scrubbing(#"{"applications":{"**":["@ip"]}}"#)) == .process(items: [1]))
        #expect(
            started(scrubbing(#"{"applications":{"$attachments.'a.txt'":["@ip"]}}"#))
                == .process(items: [0, 1]))
        #expect(started(scrubbing(#"{"applications":7}"#)) == .process(items: [0, 1]))
        #expect(AttachmentScrubbing(state: Array("no JSON".utf8)) == .none)
    }

    @Test("A file that comes back after its event was rejected is not delivered")
    func fileOfARejectedEvent() {
        var flow = machine([
            EnvelopeItemFlow(
                category: .error, handling: .processed(.event), isEvent: true),
            EnvelopeItemFlow(
                category: .attachment, handling: .stripped(.attachment), dependsOnEvent: true),
        ])
        _ = flow.started(limits: [])
        _ = flow.verdictReceived(verdict(.accept))
        var attachments = AttachmentScrubbing.none
        attachments.coversPlainFiles = true
        #expect(
            flow.stateReceived(.enabled, attachments: attachments) == .process(items: [0, 1]))
        #expect(flow.itemRejected(0, .invalidJSON) == .none)
        #expect(flow.itemProcessed(1, category: .attachment) == .finish)
        #expect(
            flow.takeOutcomes().map(\.outcome) == [.invalid(.invalidJSON), .invalid(.invalidJSON)])
    }

    @Test("An envelope without items ends at once")
    func empty() {
        var flow = machine([])
        #expect(flow.started(limits: []) == .finish)
    }

    @Test("Limits drop the items they cover; an event takes its attachments along")
    func limitsAtStart() {
        var flow = machine()
        #expect(flow.started(limits: [limit(.error, reason: "quota")]) == .ask)
        let outcomes = flow.takeOutcomes()
        #expect(outcomes.map(\.item) == [0, 1])
        #expect(outcomes.allSatisfy { $0.outcome == .rateLimited(reasonCode: "quota") })
        _ = flow.verdictReceived(verdict(.accept))
        #expect(flow.stateReceived(.enabled) == .send)
        #expect(flow.delivered() == .finish)
        #expect(flow.takeOutcomes().map(\.item) == [2])
    }

    @Test("Limits of the fetched verdict count too, and can end everything")
    func limitsOfVerdict() {
        var flow = machine()
        _ = flow.started(limits: [limit(.attachment)])
        let limits = [limit(.error), limit(.session, reason: "s")]
        #expect(flow.verdictReceived(verdict(.accept, limits: limits)) == .finish)
        #expect(
            flow.takeOutcomes().map(\.outcome) == [
                .rateLimited(reasonCode: nil), .rateLimited(reasonCode: nil),
                .rateLimited(reasonCode: "s"),
            ])
    }

    @Test("retryAfter and discard end every item")
    func refusedByVerdict() {
        var limited = machine()
        _ = limited.started(limits: [])
        let answer = verdict(.retryAfter, limits: [limit(reason: "all")])
        #expect(limited.verdictReceived(answer) == .finish)
        #expect(
            limited.takeOutcomes().map(\.outcome)
                == Array(repeating: .rateLimited(reasonCode: "all"), count: 3))

        var discarded = machine()
        _ = discarded.started(limits: [])
        #expect(discarded.verdictReceived(verdict(.discard(.cors))) == .finish)
        #expect(
            discarded.takeOutcomes().map(\.outcome)
                == Array(repeating: .invalid(.cors), count: 3))
    }

    @Test("Without a verdict or with a pending state it waits and asks again")
    func waitsForState() {
        var flow = machine()
        _ = flow.started(limits: [])
        #expect(flow.verdictReceived(nil) == .awaitState)
        #expect(flow.verdictReceived(verdict(.accept)) == .none)
        #expect(flow.stateMayBeKnown() == .ask)
        #expect(flow.verdictReceived(verdict(.accept)) == .provideState(revision: 7))
        #expect(flow.stateReceived(.pending) == .awaitState)
        #expect(flow.stateMayBeKnown() == .ask)
        #expect(flow.verdictReceived(verdict(.accept)) == .provideState(revision: 7))
        #expect(flow.stateReceived(nil) == .awaitState)
        #expect(flow.takeOutcomes().isEmpty)
    }

    @Test(
        "A disabled or malformed project ends it",
        arguments: [
            (ProjectStatus.disabled, DiscardReason.projectID), (.invalid, .projectState),
        ])
    func badStates(status: ProjectStatus, reason: DiscardReason) {
        var flow = machine()
        _ = flow.started(limits: [])
        _ = flow.verdictReceived(verdict(.accept))
        #expect(flow.stateReceived(status) == .finish)
        #expect(flow.takeOutcomes().map(\.outcome) == Array(repeating: .invalid(reason), count: 3))
    }

    @Test("A rejected event takes its attachments along, the session is delivered")
    func rejected() {
        var flow = machine()
        _ = flow.started(limits: [])
        _ = flow.verdictReceived(verdict(.accept))
        _ = flow.stateReceived(.enabled)
        #expect(flow.itemRejected(0, .invalidJSON) == .send)
        #expect(
            flow.takeOutcomes().map(\.outcome) == [
                .invalid(.invalidJSON), .invalid(.invalidJSON),
            ])
        // A late second answer changes nothing.
        #expect(flow.itemProcessed(0, category: .error) == .none)
        #expect(flow.delivered() == .finish)
    }

    @Test("Several items are waited for")
    func severalItems() {
        let event = EnvelopeItemFlow(category: .error, handling: .processed(.event), isEvent: true)
        var flow = machine([event, event])
        _ = flow.started(limits: [])
        _ = flow.verdictReceived(verdict(.accept))
        #expect(flow.stateReceived(.enabled) == .process(items: [0, 1]))
        #expect(flow.itemProcessed(1, category: .transaction) == .none)
        #expect(flow.itemProcessed(1, category: .transaction) == .none)
        #expect(flow.itemProcessed(5, category: .error) == .none)
        #expect(flow.itemRejected(0, .internal) == .send)
        #expect(flow.items[1].category == .transaction)
    }

    @Test("429: covered items are limited, the others count as delivered")
    func tooManyRequests() {
        var flow = sendingMachine()
        #expect(flow.rateLimited(by: [limit(.error, .attachment, reason: "q")]) == .finish)
        #expect(
            flow.takeOutcomes().map(\.outcome) == [
                .rateLimited(reasonCode: "q"), .rateLimited(reasonCode: "q"), .accepted,
            ])
        var all = sendingMachine()
        #expect(all.rateLimited(by: [limit()]) == .finish)
        #expect(
            all.takeOutcomes().map(\.outcome)
                == Array(repeating: .rateLimited(reasonCode: nil), count: 3))
    }

    @Test("A refusal of upstream ends it")
    func refusedByUpstream() {
        var flow = sendingMachine()
        #expect(flow.refused() == .finish)
        #expect(
            flow.takeOutcomes().map(\.outcome)
                == Array(repeating: .invalid(.upstreamRefused), count: 3))
    }

    @Test("Network failures are tried again with growing, jittered waits until it expires")
    func networkFailures() {
        var generator = SeededGenerator(seed: 3)
        var flow = sendingMachine()
        var waits: [Duration] = []
        var now = seconds(0)
        while now < seconds(600) {
            let action = flow.deliveryFailed(isSuspect: false, now: now, using: &generator)
            guard case .retry(let wait) = action else {
                Issue.record("\(action)")
                return
            }
            #expect(flow.state == .waitingToSend)
            waits.append(wait)
            now = now + wait
            #expect(flow.retryDue() == .send)
        }
        #expect(waits.count > 10)
        #expect(waits[0] >= .milliseconds(500) && waits[0] <= .seconds(1))
        #expect(waits.max() ?? .zero <= .seconds(60))
        #expect(Set(waits).count > waits.count / 2)
        #expect(flow.deliveryFailed(isSuspect: false, now: now, using: &generator) == .finish)
        #expect(
            flow.takeOutcomes().map(\.outcome) == Array(repeating: .invalid(.expired), count: 3))
    }

    @Test("Failures that may be the envelope's own are tried three times")
    func suspect() {
        var generator = SeededGenerator(seed: 3)
        var flow = sendingMachine()
        for _ in 0..<2 {
            let action = flow.deliveryFailed(isSuspect: true, now: seconds(1), using: &generator)
            guard case .retry = action else {
                Issue.record("\(action)")
                return
            }
            _ = flow.retryDue()
        }
        #expect(
            flow.deliveryFailed(isSuspect: true, now: seconds(1), using: &generator) == .finish)
        #expect(flow.takeOutcomes().first?.outcome == .invalid(.upstreamRefused))
    }

    @Test("Expiry ends what waits; what is with others is waited for")
    func expiry() {
        var generator = SeededGenerator(seed: 3)
        var asking = machine()
        _ = asking.started(limits: [])
        #expect(asking.expire(isOnItsWay: false) == .finish)

        var awaiting = machine()
        _ = awaiting.started(limits: [])
        _ = awaiting.verdictReceived(nil)
        #expect(awaiting.expire(isOnItsWay: false) == .finish)

        var processing = machine()
        _ = processing.started(limits: [])
        _ = processing.verdictReceived(verdict(.accept))
        _ = processing.stateReceived(.enabled)
        #expect(processing.expire(isOnItsWay: false) == .none)
        #expect(processing.itemProcessed(0, category: .error) == .finish)

        var queued = sendingMachine()
        #expect(queued.expire(isOnItsWay: false) == .finish)

        var arrives = sendingMachine()
        #expect(arrives.expire(isOnItsWay: true) == .none)
        #expect(arrives.delivered() == .finish)
        #expect(arrives.takeOutcomes().first?.outcome == .accepted)

        var fails = sendingMachine()
        #expect(fails.expire(isOnItsWay: true) == .none)
        #expect(
            fails.deliveryFailed(isSuspect: false, now: seconds(1), using: &generator) == .finish)
        for flow in [asking, awaiting, processing, queued, fails] {
            var flow = flow
            let outcomes = flow.takeOutcomes().map(\.outcome)
            #expect(outcomes == Array(repeating: .invalid(.expired), count: 3))
        }
    }

    @Test(
        "Any order of events: exactly one outcome per item, and the identity holds",
        arguments: 0..<300)
    func exactlyOneOutcome(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let kinds: [EnvelopeItemFlow] = [
            EnvelopeItemFlow(category: .error, handling: .processed(.event), isEvent: true),
            EnvelopeItemFlow(category: .attachment, handling: .passed, dependsOnEvent: true),
            EnvelopeItemFlow(category: .session, handling: .passed),
            EnvelopeItemFlow(category: nil, handling: .passed),
        ]
        let items = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
            kinds[Int.random(in: 0..<kinds.count, using: &generator)]
        }
        var flow = machine(items)
        var counters = IngestCounters()
        counters.count(accepted: items.count)
        var outcomes: [Int: Int] = [:]
        var steps = 0
        var now = seconds(0)
        func limits(_ generator: inout SeededGenerator) -> [RateLimitAnswer] {
            let all: [[RateLimitAnswer]] = [
                [], [], [limit(.error)], [limit(.session)], [limit(.attachment)], [limit()],
            ]
            return all[Int.random(in: 0..<all.count, using: &generator)]
        }
        var action = flow.started(limits: limits(&generator))
        while true {
            for (item, outcome) in flow.takeOutcomes() {
                outcomes[item, default: 0] += 1
                counters.count(outcome)
                #expect(counters.isBalanced)
            }
            if action == .finish { break }
            steps += 1
            now = now + .seconds(Int64.random(in: 0...9, using: &generator))
            if steps > 400 {
                action = flow.expire(isOnItsWay: false)
                if action == .finish { continue }
            }
            let item = Int.random(in: 0..<max(1, items.count), using: &generator)
            switch Int.random(in: 0..<14, using: &generator) {
            case 0: action = flow.verdictReceived(nil)
            case 1, 2: action = flow.verdictReceived(verdict(.accept, limits: limits(&generator)))
            case 3:
                action = flow.verdictReceived(
                    verdict(Bool.random(using: &generator) ? .retryAfter : .discard(.projectID)))
            case 4, 5: action = flow.stateReceived(.enabled)
            case 6: action = flow.stateReceived(Bool.random(using: &generator) ? nil : .pending)
            case 7: action = flow.stateMayBeKnown()
            case 8: action = flow.itemProcessed(item, category: .error)
            case 9: action = flow.itemRejected(item, .internal)
            case 10: action = flow.delivered()
            case 11:
                action = flow.deliveryFailed(
                    isSuspect: Bool.random(using: &generator), now: now, using: &generator)
            case 12: action = flow.retryDue()
            default: action = flow.rateLimited(by: limits(&generator))
            }
        }
        #expect(outcomes.count == items.count)
        #expect(outcomes.values.allSatisfy { $0 == 1 })
        #expect(counters.stored == 0)
        #expect(flow.itemsLeft == 0)
    }
}
