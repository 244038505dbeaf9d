import Config
import Glibc
import Logging
import Metrics
import Model
import NIOCore
import NIOPosix
import RelayIngest
import Service

/// The process around `Ingest`: listener, supervisor, signals, end.
struct IngestService: Sendable {
    private let ingest: NIOLoopBound<Ingest>
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let live: LiveConfig
    private let ended: EventLoopPromise<Void>

    /// The socket that a supervisor or launcher passed under the name `http`, else our own.
    static func listener(_ config: RelayConfig) -> ListenerSource {
        do {
            var sockets = try InheritedSockets.adopt()
            if let inherited = sockets.takeListener(named: "http", orAnyTCP: true) {
                return .inherited(inherited)
            }
            return .inherited(
                try Listeners.tcp(
                    host: config.relay.host, port: config.relay.port,
                    backlog: Int32(clamping: config.limits.maxPendingConnections)))
        } catch {
            Daemon.end("relay-ingest: \(error)", status: 1)
        }
    }

    /// Starts everything on one event loop; ends the process when that is impossible.
    static func start(
        _ live: LiveConfig, listener: ListenerSource, runtimeDirectory: String,
        openFilesMax: Int, logger: Logger
    ) -> IngestService {
        let eventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        do {
            let ingest = try Ingest.start(
                live.current, listener: listener, runtimeDirectory: runtimeDirectory,
                openFilesMax: openFilesMax, logger: logger, on: eventLoop
            ).wait()
            return IngestService(
                ingest: ingest, eventLoop: eventLoop, logger: logger, live: live,
                ended: eventLoop.makePromise(of: Void.self))
        } catch {
            Daemon.end("relay-ingest: cannot start: \(error)", status: 1)
        }
    }

    /// SIGHUP reads the configuration again; SIGTERM leaves in order; SIGINT, SIGQUIT and a second
    /// SIGTERM at once.
    func handleSignals() {
        let handle: @Sendable (Int32) -> Void = { [self] signal in
            if signal == SIGHUP { return reload() }
            eventLoop.execute {
                guard signal == SIGTERM, !ingest.value.isLeaving else { exit(0) }
                ServiceManager.stopping(status: "finishing what is in progress")
                ServiceManager.extendTimeout(toLeaveIn: live.current.config.limits.shutdownTimeout)
                logger.info("leaving")
                ingest.value.drain().cascade(to: ended)
            }
        }
        do {
            try Signals.deliver(Signals.handled, to: handle)
        } catch {
            Daemon.end("relay-ingest: \(error)", status: 1)
        }
    }

    /// Serving: says so, and from now on proves that the loop is alive.
    func tellServiceManager() {
        let status = try? eventLoop.submit { ingest.value.statusText }.wait()
        ServiceManager.ready(status: status)
        guard let interval = ServiceManager.reportInterval else { return }
        eventLoop.scheduleRepeatedTask(
            initialDelay: .zero, delay: .nanoseconds(interval.nanosecondsClamped)
        ) { _ in
            ServiceManager.signOfLife(status: ingest.value.statusText)
        }
        eventLoop.execute {
            ingest.value.onPeersChanged {
                for delay in ServiceManager.statusDelaysMilliseconds {
                    eventLoop.scheduleTask(in: .milliseconds(delay)) {
                        ServiceManager.status(ingest.value.statusText)
                    }
                }
            }
        }
    }

    /// On the thread for signals: a second SIGHUP waits until the first one is done.
    private func reload() {
        ServiceManager.reloading()
        defer { ServiceManager.ready() }
        do {
            let change = try live.readAgain()
            LogBootstrap.change(
                level: change.loaded.config.logging.level.rawValue,
                format: change.loaded.config.logging.format.rawValue,
                directives: RelayConfig.processEnvironment()["RUST_LOG"])
            try eventLoop.submit { ingest.value.apply(change.loaded) }.wait()
            Reload.logDone(
                changed: change.applied, needRestart: change.needRestart,
                warnings: change.loaded.warnings.map(\.description), logger)
        } catch let error as ConfigError {
            Reload.logRefused(error.problems.map(\.description), logger)
        } catch {
            logger.error("configuration not used", metadata: ["error": "\(error)"])
        }
    }

    /// Sends the metrics to a statsd server, if there is one.
    func reportMetrics(instance: String?) {
        StatsdReporter.start(
            instance: instance, logger: logger,
            settings: { [live] in live.current.config.metrics.statsdSettings }
        ) { [self] in
            (try? eventLoop.submit { ingest.value.metrics }.wait()) ?? MetricsSnapshot()
        }
    }

    /// Waits until everything has been drained.
    func waitForEnd() -> Never {
        try? ended.futureResult.wait()
        logger.info("ended")
        exit(0)
    }
}
