import CSystemd
import Config
import Glibc
import Logging
import Model
import Service

/// Runs all processes of a relay on this machine: performs what `Supervisor` decides, on the main
/// thread, with one `poll`.
final class Launcher {
    private let plan: LaunchPlan
    private let runtime: RuntimeFolder
    private let logger: Logger
    private let signals: Int32
    private var supervisor: Supervisor
    private var notifySockets: [NotifySocket] = []
    private var processes: [pid_t: Supervisor.ChildID] = [:]
    private let startedAt: MonotonicTime
    /// Whether the configuration, read again, can be used: then the children read it, too.
    private let isNewConfigurationGood: () -> Bool

    init(
        plan: LaunchPlan, runtime: RuntimeFolder, shutdownTimeout: Duration, logger: Logger,
        isNewConfigurationGood: @escaping () -> Bool
    ) throws(SystemError) {
        self.isNewConfigurationGood = isNewConfigurationGood
        self.plan = plan
        self.runtime = runtime
        self.logger = logger
        startedAt = Self.now()
        supervisor = Supervisor(
            stages: plan.children.map(\.stage), shutdownTimeout: shutdownTimeout,
            seed: UInt64.random(in: 0...UInt64.max))
        signals = try Signals.descriptor(for: Signals.handled + [SIGCHLD])
        for child in plan.children {
            notifySockets.append(try NotifySocket(path: child.notifyPath))
        }
    }

    private static func now() -> MonotonicTime {
        MonotonicTime(nanoseconds: SystemClock.monotonicNanoseconds())
    }

    /// Returns the status to end with when all children have ended.
    func run() -> Int32 {
        if let status = perform(supervisor.started(now: Self.now())) { return status }
        while true {
            wait()
            let now = Self.now()
            for (id, socket) in notifySockets.enumerated() {
                let news = socket.receive()
                if news.isAlive { supervisor.childAlive(id, now: now) }
                guard news.isReady else { continue }
                if let status = perform(supervisor.childReady(id, now: now)) { return status }
            }
            while let (signal, isFromKernel) = Signals.nextWithOrigin(from: signals) {
                if signal == SIGCHLD { continue }
                if let status = handle(signal, isFromKernel: isFromKernel) { return status }
            }
            if let status = reap() { return status }
            if let status = perform(supervisor.timePassed(now: Self.now())) { return status }
        }
    }

    private func handle(_ signal: Int32, isFromKernel: Bool) -> Int32? {
        var signal = signal
        if signal == SIGHUP, !isFromKernel {
            ServiceManager.reloading()
            defer { ServiceManager.ready() }
            return isNewConfigurationGood() ? perform(supervisor.reloadRequested()) : nil
        }
        // The terminal is gone, and with it whoever would stop us.
        if signal == SIGHUP { signal = SIGTERM }
        logger.info("stopping", metadata: ["signal": "\(Self.name(of: signal))"])
        ServiceManager.stopping()
        return perform(supervisor.signalReceived(signal, now: Self.now()))
    }

    /// Waits for a signal, a message of a child, or the supervisor's deadline.
    private func wait() {
        var descriptors = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
        for socket in notifySockets {
            descriptors.append(pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0))
        }
        var timeout: Int32 = -1
        if let deadline = supervisor.nextDeadline {
            let nanoseconds = max(0, (deadline - Self.now()).nanosecondsClamped)
            timeout = Int32(clamping: (nanoseconds + 999_999) / 1_000_000)
        }
        poll(&descriptors, nfds_t(descriptors.count), timeout)
    }

    /// Collects children that have ended.
    private func reap() -> Int32? {
        var status: Int32 = 0
        while true {
            let process = waitpid(-1, &status, WNOHANG)
            guard process > 0 else { return nil }
            guard let id = processes.removeValue(forKey: process) else { continue }
            let signal = status & 0x7f
            let cause: Supervisor.ExitCause =
                signal == 0 ? .status((status >> 8) & 0xff) : .signal(signal)
            logger.debug(
                "child ended",
                metadata: [
                    "child": "\(plan.children[id].name)", "pid": "\(process)",
                    "cause": "\(Self.text(cause))",
                ])
            let actions = supervisor.childEnded(id, cause, now: Self.now())
            if let status = perform(actions) { return status }
        }
    }

    /// Performs actions; the status when the last one was the end.
    private func perform(_ actions: [Supervisor.Action]) -> Int32? {
        for action in actions {
            switch action {
            case .start(let id):
                if let status = start(id) { return status }
            case .signal(let id, let signal):
                for (process, child) in processes where child == id { kill(process, signal) }
            case .announceReady:
                let elapsed = (Self.now() - startedAt).millisecondsClamped
                logger.info("ready", metadata: ["milliseconds": "\(elapsed)"])
                ServiceManager.ready()
            case .reportRestart(let id, let cause, let pause):
                logger.warning(
                    "child ended, starting it again",
                    metadata: [
                        "child": "\(plan.children[id].name)", "cause": "\(Self.text(cause))",
                        "pause_ms": "\(pause.millisecondsClamped)",
                    ])
            case .reportHung(let id, let silence):
                logger.error(
                    "child gives no sign of life, ending it",
                    metadata: [
                        "child": "\(plan.children[id].name)",
                        "silence_ms": "\(silence.millisecondsClamped)",
                        "limit_ms": "\(Supervisor.watchdogTimeout.millisecondsClamped)",
                    ])
            case .end(let status):
                return status
            }
        }
        return nil
    }

    private func start(_ id: Supervisor.ChildID) -> Int32? {
        let child = plan.children[id]
        do {
            let process = try ChildSpawner.start(child)
            processes[process] = id
            logger.debug(
                "child started", metadata: ["child": "\(child.name)", "pid": "\(process)"])
            return nil
        } catch {
            logger.error(
                "cannot start child", metadata: ["child": "\(child.name)", "error": "\(error)"])
            return perform(supervisor.childEnded(id, .startFailed, now: Self.now()))
        }
    }

    private static func text(_ cause: Supervisor.ExitCause) -> String {
        switch cause {
        case .status(let code): "exit status \(code)"
        case .signal(let signal): name(of: signal)
        case .startFailed: "not started"
        }
    }

    private static func name(of signal: Int32) -> String {
        switch signal {
        case SIGTERM: "SIGTERM"
        case SIGINT: "SIGINT"
        case SIGQUIT: "SIGQUIT"
        case SIGKILL: "SIGKILL"
        case SIGSEGV: "SIGSEGV"
        case SIGABRT: "SIGABRT"
        case SIGILL: "SIGILL"
        case SIGTRAP: "SIGTRAP"
        case SIGBUS: "SIGBUS"
        default: "signal \(signal)"
        }
    }
}
