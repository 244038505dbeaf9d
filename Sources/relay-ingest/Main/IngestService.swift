import Config
import Glibc
import Logging
import NIOCore
import NIOPosix
import RelayIngest
import Service

/// The process around `Ingest`: listener, supervisor, signals, end.
struct IngestService: Sendable {
    private let ingest: NIOLoopBound<Ingest>
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let shutdownTimeout: Duration
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
        _ loaded: LoadedConfig, listener: ListenerSource, runtimeDirectory: String,
        openFilesMax: Int, logger: Logger
    ) -> IngestService {
        let eventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        do {
            let ingest = try Ingest.start(
                loaded, listener: listener, runtimeDirectory: runtimeDirectory,
                openFilesMax: openFilesMax, logger: logger, on: eventLoop
            ).wait()
            return IngestService(
                ingest: ingest, eventLoop: eventLoop, logger: logger,
                shutdownTimeout: loaded.config.limits.shutdownTimeout,
                ended: eventLoop.makePromise(of: Void.self))
        } catch {
            Daemon.end("relay-ingest: cannot start: \(error)", status: 1)
        }
    }

    /// SIGTERM leaves in order; SIGINT, SIGQUIT and a second SIGTERM at once.
    func drainOnSIGTERM() {
        let leave: @Sendable (Int32) -> Void = { [self] signal in
            eventLoop.execute {
                guard signal == SIGTERM, !ingest.value.isLeaving else { exit(0) }
                ServiceManager.stopping(status: "finishing what is in progress")
                ServiceManager.extendTimeout(toLeaveIn: shutdownTimeout)
                logger.info("leaving")
                ingest.value.drain().cascade(to: ended)
            }
        }
        do {
            try Signals.deliver(Signals.terminating, to: leave)
        } catch {
            Daemon.end("relay-ingest: \(error)", status: 1)
        }
    }

    /// Serving: says so, and from now on proves that the loop is alive.
    func tellServiceManager() {
        let status = try? eventLoop.submit { ingest.value.statusText }.wait()
        ServiceManager.ready(status: status)
        let watchdog = ServiceManager.watchdogNanoseconds
        let interval = min(watchdog.map { $0 / 3 } ?? .max, 10_000_000_000)
        guard watchdog != nil || getenv("NOTIFY_SOCKET") != nil else { return }
        eventLoop.scheduleRepeatedTask(
            initialDelay: .zero, delay: .nanoseconds(max(interval, 1_000_000))
        ) { _ in
            ServiceManager.watchdog()
            ServiceManager.status(ingest.value.statusText)
        }
    }

    /// Waits until everything has been drained.
    func waitForEnd() -> Never {
        try? ended.futureResult.wait()
        logger.info("ended")
        exit(0)
    }
}
