import Config
import Glibc
import Links
import Logging
import Metrics
import Model
import NIOCore
import NIOPosix
import RelayProjects
import Service
import Upstream

/// The process around `ProjectsComposition`: listener, supervisor, signals, end.
struct ProjectsService: Sendable {
    /// The composition that serves; another one after a change of the configuration.
    private let composition: NIOLoopBoundBox<ProjectsComposition>
    private let eventLoop: any EventLoop
    private let listener: FrameLinkListener
    private let live: LiveConfig
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
        _ live: LiveConfig, listener: FrameLinkListener, logger: Logger
    ) -> ProjectsService {
        let eventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        do {
            let composition = try eventLoop.flatSubmit {
                do throws(ProjectsStartError) {
                    let made = try make(live.current, eventLoop: eventLoop, logger: logger)
                    let box = NIOLoopBoundBox(made, eventLoop: eventLoop)
                    return made.start(Self.copy(listener)).map { box }
                } catch {
                    return eventLoop.makeFailedFuture(error)
                }
            }.wait()
            return ProjectsService(
                composition: composition, eventLoop: eventLoop, listener: listener, live: live,
                logger: logger, ended: eventLoop.makePromise(of: Void.self))
        } catch let error as ProjectsStartError {
            Daemon.end("error: \(error)", status: EX_CONFIG)
        } catch {
            Daemon.end("relay-projects: cannot start: \(error)", status: EX_OSERR)
        }
    }

    private static func make(
        _ loaded: LoadedConfig, eventLoop: any EventLoop, logger: Logger
    ) throws(ProjectsStartError) -> ProjectsComposition {
        let clocks = RegistrationClient.Clocks(
            now: { MonotonicTime(nanoseconds: SystemClock.monotonicNanoseconds()) },
            wallNow: { WallTime(microseconds: SystemClock.wallMicroseconds()) })
        var generator = SystemRandomNumberGenerator()
        return try ProjectsComposition(
            loaded, eventLoop: eventLoop, clocks: clocks, seed: generator.next(), logger: logger)
    }

    /// A composition closes its listener when it ends; the inherited socket must outlive it.
    private static func copy(_ listener: FrameLinkListener) -> FrameLinkListener {
        guard case .inherited(let descriptor) = listener else { return listener }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else {
            Daemon.end(
                "relay-projects: \(SystemError("duplicate the listening socket"))",
                status: EX_OSERR)
        }
        return .inherited(descriptor: copy)
    }

    /// SIGHUP reads the configuration again; SIGTERM leaves in order, within the time; SIGINT,
    /// SIGQUIT and a second SIGTERM at once.
    func handleSignals() {
        let isLeaving = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: eventLoop)
        let handle: @Sendable (Int32) -> Void = { [self] signal in
            if signal == SIGHUP { return reload() }
            let timeout = live.current.config.limits.shutdownTimeout
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
            try Signals.deliver(Signals.handled, to: handle)
        } catch {
            Daemon.end("relay-projects: \(error)", status: EX_OSERR)
        }
    }

    /// Serving: says so, and from now on proves that the loop is alive.
    func tellServiceManager() {
        let status = try? eventLoop.submit { composition.value.projects.summary }.wait()
        ServiceManager.ready(status: status)
        guard let interval = ServiceManager.reportInterval else { return }
        eventLoop.scheduleRepeatedTask(
            initialDelay: .zero, delay: .nanoseconds(interval.nanosecondsClamped)
        ) { _ in
            ServiceManager.signOfLife(status: composition.value.projects.summary)
        }
        eventLoop.execute { reportPeers() }
    }

    private func reportPeers() {
        composition.value.onPeersChanged = { [self] in
            for delay in ServiceManager.statusDelaysMilliseconds {
                eventLoop.scheduleTask(in: .milliseconds(delay)) {
                    ServiceManager.status(composition.value.projects.summary)
                }
            }
        }
    }

    /// Sends the metrics to a statsd server, if there is one.
    func reportMetrics(instance: String?) {
        StatsdReporter.start(
            instance: instance, logger: logger,
            settings: { [live] in live.current.config.metrics.statsdSettings }
        ) { [self] in
            (try? eventLoop.submit { composition.value.projects.metrics }.wait())
                ?? MetricsSnapshot()
        }
    }

    /// Waits until everything has been drained.
    func waitForEnd() -> Never {
        try? ended.futureResult.wait()
        logger.info("ended")
        exit(0)
    }
}

// MARK: - Configuration

extension ProjectsService {
    /// On the thread for signals: further signals wait until this is done.
    private func reload() {
        ServiceManager.reloading()
        defer { ServiceManager.ready() }
        let before = live.current
        do {
            let change = try live.readAgain()
            if ProjectsComposition.isAnother(change.loaded, than: before) {
                try eventLoop.flatSubmit { replace(change.loaded) }.wait()
            }
            LogBootstrap.change(
                level: change.loaded.config.logging.level.rawValue,
                format: change.loaded.config.logging.format.rawValue,
                directives: RelayConfig.processEnvironment()["RUST_LOG"])
            Reload.logDone(
                changed: change.applied + (change.areCredentialsChanged ? ["credentials"] : []),
                needRestart: change.needRestart,
                warnings: change.loaded.warnings.map(\.description), logger)
        } catch let error as ConfigError {
            Reload.logRefused(error.problems.map(\.description), logger)
        } catch let error as ProjectsStartError {
            live.revert(to: before)
            Reload.logRefused([error.description], logger)
        } catch {
            Daemon.end("relay-projects: cannot go on: \(error)", status: EX_OSERR)
        }
    }

    /// A composition of the new settings takes the place of the present one. Questions in progress
    /// are answered with what is known; those that come meanwhile wait in the socket's queue.
    private func replace(_ loaded: LoadedConfig) -> EventLoopFuture<Void> {
        let new: ProjectsComposition
        do throws(ProjectsStartError) {
            new = try Self.make(loaded, eventLoop: eventLoop, logger: logger)
        } catch {
            return eventLoop.makeFailedFuture(error)
        }
        let next = NIOLoopBound(new, eventLoop: eventLoop)
        return composition.value.drain().flatMap { [self] in
            composition.value = next.value
            reportPeers()
            return next.value.start(Self.copy(listener))
        }
    }
}
