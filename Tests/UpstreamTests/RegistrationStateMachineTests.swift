import Model
import Testing

@testable import Upstream

@Suite struct RegistrationStateMachineTests {
    typealias Machine = RegistrationStateMachine

    func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    func machine(renewal: Duration? = .seconds(600), seed: UInt64 = 1) -> Machine {
        Machine(settings: RegistrationSettings(renewalInterval: renewal), seed: seed)
    }

    /// Registered at an instant.
    func registered(renewal: Duration? = .seconds(600), now: MonotonicTime) -> Machine {
        var machine = machine(renewal: renewal)
        _ = machine.start(now: now)
        _ = machine.answered(.challenge(token: "t"), now: now)
        _ = machine.answered(.accepted, now: now)
        return machine
    }

    @Test func challengeThenResponse() {
        var machine = machine()
        #expect(machine.start(now: at(0)) == .sendChallenge)
        #expect(!machine.isRegistered)
        #expect(
            machine.answered(.challenge(token: "abc"), now: at(5)) == .sendResponse(token: "abc"))
        #expect(!machine.isRegistered)
        #expect(machine.answered(.accepted, now: at(9)) == .doNothing)
        #expect(machine.isRegistered)
        #expect(machine.nextDeadline == at(600_009))
    }

    @Test func renewsInTimeAndStaysRegisteredMeanwhile() {
        var machine = registered(now: at(0))
        #expect(machine.tick(now: at(599_999)) == .doNothing)
        #expect(machine.tick(now: at(600_000)) == .sendChallenge)
        #expect(machine.isRegistered)
        _ = machine.answered(.unreachable(retryAfter: nil), now: at(600_100))
        #expect(machine.isRegistered)
        #expect(machine.isRetrying)
        _ = machine.tick(now: at(700_000))
        _ = machine.answered(.challenge(token: "t"), now: at(700_000))
        _ = machine.answered(.accepted, now: at(700_000))
        #expect(machine.nextDeadline == at(1_300_000))
        #expect(machine.registrationCount == 2)
    }

    @Test func neverRenewsWhenToldSo() {
        #expect(registered(renewal: nil, now: at(0)).nextDeadline == nil)
    }

    @Test func refusalWhileRenewingEndsTheRegistration() {
        var machine = registered(now: at(0))
        _ = machine.tick(now: at(600_000))
        _ = machine.answered(.refused, now: at(600_000))
        #expect(!machine.isRegistered)
        #expect(!machine.isDenied)
        #expect(machine.nextDeadline != nil)
    }

    @Test func stopIsForGood() {
        var machine = machine()
        _ = machine.start(now: at(0))
        _ = machine.answered(.denied, now: at(1))
        #expect(machine.isDenied)
        #expect(machine.nextDeadline == nil)
        #expect(machine.tick(now: at(1 << 40)) == .doNothing)
        #expect(machine.signatureRefused(now: at(1 << 40)) == .doNothing)
        #expect(machine.upstreamIsBack(now: at(1 << 40)) == .doNothing)
        #expect(machine.start(now: at(1 << 40)) == .doNothing)
        var later = registered(now: at(0))
        later.denied()
        #expect(later.isDenied && !later.isRegistered)
    }

    @Test func pausesGrowAreJitteredAndBounded() {
        var series: [[Duration]] = []
        for seed in UInt64(1)...2 {
            var machine = machine(seed: seed)
            var now = at(0)
            var pauses: [Duration] = []
            _ = machine.start(now: now)
            for _ in 0..<25 {
                _ = machine.answered(.unreachable(retryAfter: nil), now: now)
                guard let next = machine.nextDeadline else { break }
                pauses.append(next - now)
                now = next
                #expect(machine.tick(now: now) == .sendChallenge)
            }
            #expect(pauses.count == 25)
            #expect(pauses[0] >= .milliseconds(500) && pauses[0] <= .seconds(1))
            #expect(pauses.suffix(10).allSatisfy { $0 >= .seconds(30) && $0 <= .seconds(60) })
            series.append(pauses)
        }
        #expect(series[0] != series[1])
    }

    @Test func retryAfterIsObeyed() {
        var machine = machine()
        _ = machine.start(now: at(0))
        _ = machine.answered(.unreachable(retryAfter: .seconds(30)), now: at(0))
        #expect(machine.nextDeadline == at(30_000))
        var greedy = self.machine()
        _ = greedy.start(now: at(0))
        _ = greedy.answered(.unreachable(retryAfter: .seconds(1 << 40)), now: at(0))
        #expect(greedy.nextDeadline == at(300_000))
    }

    @Test func refusedSignatureRegistersAgainButNotInALoop() {
        var machine = registered(now: at(0))
        #expect(machine.signatureRefused(now: at(1000)) == .doNothing)
        #expect(machine.nextDeadline == at(10_000))
        #expect(machine.tick(now: at(10_000)) == .sendChallenge)
        _ = machine.answered(.challenge(token: "t"), now: at(10_001))
        _ = machine.answered(.accepted, now: at(10_002))
        #expect(machine.signatureRefused(now: at(30_000)) == .sendChallenge)
        // While it registers, more refusals start nothing.
        #expect(machine.signatureRefused(now: at(30_001)) == .doNothing)
    }

    @Test func endOfAnOutageEndsTheWait() {
        var machine = machine()
        _ = machine.start(now: at(0))
        _ = machine.answered(.unreachable(retryAfter: .seconds(200)), now: at(0))
        #expect(machine.upstreamIsBack(now: at(5000)) == .sendChallenge)
    }

    @Test func answersOutOfPlaceChangeNothing() {
        var machine = registered(now: at(0))
        let before = machine.nextDeadline
        #expect(machine.answered(.refused, now: at(1)) == .doNothing)
        #expect(machine.answered(.challenge(token: "x"), now: at(1)) == .doNothing)
        #expect(machine.isRegistered)
        #expect(machine.nextDeadline == before)
    }
}

@Suite struct RegistrationOutageTests {
    func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    func outage() -> RegistrationOutage {
        RegistrationOutage(settings: RegistrationSettings(), seed: 1)
    }

    @Test func hiccupIsNoOutage() {
        var outage = outage()
        #expect(outage.networkFailed(now: at(0)) == .doNothing)
        #expect(outage.networkFailed(now: at(9_999)) == .doNothing)
        outage.answered()
        #expect(outage.networkFailed(now: at(20_000)) == .doNothing)
        #expect(!outage.isDown)
        #expect(outage.nextDeadline == nil)
    }

    @Test func failuresBeyondTheGracePeriodAreOneAndProbesEndIt() throws {
        var outage = outage()
        _ = outage.networkFailed(now: at(0))
        #expect(outage.networkFailed(now: at(10_000)) == .sendProbe)
        #expect(outage.isDown)
        #expect(outage.networkFailed(now: at(10_001)) == .doNothing)
        var now = at(10_100)
        for _ in 0..<20 {
            outage.probeEnded(isAnswered: false, now: now)
            #expect(outage.isDown)
            let next = try #require(outage.nextDeadline)
            #expect(next - now >= .milliseconds(500))
            #expect(next - now <= RegistrationOutage.probeIntervalMax)
            now = next
            #expect(outage.tick(now: now) == .sendProbe)
            #expect(outage.tick(now: now) == .doNothing)
        }
        outage.probeEnded(isAnswered: true, now: now)
        #expect(!outage.isDown)
        #expect(outage.nextDeadline == nil)
    }

    @Test func anyAnswerEndsIt() {
        var outage = outage()
        _ = outage.networkFailed(now: at(0))
        _ = outage.networkFailed(now: at(10_000))
        outage.answered()
        #expect(!outage.isDown)
        outage.probeEnded(isAnswered: false, now: at(10_100))
        #expect(!outage.isDown)
    }
}
