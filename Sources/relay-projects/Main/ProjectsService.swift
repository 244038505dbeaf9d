import Config
import Glibc
import Links
import Logging
import Model
import NIOCore
import NIOPosix
import RelayProjects
import Service
import Upstream

/// The process around `ProjectsComposition`: listener, supervisor, signals, end.
struct ProjectsService: Sendable {
    private let composition: NIOLoopBound<ProjectsComposition>
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let ended: EventLoopPromise<Void>

    /// The socket that a supervisor or launcher passed under the name `projects`, else
    /// `<runtime directory>/projects.sock`.
    static func listener(runtimeDirectory: String) -> FrameLinkListener {
        do {
            var sockets = try InheritedSockets.adopt()
            if let inherited = sockets.takeListener(named: "projects") {
                return .inherited(descriptor: inherited)
            }
        } catch {
            Daemon.end("relay-projects: \(error)", status: EX_OSERR)
        }
        mkdir(runtimeDirectory, 0o700)
        return .path("\(runtimeDirectory)/projects.sock")
    }

    /// Starts everything on one event loop; ends the process when that is impossible.
    static func start(
        _ loaded: LoadedConfig, listener: FrameLinkListener, logger: Logger
    ) -> ProjectsService {
        let eventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        do {
            let composition = try eventLoop.flatSubmit {
                makeAndStart(loaded, listener: listener, eventLoop: eventLoop, logger: logger)
            }.wait()
            return ProjectsService(
                composition: composition, eventLoop: eventLoop, logger: logger,
                ended: eventLoop.makePromise(of: Void.self))
        } catch let error as ProjectsStartError {
            Daemon.end("error: \(error)", status: EX_CONFIG)
        } catch {
            Daemon.end("relay-projects: cannot start: \(error)", status: EX_OSERR)
        }
    }

    private static func makeAndStart(
        _ loaded: LoadedConfig, listener: FrameLinkListener, eventLoop: any EventLoop,
        logger: Logger
    ) -> EventLoopFuture<NIOLoopBound<ProjectsComposition>> {
        let clocks = RegistrationClient.Clocks(
            now: { MonotonicTime(nanoseconds: SystemClock.monotonicNanoseconds()) },
            wallNow: { WallTime(microseconds: SystemClock.wallMicroseconds()) })
        var generator = SystemRandomNumberGenerator()
        do throws(ProjectsStartError) {
            let composition = try ProjectsComposition(
                loaded, eventLoop: eventLoop, clocks: clocks, seed: generator.next(),
                logger: logger)
            let bound = NIOLoopBound(composition, eventLoop: eventLoop)
            return composition.start(listener).map { bound }
        } catch {
            return eventLoop.makeFailedFuture(error)
        }
    }

    /// SIGTERM leaves in order, within the time; SIGINT, SIGQUIT and a second SIGTERM at once.
    func drainOnSIGTERM(within timeout: Duration) {
        let isLeaving = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: eventLoop)
        let leave: @Sendable (Int32) -> Void = { [self] signal in
            eventLoop.execute {
                guard signal == SIGTERM, !isLeaving.value else { exit(0) }
                isLeaving.value = true
                ServiceManager.stopping(status: "answering what waits")
                ServiceManager.extendTimeout(toLeaveIn: timeout)
                logger.info("leaving")
                composition.value.drain().cascade(to: ended)
                eventLoop.scheduleTask(in: .nanoseconds(timeout.nanosecondsClamped)) { exit(0) }
            }
        }
        do {
            try Signals.deliver(Signals.terminating, to: leave)
        } catch {
            Daemon.end("relay-projects: \(error)", status: EX_OSERR)
        }
    }

    /// Serving: says so, and from now on proves that the loop is alive.
    func tellServiceManager() {
        let status = try? eventLoop.submit { composition.value.projects.summary }.wait()
        ServiceManager.ready(status: status)
        let watchdog = ServiceManager.watchdogNanoseconds
        guard watchdog != nil || getenv("NOTIFY_SOCKET") != nil else { return }
        let interval = min(watchdog.map { $0 / 3 } ?? .max, 10_000_000_000)
        eventLoop.scheduleRepeatedTask(
            initialDelay: .zero, delay: .nanoseconds(max(interval, 1_000_000))
        ) { _ in
            ServiceManager.watchdog()
            ServiceManager.status(composition.value.projects.summary)
        }
    }

    /// Waits until everything has been drained.
    func waitForEnd() -> Never {
        try? ended.futureResult.wait()
        logger.info("ended")
        exit(0)
    }
}
