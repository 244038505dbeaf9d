import Model
import Testing

@testable import RelayProjects

@Suite struct FetchBatcherTests {
    func batcher(
        size: Int = 500, concurrency: Int = 5, seed: UInt64 = 1
    ) -> FetchBatcher<Int> {
        FetchBatcher(
            settings: FetchSettings(
                batchInterval: .milliseconds(100), batchSize: size, concurrencyMax: concurrency),
            seed: seed)
    }

    func want(_ batcher: inout FetchBatcher<Int>, _ keys: Range<Int>, now: MonotonicTime) {
        for key in keys { _ = batcher.want(key, isBypassing: false, now: now) }
    }

    @Test func keysOfOnePeriodGoOutTogetherOnce() {
        var batcher = batcher()
        want(&batcher, 0..<3, now: at(0))
        want(&batcher, 0..<5, now: at(50))
        #expect(batcher.nextDeadline == at(100))
        #expect(batcher.tick(now: at(99)).send.isEmpty)
        let batches = batcher.tick(now: at(100)).send
        #expect(batches.map(\.keys) == [[0, 1, 2, 3, 4]])
        #expect(batcher.tick(now: at(1000)).send.isEmpty)
    }

    @Test func keysAreSpreadEvenlyOverRequests() {
        var batcher = batcher(size: 500)
        want(&batcher, 0..<1200, now: at(0))
        let batches = batcher.tick(now: at(100)).send
        #expect(batches.map(\.keys.count) == [400, 400, 400])
        #expect(Set(batches.flatMap(\.keys)) == Set(0..<1200))
    }

    @Test func concurrencyIsBounded() {
        var batcher = batcher(size: 10, concurrency: 2)
        want(&batcher, 0..<45, now: at(0))
        let first = batcher.tick(now: at(100)).send
        #expect(first.map(\.keys.count) == [10, 10])
        #expect(batcher.tick(now: at(10_000)).send.isEmpty)
        _ = batcher.completed(first[0].id, pending: [], now: at(10_000))
        let second = batcher.tick(now: at(10_100)).send
        #expect(second.map(\.keys.count) == [10])
        _ = batcher.completed(first[1].id, pending: [], now: at(10_100))
        _ = batcher.completed(second[0].id, pending: [], now: at(10_100))
        let third = batcher.tick(now: at(10_200)).send
        #expect(third.map(\.keys.count).reduce(0, +) == 15)
        #expect(Set((first + second + third).flatMap(\.keys)) == Set(0..<45))
    }

    @Test func whileUpstreamIsAwayOneProbeAtATime() throws {
        var batcher = batcher(size: 10, concurrency: 5)
        want(&batcher, 0..<100, now: at(0))
        let first = batcher.tick(now: at(100)).send
        #expect(first.count == 5)
        for batch in first { _ = batcher.failed(batch.id, .away(retryAfter: nil), now: at(200)) }
        #expect(batcher.isAway)
        // One raise for five failures of the same moment: a pause of 0.5 to 1 s.
        let retryAt = try #require(batcher.nextDeadline)
        #expect(retryAt >= at(700) && retryAt <= at(1200))
        let probe = batcher.tick(now: retryAt).send
        #expect(probe.count == 1)
        #expect(batcher.want(1000, isBypassing: false, now: retryAt) == false)
        _ = batcher.completed(probe[0].id, pending: [], now: retryAt)
        #expect(!batcher.isAway)
        #expect(batcher.tick(now: retryAt + .milliseconds(100)).send.count == 5)
    }

    @Test func pausesGrowWithJitterUpToTheirCap() throws {
        var pauses: [[Duration]] = []
        for seed in UInt64(1)...2 {
            var batcher = batcher(seed: seed)
            want(&batcher, 0..<1, now: at(0))
            var now = at(100)
            var own: [Duration] = []
            for _ in 0..<30 {
                let batch = try #require(batcher.tick(now: now).send.first)
                let action = batcher.failed(batch.id, .away(retryAfter: nil), now: now)
                #expect(action.failing == [0])
                own.append(action.nextAttempt)
                now = try #require(batcher.nextDeadline)
            }
            #expect(own.allSatisfy { $0 <= .seconds(60) })
            #expect(own.suffix(10).allSatisfy { $0 >= .seconds(30) })
            pauses.append(own)
        }
        #expect(pauses[0] != pauses[1])
    }

    @Test func retryAfterIsObeyedWithinReason() throws {
        var batcher = batcher()
        want(&batcher, 0..<1, now: at(0))
        let batch = try #require(batcher.tick(now: at(100)).send.first)
        _ = batcher.failed(batch.id, .away(retryAfter: .seconds(20)), now: at(200))
        #expect(batcher.nextDeadline == at(20_200))
        let again = try #require(batcher.tick(now: at(20_200)).send.first)
        _ = batcher.failed(again.id, .away(retryAfter: .seconds(1_000_000)), now: at(20_300))
        #expect(batcher.nextDeadline == at(320_300))
    }

    /// One key makes upstream refuse every request it is in: the others must get through, and the
    /// culprit must end up alone.
    @Test func oneBadKeyDoesNotHoldUpTheOthers() throws {
        var batcher = batcher()
        want(&batcher, 0..<500, now: at(0))
        var now = at(100)
        var answered: Set<Int> = []
        var requests = 0
        while answered.count < 499, requests < 200 {
            for batch in batcher.tick(now: now).send {
                requests += 1
                if batch.keys.contains(137) {
                    _ = batcher.failed(batch.id, .refused, now: now)
                } else {
                    _ = batcher.completed(batch.id, pending: [], now: now)
                    answered.formUnion(batch.keys)
                }
            }
            now = try #require(batcher.nextDeadline)
        }
        #expect(answered == Set(0..<500).subtracting([137]))
        #expect(requests <= 40)
        #expect(now <= at(60_000))
        #expect(batcher.keys == [137])
        // New keys are not asked together with it.
        _ = batcher.want(1000, isBypassing: false, now: now)
        var seen: [[Int]] = []
        for _ in 0..<4 {
            let batches = batcher.tick(now: now).send
            seen += batches.map(\.keys)
            for batch in batches {
                if batch.keys.contains(137) {
                    _ = batcher.failed(batch.id, .refused, now: now)
                } else {
                    _ = batcher.completed(batch.id, pending: [], now: now)
                }
            }
            now = try #require(batcher.nextDeadline)
        }
        #expect(seen.contains([1000]))
        #expect(seen.allSatisfy { $0.count == 1 })
    }

    @Test func upstreamThatRefusesEverythingIsNotFlooded() throws {
        var batcher = batcher()
        want(&batcher, 0..<500, now: at(0))
        var now = at(100)
        var requests = 0
        while now < at(120_000) {
            for batch in batcher.tick(now: now).send {
                requests += 1
                _ = batcher.failed(batch.id, .refused, now: now)
            }
            now = try #require(batcher.nextDeadline)
        }
        #expect(batcher.isAway)
        #expect(requests < 40)
    }

    @Test func pendingKeysAreAskedAgainEverMoreRarely() throws {
        var batcher = batcher()
        want(&batcher, 0..<2, now: at(0))
        var now = at(100)
        var gaps: [Duration] = []
        for attempt in 1...20 {
            let batch = try #require(batcher.tick(now: now).send.first)
            let again = batcher.completed(batch.id, pending: [1], now: now)
            #expect(again.map(\.key) == [1])
            #expect(again.map(\.pendings) == [attempt])
            var next = try #require(batcher.nextDeadline)
            // The delay of the key, then the batching period.
            _ = batcher.tick(now: next)
            next = try #require(batcher.nextDeadline)
            gaps.append(next - now)
            now = next
        }
        #expect(batcher.keys == [1])
        #expect(gaps[0] <= .milliseconds(300))
        #expect(gaps.allSatisfy { $0 <= .milliseconds(10_100) })
        #expect(gaps.suffix(5).allSatisfy { $0 >= .seconds(5) })
    }

    @Test func requestWithoutAnAnswerIsGivenUp() throws {
        var batcher = batcher()
        want(&batcher, 0..<1, now: at(0))
        let batch = try #require(batcher.tick(now: at(100)).send.first)
        #expect(batcher.nextDeadline == at(30_100))
        #expect(batcher.tick(now: at(30_100)).timedOut == [batch.id])
        _ = batcher.failed(batch.id, .away(retryAfter: nil), now: at(30_100))
        // Its late answer means nothing.
        #expect(batcher.completed(batch.id, pending: [], now: at(30_200)).isEmpty)
        #expect(batcher.keys == [0])
    }

    @Test func pausedBatcherSendsNothingAndCatchesUp() {
        var batcher = batcher()
        batcher.setPaused(true, now: at(0))
        want(&batcher, 0..<3, now: at(0))
        #expect(batcher.nextDeadline == nil)
        #expect(batcher.tick(now: at(5000)).send.isEmpty)
        batcher.setPaused(false, now: at(6000))
        #expect(batcher.tick(now: at(6000)).send.map(\.keys) == [[0, 1, 2]])
    }

    @Test func bypassingKeysGoInRequestsOfTheirOwn() {
        var batcher = batcher()
        want(&batcher, 0..<2, now: at(0))
        _ = batcher.want(7, isBypassing: true, now: at(0))
        let batches = batcher.tick(now: at(100)).send
        #expect(batches.count == 2)
        #expect(batches.first { $0.isBypassing }?.keys == [7])
        #expect(batches.first { !$0.isBypassing }?.keys == [0, 1])
    }

    @Test func cancelledKeyIsNotAsked() {
        var batcher = batcher()
        want(&batcher, 0..<3, now: at(0))
        batcher.cancel(1)
        #expect(batcher.tick(now: at(100)).send.map(\.keys) == [[0, 2]])
    }

    @Test func strangersWhoComeAndGoDuringAnOutageCostNoMemory() {
        var batcher = batcher()
        batcher.setPaused(true, now: at(0))
        want(&batcher, 0..<10, now: at(0))
        for key in 1000..<101_000 {
            _ = batcher.want(key, isBypassing: false, now: at(1))
            batcher.cancel(key)
        }
        #expect(batcher.queueCount <= 2000)
        batcher.setPaused(false, now: at(2))
        #expect(batcher.tick(now: at(2)).send.map(\.keys) == [Array(0..<10)])
    }

    @Test func clockJumpSendsOneRoundOnly() {
        var batcher = batcher(size: 10, concurrency: 5)
        want(&batcher, 0..<10, now: at(0))
        #expect(batcher.tick(now: at(Int64(1) << 40)).send.count == 1)
        #expect(batcher.tick(now: at((Int64(1) << 40) + 1)).send.isEmpty)
    }
}
