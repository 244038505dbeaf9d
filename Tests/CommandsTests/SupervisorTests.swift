import Glibc
import Model
import Testing

@testable import RelayCommands

/// A supervisor on a virtual clock, with child 0 the front door and two later ones.
private struct Run {
    var supervisor: Supervisor
    var now = MonotonicTime(nanoseconds: 1_000_000_000)

    init(timeout: Duration = .seconds(10), stages: [Int] = [0, 1, 1]) {
        supervisor = Supervisor(stages: stages, shutdownTimeout: timeout, seed: 7)
        _ = supervisor.started(now: now)
    }

    mutating func end(_ id: Int, _ cause: Supervisor.ExitCause = .status(0)) -> [Supervisor.Action]
    {
        supervisor.childEnded(id, cause, now: now)
    }

    mutating func signal(_ signal: Int32) -> [Supervisor.Action] {
        supervisor.signalReceived(signal, now: now)
    }

    mutating func pass(_ duration: Duration) -> [Supervisor.Action] {
        now = now + duration
        return supervisor.timePassed(now: now)
    }

    /// Lets time go to the next deadline; how long that was, and what happened.
    mutating func passToDeadline() -> (Duration, [Supervisor.Action]) {
        guard let deadline = supervisor.nextDeadline else { return (.zero, []) }
        let waited = deadline - now
        return (waited, pass(waited))
    }
}

@Suite struct SupervisorTests {
    @Test func startsAllAndAnnouncesOnce() {
        var supervisor = Supervisor(stages: [0, 1, 1], shutdownTimeout: .seconds(1), seed: 1)
        let now = MonotonicTime(nanoseconds: 0)
        #expect(supervisor.started(now: now) == [.start(0), .start(1), .start(2)])
        #expect(supervisor.nextDeadline == nil)
        #expect(supervisor.childReady(2, now: now) == [])
        #expect(supervisor.childReady(0, now: now) == [])
        #expect(supervisor.childReady(1, now: now) == [.announceReady])
        #expect(supervisor.childReady(1, now: now) == [])
    }

    @Test func restartsWithGrowingJitteredPauses() {
        var run = Run()
        var pauses: [Duration] = []
        for _ in 0..<12 {
            let actions = run.end(1, .signal(SIGKILL))
            guard case .reportRestart(1, .signal(SIGKILL), let pause)? = actions.first else {
                Issue.record("no restart: \(actions)")
                return
            }
            pauses.append(pause)
            #expect(run.pass(pause - .nanoseconds(1)) == [])
            #expect(run.pass(.nanoseconds(1)) == [.start(1)])
        }
        #expect(pauses[0] <= .milliseconds(20))
        #expect(pauses[11] >= .milliseconds(2500) && pauses[11] <= .seconds(5))
        #expect(Set(pauses.suffix(4)).count == 4)
    }

    @Test func aHealthyChildIsRestartedQuicklyAgain() {
        var run = Run()
        for _ in 0..<8 {
            _ = run.end(1, .status(1))
            _ = run.passToDeadline()
        }
        _ = run.pass(.seconds(10))
        let actions = run.end(1, .status(1))
        guard case .reportRestart(1, _, let pause)? = actions.first else {
            Issue.record("no restart: \(actions)")
            return
        }
        #expect(pause <= .milliseconds(20))
    }

    @Test func terminateDrainsInOrder() {
        var run = Run()
        #expect(run.signal(SIGTERM) == [.signal(0, SIGTERM)])
        #expect(run.signal(SIGTERM) == [])
        #expect(run.end(0) == [.signal(1, SIGTERM), .signal(2, SIGTERM)])
        #expect(run.end(2) == [])
        #expect(run.end(1) == [.end(status: 0)])
        #expect(run.supervisor.nextDeadline == nil)
    }

    @Test func laterStagesAreRestartedWhileTheFrontDoorDrains() {
        var run = Run()
        _ = run.signal(SIGTERM)
        guard case .reportRestart(2, _, _)? = run.end(2, .signal(SIGSEGV)).first else {
            Issue.record("the processor was not restarted")
            return
        }
        #expect(run.passToDeadline().1 == [.start(2)])
        // A front door that dies while it drains is not started again.
        #expect(run.end(0, .signal(SIGKILL)) == [.signal(1, SIGTERM), .signal(2, SIGTERM)])
    }

    @Test(arguments: [1, 2, 10, 30])
    func stopKeepsToTheTimeoutWithChildrenThatIgnoreIt(seconds: Int) {
        var run = Run(timeout: .seconds(seconds))
        let begun = run.now
        _ = run.signal(SIGTERM)
        #expect(run.passToDeadline().1 == [.signal(0, SIGKILL)])
        #expect(run.end(0, .signal(SIGKILL)) == [.signal(1, SIGTERM), .signal(2, SIGTERM)])
        #expect(run.passToDeadline().1 == [.signal(1, SIGKILL), .signal(2, SIGKILL)])
        #expect(run.end(1, .signal(SIGKILL)) == [])
        #expect(run.end(2, .signal(SIGKILL)) == [.end(status: 0)])
        #expect(run.now - begun < .seconds(seconds))
    }

    @Test func aPausingChildDoesNotHoldUpTheStop() {
        var run = Run()
        _ = run.end(0, .status(1))
        _ = run.end(1, .status(1))
        #expect(run.signal(SIGTERM) == [.signal(2, SIGTERM)])
        #expect(run.end(2) == [.end(status: 0)])
    }

    @Test func interruptDropsAllAtOnce() {
        var run = Run()
        #expect(
            run.signal(SIGINT) == [.signal(0, SIGINT), .signal(1, SIGINT), .signal(2, SIGINT)])
        #expect(run.end(0) == [])
        let (waited, actions) = run.passToDeadline()
        #expect(waited == .milliseconds(200))
        #expect(actions == [.signal(1, SIGKILL), .signal(2, SIGKILL)])
        #expect(run.end(1, .signal(SIGKILL)) == [])
        #expect(run.end(2, .signal(SIGKILL)) == [.end(status: 0)])
    }

    @Test func interruptCutsADrainShort() {
        var run = Run()
        _ = run.signal(SIGTERM)
        #expect(
            run.signal(SIGINT) == [.signal(0, SIGINT), .signal(1, SIGINT), .signal(2, SIGINT)])
        #expect(run.end(0) == [])
        #expect(run.end(1) == [])
        #expect(run.end(2) == [.end(status: 0)])
    }

    @Test func aChildThatRefusesTheConfigurationEndsAll() {
        var run = Run()
        #expect(run.end(1, .status(78)) == [.signal(0, SIGINT), .signal(2, SIGINT)])
        #expect(run.end(0) == [])
        #expect(run.end(2) == [.end(status: 78)])
    }

    @Test func aChildThatCannotBeStartedIsTriedAgain() {
        var run = Run()
        guard case .reportRestart(0, .startFailed, _)? = run.end(0, .startFailed).first else {
            Issue.record("not tried again")
            return
        }
        #expect(run.passToDeadline().1 == [.start(0)])
    }

    @Test func aSilentChildIsKilledAndStartedAgain() {
        var run = Run()
        for id in 0...2 { _ = run.supervisor.childReady(id, now: run.now) }
        // A child that is not ready yet is not watched; signs of life move the deadline.
        #expect(run.pass(.seconds(9)) == [])
        run.supervisor.childAlive(0, now: run.now)
        run.supervisor.childAlive(2, now: run.now)
        #expect(
            run.passToDeadline().1 == [
                .reportHung(1, silence: .seconds(10)), .signal(1, SIGKILL),
            ])
        guard case .reportRestart(1, .signal(SIGKILL), _)? = run.end(1, .signal(SIGKILL)).first
        else {
            Issue.record("the hung child is not started again")
            return
        }
        #expect(run.passToDeadline().1 == [.start(1)])
        // It is watched again once it has said ready.
        run.supervisor.childAlive(0, now: run.now)
        run.supervisor.childAlive(2, now: run.now)
        run.supervisor.childAlive(1, now: run.now)
        #expect(run.pass(.seconds(9)) == [])
    }

    @Test func aReloadReachesRunningChildrenWhileServing() {
        var run = Run()
        _ = run.end(1, .signal(SIGKILL))
        #expect(run.supervisor.reloadRequested() == [.signal(0, SIGHUP), .signal(2, SIGHUP)])
        _ = run.signal(SIGTERM)
        #expect(run.supervisor.reloadRequested() == [])
    }
}
