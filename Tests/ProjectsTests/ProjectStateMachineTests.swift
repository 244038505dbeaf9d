import Model
import Testing
import Wire

@testable import RelayProjects

@Suite struct ProjectStateMachineTests {
    let settings = CacheSettings(
        projectExpiry: .seconds(300), gracePeriod: .seconds(120), missExpiry: .seconds(60),
        queryTimeout: .seconds(30), staleWait: .seconds(5))

    func machine(isStored: Bool = false) -> ProjectStateMachine {
        ProjectStateMachine(key: key(1), isStored: isStored)
    }

    func ask(
        _ machine: inout ProjectStateMachine, _ freshness: StateFreshness = .fetched,
        bypass: Bool = false, by number: UInt64 = 1, now: MonotonicTime
    ) -> AskAction {
        machine.ask(
            .state, freshness: freshness, isCacheBypassed: bypass, waiter: waiter(number),
            settings: settings, now: now)
    }

    /// A machine that got a state at instant 0.
    func fresh() throws -> ProjectStateMachine {
        var machine = machine()
        _ = ask(&machine, now: at(0))
        _ = machine.fetchCompleted(
            .state(try snapshot(42, key: key(1))), settings: settings, now: at(0))
        return machine
    }

    @Test func concurrentAskersShareOneFetch() throws {
        var machine = machine()
        #expect(ask(&machine, by: 1, now: at(0)) == .wait(until: at(30_000), .fetch))
        #expect(ask(&machine, by: 2, now: at(5)) == .wait(until: at(30_005), .none))
        #expect(ask(&machine, by: 3, now: at(9)) == .wait(until: at(30_009), .none))
        let state = try snapshot(42, key: key(1))
        let completion = machine.fetchCompleted(.state(state), settings: settings, now: at(50))
        #expect(completion.resumptions.map(\.waiter) == [waiter(1), waiter(2), waiter(3)])
        #expect(
            completion.resumptions.allSatisfy {
                $0.reply == .state(state.answer(isStale: false))
            })
        #expect(completion.need == .none)
        #expect(completion.store == .save)
        #expect(machine.waiterCount == 0)
        #expect(machine.nextDeadline == nil)
    }

    @Test func cachedQuestionNeverWaitsAndStartsTheFetch() {
        var machine = machine()
        let first = ask(&machine, .cached, now: at(0))
        #expect(first.state?.status == .pending)
        #expect(first.need == .fetch)
        let second = ask(&machine, .cached, now: at(1))
        #expect(second.state?.status == .pending)
        #expect(second.need == .none)
    }

    @Test func freshStateIsAnsweredWithoutAFetch() throws {
        var machine = try fresh()
        let action = ask(&machine, now: at(299_999))
        #expect(action.state?.status == .enabled)
        #expect(action.state?.isStale == false)
        #expect(action.need == .none)
        #expect(machine.phase(settings: settings, now: at(299_999)) == .fresh)
    }

    @Test func stateInUseIsRefreshedBeforeItIsStale() throws {
        var settings = settings
        settings.refreshInterval = .seconds(100)
        var machine = try fresh()
        func needs(_ now: MonotonicTime) -> FetchNeed {
            machine.ask(
                .state, freshness: .cached, isCacheBypassed: false, waiter: waiter(1),
                settings: settings, now: now
            ).need
        }
        #expect(needs(at(99_999)) == .none)
        #expect(needs(at(100_000)) == .fetch)
        #expect(needs(at(100_001)) == .none)
    }

    @Test func staleStateIsAnsweredAtOnceWithOneRefetch() throws {
        var machine = try fresh()
        #expect(machine.phase(settings: settings, now: at(300_000)) == .stale)
        let first = ask(&machine, by: 1, now: at(300_000))
        #expect(first.state?.isStale == true)
        #expect(first.need == .fetch)
        let second = ask(&machine, by: 2, now: at(300_001))
        #expect(second.state?.isStale == true)
        #expect(second.need == .none)
    }

    @Test func disabledProjectIsAskedForAgainWithoutGrace() throws {
        var machine = machine()
        _ = ask(&machine, now: at(0))
        _ = machine.fetchCompleted(
            .state(try snapshot(42, key: key(1), isDisabled: true)), settings: settings,
            now: at(0))
        #expect(ask(&machine, now: at(59_999)).state?.status == .disabled)
        #expect(ask(&machine, now: at(60_000)) == .wait(until: at(65_000), .fetch))
        // Upstream is away: it is still what is known last.
        #expect(machine.fetchFailed(now: at(60_100)).map(\.reply.status) == [.disabled])
    }

    @Test func expiredStateIsWaitedForButNotLong() throws {
        var machine = try fresh()
        #expect(machine.phase(settings: settings, now: at(420_000)) == .expired)
        #expect(ask(&machine, now: at(420_000)) == .wait(until: at(425_000), .fetch))
        #expect(machine.hitDeadline(now: at(424_999)).isEmpty)
        let due = machine.hitDeadline(now: at(425_000))
        #expect(due.map(\.reply.status) == [.enabled])
        #expect(due.map(\.reply.isStale) == [true])
    }

    @Test func whileUpstreamIsAwayTheLastGoodStateIsUsedAtOnce() throws {
        var machine = try fresh()
        _ = ask(&machine, by: 1, now: at(500_000))
        _ = ask(&machine, by: 2, now: at(500_001))
        let due = machine.fetchFailed(now: at(500_100))
        #expect(due.map(\.waiter) == [waiter(1), waiter(2)])
        #expect(due.allSatisfy { $0.reply.status == .enabled && $0.reply.isStale })
        // Hours later, still without waiting, and without a second fetch.
        let later = ask(&machine, now: at(50_000_000))
        #expect(later.state?.status == .enabled)
        #expect(later.state?.isStale == true)
        #expect(later.need == .none)
    }

    @Test func unknownProjectWaitsThroughFailuresUntilItsTimeIsUp() {
        var machine = machine()
        _ = ask(&machine, now: at(0))
        #expect(machine.fetchFailed(now: at(100)).isEmpty)
        #expect(machine.fetchFailed(now: at(1100)).isEmpty)
        let due = machine.hitDeadline(now: at(30_000))
        #expect(due.map(\.reply.status) == [.pending])
    }

    @Test func missIsBelievedForMissExpiryOnly() throws {
        var machine = machine()
        _ = ask(&machine, now: at(0))
        let completion = machine.fetchCompleted(.missing, settings: settings, now: at(0))
        #expect(completion.resumptions.map(\.reply.status) == [.disabled])
        #expect(completion.store == .delete)
        #expect(ask(&machine, now: at(59_999)).state?.status == .disabled)
        // Not used stale: the project may exist by now.
        #expect(ask(&machine, now: at(60_000)) == .wait(until: at(90_000), .fetch))
        #expect(machine.fetchFailed(now: at(60_001)).isEmpty)
    }

    @Test func malformedStateHarmsOnlyWhoHasNoBetterOne() throws {
        var known = try fresh()
        _ = ask(&known, now: at(500_000))
        let kept = known.fetchCompleted(.invalid, settings: settings, now: at(500_010))
        #expect(kept.resumptions.map(\.reply.status) == [.enabled])
        #expect(kept.resumptions.map(\.reply.isStale) == [true])
        #expect(kept.store == .none)
        // Believed like a miss, then asked again.
        #expect(ask(&known, now: at(560_009)).need == .none)
        #expect(ask(&known, now: at(560_011)).need == .fetch)

        var unknown = machine()
        _ = ask(&unknown, now: at(0))
        let invalid = unknown.fetchCompleted(.invalid, settings: settings, now: at(0))
        #expect(invalid.resumptions.map(\.reply.status) == [.invalid])
        #expect(ask(&unknown, now: at(60_000)).need == .fetch)
    }

    @Test func bypassingQuestionGetsAnAnswerOfItsOwn() throws {
        var machine = try fresh()
        // At once after a fetch the cache is good enough.
        #expect(ask(&machine, bypass: true, now: at(500)).state?.status == .enabled)
        let action = ask(&machine, bypass: true, by: 9, now: at(2000))
        #expect(action == .wait(until: at(7000), .fetchBypassing))
        #expect(ask(&machine, by: 10, now: at(2001)).state?.status == .enabled)
        let completion = machine.fetchCompleted(
            .state(try snapshot(43, key: key(1))), settings: settings, now: at(2100))
        #expect(completion.resumptions.map(\.waiter) == [waiter(9)])
        #expect(completion.need == .none)
    }

    @Test func bypassingQuestionIsNotServedByAnOrdinaryFetch() throws {
        var machine = machine()
        #expect(ask(&machine, by: 1, now: at(0)).need == .fetch)
        #expect(ask(&machine, bypass: true, by: 2, now: at(1)).need == .none)
        let first = machine.fetchCompleted(
            .state(try snapshot(42, key: key(1))), settings: settings, now: at(100))
        #expect(first.resumptions.map(\.waiter) == [waiter(1)])
        #expect(first.need == .fetchBypassing)
        let second = machine.fetchCompleted(
            .state(try snapshot(42, key: key(1))), settings: settings, now: at(200))
        #expect(second.resumptions.map(\.waiter) == [waiter(2)])
        #expect(second.store == .touch)
    }

    @Test func localFileWinsAndItsRemovalStartsOver() throws {
        var machine = machine()
        _ = ask(&machine, by: 1, now: at(0))
        let local = try snapshot(7, key: key(1))
        let due = machine.localChanged(local, isStored: false, now: at(10))
        #expect(due.map(\.reply) == [.state(local.answer(isStale: false))])
        // The answer of the fetch that was under way changes nothing.
        _ = machine.fetchCompleted(.missing, settings: settings, now: at(20))
        #expect(ask(&machine, now: at(9_000_000)).state?.projectID == ProjectID(rawValue: 7))
        #expect(machine.phase(settings: settings, now: at(9_000_000)) == .local)
        _ = machine.localChanged(nil, isStored: false, now: at(9_000_001))
        #expect(ask(&machine, now: at(9_000_002)).need == .fetch)
    }

    @Test func stateFromDiskIsFreshForTheRestOfItsLife() throws {
        var machine = machine(isStored: true)
        #expect(ask(&machine, now: at(0)).need == .load)
        #expect(ask(&machine, by: 2, now: at(0)).need == .none)
        let completion = machine.loaded(
            try snapshot(42, key: key(1)), age: .seconds(290), settings: settings, now: at(5))
        #expect(completion.resumptions.map(\.reply.isStale) == [false, false])
        #expect(completion.need == .none)
        #expect(machine.phase(settings: settings, now: at(10_004)) == .fresh)
        #expect(machine.phase(settings: settings, now: at(10_005)) == .stale)
    }

    @Test func expiredStateFromDiskServesAnOutage() throws {
        var machine = machine(isStored: true)
        _ = ask(&machine, now: at(0))
        let completion = machine.loaded(
            try snapshot(42, key: key(1)), age: nil, settings: settings, now: at(5))
        #expect(completion.resumptions.isEmpty)
        #expect(completion.need == .fetch)
        #expect(machine.nextDeadline == at(5005))
        let due = machine.fetchFailed(now: at(105))
        #expect(due.map(\.reply.status) == [.enabled])
        #expect(due.map(\.reply.isStale) == [true])
    }

    @Test func nothingOnDiskMeansAFetch() {
        var machine = machine(isStored: true)
        _ = ask(&machine, now: at(0))
        let completion = machine.loaded(nil, age: nil, settings: settings, now: at(5))
        #expect(completion.need == .fetch)
        #expect(machine.waiterCount == 1)
    }

    // MARK: Event actions

    func eventAction(
        _ machine: inout ProjectStateMachine, _ freshness: StateFreshness,
        project: UInt64? = nil, now: MonotonicTime
    ) -> AskAction {
        machine.ask(
            .eventAction(projectID: project.map(ProjectID.init(rawValue:)), origin: nil),
            freshness: freshness, isCacheBypassed: false, waiter: waiter(1), settings: settings,
            now: now)
    }

    func limit(
        _ seconds: Int64, _ categories: DataCategories = DataCategories()
    ) -> RateLimitAnswer {
        RateLimitAnswer(
            scope: .key, categories: categories, reasonCode: "r", remaining: .seconds(seconds))
    }

    @Test func eventActionsFollowTheState() throws {
        var machine = try fresh()
        #expect(
            eventAction(&machine, .fetched, project: 42, now: at(1)).eventAction?.verdict == .accept
        )
        #expect(
            eventAction(&machine, .fetched, project: 43, now: at(1)).eventAction?.verdict
                == .discard(.projectID))
        var missing = self.machine()
        _ = eventAction(&missing, .fetched, now: at(0))
        let due = missing.fetchCompleted(.missing, settings: settings, now: at(1)).resumptions
        guard case .eventAction(let answer) = due.first?.reply else {
            Issue.record("no answer")
            return
        }
        #expect(answer.verdict == .discard(.projectID))
    }

    @Test func limitUponEverythingAnswersBeforeTheStateIsAsked() {
        var machine = machine()
        machine.updateRateLimits([limit(10)], settings: settings, now: at(0))
        let refused = eventAction(&machine, .fetched, now: at(9_999))
        #expect(refused.eventAction?.verdict == .retryAfter)
        #expect(refused.eventAction?.rateLimits.map(\.remaining) == [.milliseconds(1)])
        #expect(refused.need == .none)
        // Expired limits never win.
        #expect(eventAction(&machine, .fetched, now: at(10_000)).isWaiting)
    }

    @Test func limitUponSomeCategoriesComesAlong() throws {
        var machine = try fresh()
        machine.updateRateLimits(
            [limit(10, DataCategories(.transaction))], settings: settings, now: at(0))
        let answer = eventAction(&machine, .cached, now: at(5)).eventAction
        #expect(answer?.verdict == .accept)
        #expect(answer?.rateLimits.count == 1)
    }

    @Test(arguments: [
        (Model.RateLimitConflict.sooner, Int64(10)), (Model.RateLimitConflict.later, Int64(60)),
    ])
    func conflictOfLimits(conflict: Model.RateLimitConflict, seconds: Int64) {
        var settings = settings
        settings.conflict = conflict
        var machine = machine()
        machine.updateRateLimits([limit(60)], settings: settings, now: at(0))
        machine.updateRateLimits([limit(10)], settings: settings, now: at(0))
        let answer = eventAction(&machine, .cached, now: at(0)).eventAction
        #expect(answer?.rateLimits.map(\.remaining) == [.seconds(seconds)])
    }

    @Test func cachedQuestionIsNotRefusedByAnExpiredState() throws {
        var machine = machine()
        _ = ask(&machine, now: at(0))
        _ = machine.fetchCompleted(
            .state(try snapshot(42, key: key(1), isDisabled: true)), settings: settings,
            now: at(0))
        #expect(
            eventAction(&machine, .cached, now: at(59_000)).eventAction?.verdict
                == .discard(.projectID))
        let expired = eventAction(&machine, .cached, now: at(500_000))
        #expect(expired.eventAction?.verdict == .accept)
        #expect(expired.need == .fetch)
    }

    @Test func drainAnswersEverybodyWithWhatIsKnown() throws {
        var machine = try fresh()
        _ = ask(&machine, now: at(500_000))
        #expect(machine.drain(now: at(500_001)).map(\.reply.status) == [.enabled])
        var unknown = self.machine()
        _ = ask(&unknown, now: at(0))
        #expect(unknown.drain(now: at(1)).map(\.reply.status) == [.pending])
        #expect(unknown.waiterCount == 0)
    }
}
