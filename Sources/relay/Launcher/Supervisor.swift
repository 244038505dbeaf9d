import Glibc
import Model

/// Decides about the children of `relay run`: when to start, restart, stop and kill them, and when
/// the launcher itself ends. It performs nothing: `Launcher` does, and reports what happened.
///
/// Children stop in stages. On SIGTERM stage 0 (the front door) is asked to drain, while the later
/// stages, which it needs for that, go on and are still restarted; when a stage has ended the next
/// one is asked. Whoever has not ended at its deadline is killed, so that the whole stop keeps to
/// the shutdown timeout. SIGINT and SIGQUIT ask all at once and kill after a moment.
struct Supervisor {
    /// A child's place in the launch plan.
    typealias ChildID = Int

    /// What the launcher shall do.
    enum Action: Hashable {
        case start(ChildID)
        case signal(ChildID, Int32)
        /// All children are ready for the first time.
        case announceReady
        /// A child ended and will be started again after the pause.
        case reportRestart(ChildID, ExitCause, pause: Duration)
        /// A child gave no sign of life for so long; its end is the next action.
        case reportHung(ChildID, silence: Duration)
        /// All children have ended: end with this status.
        case end(status: Int32)
    }

    /// How a child ended.
    enum ExitCause: Hashable {
        case status(Int32)
        case signal(Int32)
        case startFailed
    }

    private enum ChildState {
        /// Not running, and not to be started unless told.
        case stopped
        /// Running since then.
        case running(since: MonotonicTime)
        /// Starts again at that time.
        case pausing(until: MonotonicTime)
    }

    private struct Child {
        let stage: Int
        var state = ChildState.stopped
        var isReady = false
        /// The last sign of life since it said ready.
        var lastSign: MonotonicTime?
        var backoff = Backoff(
            initial: .milliseconds(20), factor: 2, max: .seconds(5))
    }

    private enum Phase {
        case serving
        /// The stage that is stopping; `killAt` is its deadline.
        case draining(stage: Int, killAt: MonotonicTime, end: MonotonicTime)
        /// All are stopping at once.
        case dropping(killAt: MonotonicTime)
        case ended
    }

    /// A child that ran this long is healthy: its next restart is quick again.
    static let healthyAfter = Duration.seconds(10)
    /// A child that is ready and silent for so long hangs.
    static let watchdogTimeout = Duration.seconds(10)
    /// What children get to drop their work after SIGINT.
    static let dropTimeout = Duration.milliseconds(200)

    private var children: [Child]
    private let lastStage: Int
    private let shutdownTimeout: Duration
    private var phase = Phase.serving
    private var wasReady = false
    private var status: Int32 = 0
    private var generator: SeededGenerator

    /// `stages` holds the stage of each child; `seed` is for the jitter of restarts.
    init(stages: [Int], shutdownTimeout: Duration, seed: UInt64) {
        children = stages.map { Child(stage: $0) }
        lastStage = stages.max() ?? 0
        self.shutdownTimeout = shutdownTimeout
        generator = SeededGenerator(seed: seed)
    }

    /// Time the front door gets to drain, of the whole timeout; the rest is for the others.
    static func drainTimeout(of shutdownTimeout: Duration) -> Duration {
        shutdownTimeout - min(.seconds(1), shutdownTimeout / 5)
    }

    // MARK: Events

    mutating func started(now: MonotonicTime) -> [Action] {
        children.indices.map { start($0, now: now) }
    }

    mutating func childReady(_ id: ChildID, now: MonotonicTime) -> [Action] {
        children[id].isReady = true
        children[id].lastSign = now
        guard !wasReady, children.allSatisfy(\.isReady), case .serving = phase else { return [] }
        wasReady = true
        return [.announceReady]
    }

    /// A child gave a sign of life.
    mutating func childAlive(_ id: ChildID, now: MonotonicTime) {
        if children[id].lastSign != nil { children[id].lastSign = now }
    }

    /// The children read their configuration again.
    mutating func reloadRequested() -> [Action] {
        guard case .serving = phase else { return [] }
        return children.indices.compactMap { id in
            guard case .running = children[id].state else { return nil }
            return .signal(id, SIGHUP)
        }
    }

    mutating func childEnded(_ id: ChildID, _ cause: ExitCause, now: MonotonicTime) -> [Action] {
        let startedAt: MonotonicTime? =
            if case .running(let since) = children[id].state { since } else { nil }
        children[id].state = .stopped
        children[id].isReady = false
        children[id].lastSign = nil
        if case .status(let code) = cause, code == EX_CONFIG, case .serving = phase {
            // Starting again cannot help: the configuration is wrong.
            status = EX_CONFIG
            return dropAll(now: now)
        }
        switch phase {
        case .serving:
            return [restart(id, cause, startedAt: startedAt, now: now)]
        case .draining(let stage, _, _) where children[id].stage > stage:
            return [restart(id, cause, startedAt: startedAt, now: now)]
        case .draining, .dropping, .ended:
            return advance(now: now)
        }
    }

    mutating func signalReceived(_ signal: Int32, now: MonotonicTime) -> [Action] {
        switch (signal, phase) {
        case (SIGTERM, .serving):
            let end = now + shutdownTimeout
            phase = .draining(
                stage: 0, killAt: now + Self.drainTimeout(of: shutdownTimeout), end: end)
            return askStage(0) + advance(now: now)
        case (SIGINT, .serving), (SIGQUIT, .serving), (SIGINT, .draining), (SIGQUIT, .draining):
            return dropAll(now: now)
        default:
            return []
        }
    }

    mutating func timePassed(now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        for id in children.indices {
            if case .pausing(let until) = children[id].state, until <= now {
                actions.append(start(id, now: now))
            }
            if let deadline = watchdogDeadline(id), deadline <= now,
                let lastSign = children[id].lastSign
            {
                // Watched again once it is ready again.
                children[id].lastSign = nil
                actions.append(.reportHung(id, silence: now - lastSign))
                actions.append(.signal(id, SIGKILL))
            }
        }
        switch phase {
        case .draining(let stage, let killAt, _) where killAt <= now:
            actions += kill { $0.stage <= stage }
        case .dropping(let killAt) where killAt <= now:
            actions += kill { _ in true }
        default: break
        }
        return actions
    }

    /// When `timePassed` has something to do.
    var nextDeadline: MonotonicTime? {
        var deadlines = children.compactMap { child -> MonotonicTime? in
            if case .pausing(let until) = child.state { until } else { nil }
        }
        deadlines += children.indices.compactMap { watchdogDeadline($0) }
        switch phase {
        case .draining(_, let killAt, _), .dropping(let killAt): deadlines.append(killAt)
        case .serving, .ended: break
        }
        return deadlines.min()
    }

    /// When a running child hangs, unless it gives a sign of life before.
    private func watchdogDeadline(_ id: ChildID) -> MonotonicTime? {
        guard case .running = children[id].state else { return nil }
        return children[id].lastSign.map { $0 + Self.watchdogTimeout }
    }

    // MARK: Transitions

    private mutating func start(_ id: ChildID, now: MonotonicTime) -> Action {
        children[id].state = .running(since: now)
        return .start(id)
    }

    private mutating func restart(
        _ id: ChildID, _ cause: ExitCause, startedAt: MonotonicTime?, now: MonotonicTime
    ) -> Action {
        if let startedAt, now - startedAt >= Self.healthyAfter { children[id].backoff.reset() }
        let pause = children[id].backoff.next(using: &generator)
        children[id].state = .pausing(until: now + pause)
        return .reportRestart(id, cause, pause: pause)
    }

    private mutating func askStage(_ stage: Int) -> [Action] {
        var actions: [Action] = []
        for id in children.indices where children[id].stage == stage {
            switch children[id].state {
            case .running: actions.append(.signal(id, SIGTERM))
            case .pausing: children[id].state = .stopped
            case .stopped: break
            }
        }
        return actions
    }

    private mutating func dropAll(now: MonotonicTime) -> [Action] {
        phase = .dropping(killAt: now + Self.dropTimeout)
        var actions: [Action] = []
        for id in children.indices {
            if case .running = children[id].state { actions.append(.signal(id, SIGINT)) }
            if case .pausing = children[id].state { children[id].state = .stopped }
        }
        return actions + advance(now: now)
    }

    /// Goes on to the next stage, or to the end, when nobody of the current one runs any more.
    private mutating func advance(now: MonotonicTime) -> [Action] {
        switch phase {
        case .draining(let stage, _, let end):
            guard !isAnyRunning(where: { $0.stage <= stage }) else { return [] }
            guard stage < lastStage else { return finish() }
            // Some time is left for the kill itself.
            let killAt = max(now, end + (.zero - shutdownTimeout / 20))
            phase = .draining(stage: stage + 1, killAt: killAt, end: end)
            return askStage(stage + 1) + advance(now: now)
        case .dropping:
            return isAnyRunning(where: { _ in true }) ? [] : finish()
        case .serving, .ended:
            return []
        }
    }

    private mutating func finish() -> [Action] {
        phase = .ended
        return [.end(status: status)]
    }

    private func isAnyRunning(where condition: (Child) -> Bool) -> Bool {
        children.contains { child in
            if case .running = child.state { condition(child) } else { false }
        }
    }

    /// Kills the running ones; the deadline moves on, in case a kill comes to nothing.
    private mutating func kill(where condition: (Child) -> Bool) -> [Action] {
        switch phase {
        case .draining(let stage, let killAt, let end):
            phase = .draining(stage: stage, killAt: killAt + .seconds(1), end: end)
        case .dropping(let killAt):
            phase = .dropping(killAt: killAt + .seconds(1))
        case .serving, .ended: break
        }
        return children.indices.compactMap { id in
            guard case .running = children[id].state, condition(children[id]) else { return nil }
            return .signal(id, SIGKILL)
        }
    }
}
