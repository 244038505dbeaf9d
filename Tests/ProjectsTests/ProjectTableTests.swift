import Model
import Testing
import Wire

@testable import RelayProjects

@Suite struct ProjectTableTests {
    func ask(
        _ table: inout ProjectTable, _ projectKey: ProjectKey,
        _ freshness: StateFreshness = .fetched, by number: UInt64 = 1, now: MonotonicTime
    ) -> AskAction {
        table.ask(
            projectKey, .state, freshness: freshness, isCacheBypassed: false,
            waiter: waiter(number), now: now)
    }

    func know(_ table: inout ProjectTable, _ number: UInt64, now: MonotonicTime) throws {
        _ = ask(&table, key(number), .cached, now: now)
        _ = table.fetchCompleted(
            key(number), .state(try snapshot(number, key: key(number))), now: now)
    }

    @Test func madeUpKeysCostBoundedMemoryAndHarmNoProject() throws {
        var table = ProjectTable(
            settings: CacheSettings(unknownKeysMax: 100), source: .upstream)
        for number in 1...50 { try know(&table, UInt64(number), now: at(0)) }
        for number in 1000..<21_000 {
            _ = ask(&table, key(UInt64(number)), .cached, now: at(1))
        }
        #expect(table.unknownCount == 100)
        #expect(table.knownCount == 50)
        #expect(table.takeEvictions().count == 19_900)
        for number in 1...50 {
            #expect(ask(&table, key(UInt64(number)), now: at(2)).state?.status == .enabled)
        }
    }

    @Test func keysAreFoundByTheNumbersOfTheirProjects() throws {
        var table = ProjectTable(settings: CacheSettings(), source: .upstream)
        for number in 1...2 {
            _ = ask(&table, key(UInt64(number)), .cached, now: at(Int64(number)))
            _ = table.fetchCompleted(
                key(UInt64(number)), .state(try snapshot(42, key: key(UInt64(number)))),
                now: at(Int64(number)))
        }
        try know(&table, 7, now: at(3))
        _ = ask(&table, key(8), .cached, now: at(4))
        _ = table.fetchCompleted(key(8), .missing, now: at(4))
        let ids = [7, 42, 8].map { ProjectID(rawValue: $0) }
        // Two keys of one project: the one in use.
        #expect(table.keys(of: ids) == [key(7), key(2), nil])
        _ = ask(&table, key(1), .cached, now: at(5))
        #expect(table.keys(of: ids) == [key(7), key(1), nil])
        #expect(table.keys(of: []) == [])
    }

    @Test func evictionNeverDropsWaiters() {
        var table = ProjectTable(
            settings: CacheSettings(unknownKeysMax: 10), source: .upstream)
        for number in 1...10 {
            #expect(
                ask(&table, key(UInt64(number)), by: UInt64(number), now: at(0)).isWaiting)
        }
        // No room: answered at once, nobody pushed out.
        let refused = ask(&table, key(11), by: 11, now: at(1))
        #expect(refused.state?.status == .pending)
        #expect(refused.need == .none)
        table.evictIdle(now: at(100_000_000))
        #expect(table.waiterCount == 10)
        let due = table.hitDeadlines(now: at(30_000))
        #expect(Set(due.map(\.waiter.request)) == Set(1...10))
        #expect(table.waiterCount == 0)
        #expect(ask(&table, key(11), by: 12, now: at(30_001)).isWaiting)
    }

    @Test func leastRecentlyAskedProjectMakesRoom() throws {
        var table = ProjectTable(settings: CacheSettings(projectsMax: 3), source: .upstream)
        for number in 1...3 { try know(&table, UInt64(number), now: at(Int64(number))) }
        _ = ask(&table, key(1), now: at(10))
        try know(&table, 4, now: at(11))
        #expect(table.knownCount == 3)
        #expect(table.takeEvictions().map(\.key) == [key(2)])
        #expect(ask(&table, key(1), now: at(12)).state?.status == .enabled)
    }

    @Test func bytesOfStatesAreBounded() throws {
        let size = try snapshot(1, key: key(1)).byteCount
        var table = ProjectTable(
            settings: CacheSettings(stateBytesMax: size * 5 + size / 2), source: .upstream)
        for number in 1...9 { try know(&table, UInt64(number), now: at(Int64(number))) }
        #expect(table.knownCount == 5)
        #expect(table.stateByteCount <= size * 5 + size / 2)
    }

    @Test func idleObjectsAreForgottenButNotTheirLimits() throws {
        var table = ProjectTable(
            settings: CacheSettings(idleTime: .seconds(100)), source: .upstream)
        try know(&table, 1, now: at(0))
        try know(&table, 2, now: at(60_000))
        _ = ask(&table, key(3), .cached, now: at(0))
        table.updateRateLimits(
            key(4),
            [
                RateLimitAnswer(
                    scope: .key, categories: DataCategories(), reasonCode: nil,
                    remaining: .seconds(1000))
            ], now: at(0))
        table.evictIdle(now: at(100_000))
        let evictions = table.takeEvictions()
        #expect(Set(evictions.map(\.key)) == [key(1), key(3)])
        #expect(evictions.first { $0.key == key(3) }?.wasFetching == true)
        let action = table.ask(
            key(4), .eventAction(projectID: nil, origin: nil), freshness: .cached,
            isCacheBypassed: false, waiter: waiter(1), now: at(100_001))
        #expect(action.eventAction?.verdict == .retryAfter)
    }

    @Test func deadlinesComeInOrderWhateverTheOrderOfQuestions() {
        var table = ProjectTable(settings: CacheSettings(), source: .upstream)
        for number in 1...200 {
            _ = ask(
                &table, key(UInt64(number % 40)), by: UInt64(number), now: at(Int64(number)))
        }
        #expect(table.nextDeadline == at(30_001))
        var seen: [UInt64] = []
        for instant in stride(from: Int64(30_001), through: 30_200, by: 1) {
            seen += table.hitDeadlines(now: at(instant)).map(\.waiter.request)
        }
        #expect(seen == Array(1...200))
        #expect(table.nextDeadline == nil)
    }

    @Test func answeredQuestionsLeaveNoDeadlinesBehind() {
        var table = ProjectTable(
            settings: CacheSettings(unknownKeysMax: 100), source: .upstream)
        _ = ask(&table, key(0), by: 7, now: at(0))
        for number in UInt64(1)...50_000 {
            _ = ask(&table, key(number), by: number, now: at(1))
            _ = table.fetchCompleted(key(number), .missing, now: at(1))
        }
        #expect(table.deadlineCount <= 2000)
        #expect(table.hitDeadlines(now: at(30_000)).map(\.waiter.request) == [7])
    }

    @Test func waitersAreBounded() {
        var table = ProjectTable(settings: CacheSettings(waitersMax: 5), source: .upstream)
        for number in 1...5 {
            #expect(ask(&table, key(1), by: UInt64(number), now: at(0)).isWaiting)
        }
        #expect(ask(&table, key(2), by: 6, now: at(0)).state?.status == .pending)
        #expect(table.waiterCount == 5)
    }

    @Test func jumpOfTheClockExpiresOnceAndKeepsGoing() throws {
        var table = ProjectTable(settings: CacheSettings(), source: .upstream)
        try know(&table, 1, now: at(0))
        let action = ask(&table, key(1), now: at(Int64(1) << 40))
        #expect(action.isWaiting)
        #expect(action.need == .fetch)
        _ = table.fetchCompleted(
            key(1), .state(try snapshot(1, key: key(1))), now: at((Int64(1) << 40) + 1))
        #expect(ask(&table, key(1), now: at((Int64(1) << 40) + 2)).state?.isStale == false)
    }

    @Test func staticModeKnowsOnlyLocalFiles() throws {
        var table = ProjectTable(settings: CacheSettings(), source: .constant(.missing))
        #expect(ask(&table, key(1), now: at(0)).state?.status == .disabled)
        #expect(table.unknownCount == 0)
        #expect(table.localChanged(key(1), try snapshot(5, key: key(1)), now: at(1)).isEmpty)
        #expect(ask(&table, key(1), now: at(2)).state?.projectID == ProjectID(rawValue: 5))
        _ = table.localChanged(key(1), nil, now: at(3))
        #expect(ask(&table, key(1), now: at(4)).state?.status == .disabled)
    }

    @Test func proxyModeAllowsEveryProjectAndHonoursLimits() {
        var table = ProjectTable(settings: CacheSettings(), source: .constant(.allowed))
        let allowed = table.ask(
            key(1), .eventAction(projectID: ProjectID(rawValue: 9), origin: "https://x.test"),
            freshness: .fetched, isCacheBypassed: false, waiter: waiter(1), now: at(0))
        #expect(allowed.eventAction?.verdict == .accept)
        #expect(ask(&table, key(1), now: at(0)).state?.status == .enabled)
        table.updateRateLimits(
            key(1),
            [
                RateLimitAnswer(
                    scope: .organization, categories: DataCategories(), reasonCode: nil,
                    remaining: .seconds(10))
            ], now: at(0))
        let limited = table.ask(
            key(1), .eventAction(projectID: nil, origin: nil), freshness: .cached,
            isCacheBypassed: false, waiter: waiter(1), now: at(1))
        #expect(limited.eventAction?.verdict == .retryAfter)
        #expect(ask(&table, key(1), now: at(1)).state?.status == .enabled)
    }

    @Test func storedKeysAreLoadedFirst() throws {
        var table = ProjectTable(
            settings: CacheSettings(), source: .upstream, storedKeys: [key(1)])
        #expect(ask(&table, key(1), now: at(0)).need == .load)
        #expect(ask(&table, key(2), now: at(0)).need == .fetch)
        let completion = table.loaded(
            key(1), try snapshot(1, key: key(1)), age: nil, now: at(1))
        #expect(completion.need == .fetch)
        // The wait for a refetch is short when there is something to fall back on.
        #expect(table.nextDeadline == at(5001))
        #expect(table.hitDeadlines(now: at(5001)).map(\.reply.status) == [.enabled])
    }
}
