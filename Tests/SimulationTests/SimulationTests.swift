import Model
import Testing

@testable import RelayIngest

/// Chance decides what happens to the relay; whatever it is, every accepted envelope ends in exactly
/// one outcome, or is still stored. The argument of a
/// failed test is the seed that repeats it.
@Suite struct SimulationTests {
    /// What a run left behind.
    private struct Run {
        let world: World
        var accepted: Set<EventID> = []
    }

    private static func project(_ number: UInt64) -> ProjectKey {
        ProjectKey(high: 0xabc0_0000_0000_0000, low: number)
    }

    private static func envelope(
        _ world: World, _ id: EventID, project number: UInt64, isEvent: Bool
    ) -> AcceptedEnvelope {
        let item =
            isEvent
            ? EnvelopeItem(
                type: .event, payload: ArraySlice("{\"message\":\"simulated\"}".utf8))
            : EnvelopeItem(
                type: .unknown("new_thing"), payload: ArraySlice("{\"id\":\"\(id)\"}".utf8))
        return AcceptedEnvelope(
            id: id,
            meta: RequestMeta(
                projectKey: project(number), projectID: ProjectID(rawValue: number),
                protocolVersion: 7, client: "simulation/1", origin: nil, remoteAddress: nil,
                forwardedFor: "", clientAddress: nil, userAgent: nil, receivedAt: world.wallNow),
            sentAt: nil,
            envelope: Envelope(header: EnvelopeHeader(eventID: id), items: [item]),
            rateLimits: [], receivedAt: world.now)
    }

    /// Envelopes and faults as the seed has it, then calm until everything has left.
    private static func chaos(seed: UInt64, steps: Int) -> Run {
        var generator = SeededGenerator(seed: seed)
        var run = Run(world: World(seed: seed))
        let world = run.world
        for _ in 0..<steps {
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let id = EventID.random(using: &generator)
                let accepted = world.flow.accept(
                    envelope(
                        world, id, project: UInt64.random(in: 1...9, using: &generator),
                        isEvent: Int.random(in: 0..<4, using: &generator) > 0))
                if accepted == .stored { run.accepted.insert(id) }
            }
            fault(world, &generator)
            if Bool.random(using: &generator) { world.run() }
            world.advance(milliseconds: Int64.random(in: 0...400, using: &generator))
            #expect(world.flow.counters.isBalanced, "seed \(seed)")
        }
        world.upstream.mood = .well
        world.resumeProcessors()
        world.advance(milliseconds: 240_000, step: 250)
        return run
    }

    private static func fault(_ world: World, _ generator: inout SeededGenerator) {
        let names = World.processorNames.sorted()
        let name = names[Int.random(in: 0..<names.count, using: &generator)]
        let away = Int64.random(in: 0...3000, using: &generator)
        switch Int.random(in: 0..<24, using: &generator) {
        case 0: world.killProcessor(name, awayMilliseconds: away)
        case 1: world.cutProcessorLink(name)
        case 2: world.drainProcessor(name)
        case 3: world.killProjects(awayMilliseconds: away)
        case 4: world.cutProjectsLink()
        case 5: world.hangProcessor(name)
        case 6: world.resumeProcessors()
        case 7...10:
            world.upstream.mood =
                SimulatedUpstream.Mood.allCases.randomElement(
                    using: &generator) ?? .well
        default: break
        }
    }

    @Test(arguments: UInt64(1)...30)
    func everyEnvelopeHasExactlyOneOutcome(seed: UInt64) {
        let run = Self.chaos(seed: seed, steps: 120)
        let counters = run.world.flow.counters
        let upstream = run.world.upstream
        #expect(counters.isBalanced)
        #expect(counters.accepted == UInt64(run.accepted.count))
        #expect(counters.stored == 0, "still stored after the calm")
        #expect(run.world.flow.envelopesStored == 0)
        #expect(upstream.malformed == 0)
        // Delivered means that upstream said so, and of nothing that was not accepted.
        #expect(counters.delivered == UInt64(upstream.taken.count))
        #expect(Set(upstream.taken.keys).isSubset(of: run.accepted))
        // Refusals have a cause: limits, disabled projects, or processors that died too often.
        let causes: Set<DiscardReason> = [.projectID, .internal]
        #expect(Set(counters.invalidByReason.keys).isSubset(of: causes))
        #expect(counters.invalidByReason[.internal, default: 0] == counters.quarantined)
        #expect(counters.delivered > 0)
    }

    /// A simulation in which nothing happens would prove nothing.
    @Test func theFaultsAreFelt() {
        var retries: UInt64 = 0
        var limited = 0
        var refused: UInt64 = 0
        var rateLimited: UInt64 = 0
        var connections = 0
        for seed in UInt64(1)...10 {
            let run = Self.chaos(seed: seed, steps: 120)
            retries += run.world.flow.counters.deliveryRetries
            limited += run.world.upstream.limited.count
            refused += run.world.flow.counters.invalid
            rateLimited += run.world.flow.counters.rateLimited
            connections += run.world.processorConnections
        }
        #expect(retries > 50)
        #expect(limited > 10)
        #expect(refused > 10)
        #expect(rateLimited > 10)
        #expect(connections > 100)
    }

    @Test func theSameSeedGivesTheSameRun() {
        let first = Self.chaos(seed: 99, steps: 60)
        let second = Self.chaos(seed: 99, steps: 60)
        #expect(first.accepted == second.accepted)
        #expect(first.world.flow.counters == second.world.flow.counters)
    }

    @Test func inCalmWeatherEverythingArrivesOnceAndSoon() {
        let world = World(seed: 7)
        var generator = SeededGenerator(seed: 7)
        for number in 0..<50 {
            let id = EventID.random(using: &generator)
            _ = world.flow.accept(
                Self.envelope(world, id, project: 1, isEvent: number % 2 == 0))
        }
        world.advance(milliseconds: 1000)
        #expect(world.flow.counters.delivered == 50)
        #expect(world.upstream.taken.values.allSatisfy { $0 == 1 })
        #expect(world.upstream.received == 50)
    }

    @Test func nothingLeavesWhileUpstreamIsAwayAndAllAfterwards() {
        let world = World(seed: 8)
        var generator = SeededGenerator(seed: 8)
        world.upstream.mood = .away
        for _ in 0..<20 {
            _ = world.flow.accept(
                Self.envelope(
                    world, EventID.random(using: &generator), project: 2, isEvent: true))
        }
        world.advance(milliseconds: 20_000, step: 100)
        #expect(world.flow.counters.delivered == 0)
        #expect(world.flow.counters.stored == 20)
        world.upstream.mood = .well
        world.advance(milliseconds: 120_000, step: 100)
        #expect(world.flow.counters.delivered == 20)
    }

    @Test func eventsOfADeadProcessorGoToTheOther() {
        let world = World(seed: 9)
        var generator = SeededGenerator(seed: 9)
        world.advance(milliseconds: 1000)
        for name in World.processorNames { world.hangProcessor(name) }
        for _ in 0..<6 {
            _ = world.flow.accept(
                Self.envelope(
                    world, EventID.random(using: &generator), project: 3, isEvent: true))
        }
        world.advance(milliseconds: 1000)
        #expect(world.flow.counters.delivered == 0)
        world.killProcessor("1.sock", awayMilliseconds: 600_000)
        world.resumeProcessors()
        world.advance(milliseconds: 2000)
        #expect(world.flow.counters.delivered == 6)
        #expect(world.flow.counters.quarantined == 0)
    }
}
