import Config
import Glibc
import Logging
import Metrics
import Model
import NIOCore
import Upstream

/// The whole of relay-ingest on one event loop: the front door and the flow behind it.
///
///     listener ──▶ HTTPServer ──▶ Connection ──▶ FrontDoor ──▶ IngestFlow ──▶ projects, processors,
///                                 (one each)     (endpoints)                  upstream
public final class Ingest {
    private let server: HTTPServer
    private let door: FrontDoor
    private let flow: IngestFlow
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let openFilesMax: Int
    private var shutdownTimeout: Duration
    /// Whether `drain` has been called.
    public private(set) var isLeaving = false

    /// File descriptors kept for everything that is no client connection.
    private static let reservedFiles = 256

    /// Makes the parts and connects them; `start` makes them work.
    /// - Parameters:
    ///   - runtimeDirectory: holds the sockets of relay-projects and the processors.
    ///   - openFilesMax: the process's limit; connections are bounded so that it is never reached.
    private init(
        _ loaded: LoadedConfig, runtimeDirectory: String, openFilesMax: Int, logger: Logger,
        eventLoop: any EventLoop
    ) {
        self.eventLoop = eventLoop
        self.logger = logger
        self.openFilesMax = openFilesMax
        shutdownTimeout = loaded.config.limits.shutdownTimeout
        flow = IngestFlow(
            config: loaded.config, eventLoop: eventLoop, runtimeDirectory: runtimeDirectory,
            logger: logger, credentials: loaded.credentials,
            quarantineDirectory: "\(loaded.stateDirectory)/quarantine")
        door = FrontDoor(
            settings: Self.settings(loaded.config, openFilesMax: openFilesMax), flow: flow,
            eventLoop: eventLoop, logger: logger,
            wallClock: Self.wallTime)
        server = HTTPServer(door: door)
    }

    private static func settings(
        _ config: RelayConfig, openFilesMax: Int
    ) -> FrontDoorSettings {
        var settings = FrontDoorSettings(config, version: ProductVersion.current)
        settings.limits.maxConnections = min(
            settings.limits.maxConnections,
            max(openFilesMax / 2, openFilesMax - Self.reservedFiles))
        return settings
    }

    /// From now on this configuration counts; what is in progress ends as it began.
    public func apply(_ loaded: LoadedConfig) {
        shutdownTimeout = loaded.config.limits.shutdownTimeout
        flow.apply(loaded.config)
        server.apply(Self.settings(loaded.config, openFilesMax: openFilesMax))
    }

    /// Called, on the loop, when a link to relay-projects or a processor has come or gone.
    public func onPeersChanged(_ action: @escaping () -> Void) {
        flow.onPeersChanged = action
    }

    /// Makes everything on the loop, starts it, and listens. The result is to be used on the loop.
    public static func start(
        _ loaded: LoadedConfig, listener: ListenerSource, runtimeDirectory: String,
        openFilesMax: Int, logger: Logger, on eventLoop: any EventLoop
    ) -> EventLoopFuture<NIOLoopBound<Ingest>> {
        eventLoop.flatSubmit {
            let ingest = Ingest(
                loaded, runtimeDirectory: runtimeDirectory, openFilesMax: openFilesMax,
                logger: logger, eventLoop: eventLoop)
            let bound = NIOLoopBound(ingest, eventLoop: eventLoop)
            return ingest.flow.start().flatMap {
                bound.value.server.start(listener)
            }.map { address in
                logger.info(
                    "listening", metadata: ["address": "\(address?.description ?? "inherited")"])
                return bound
            }
        }
    }

    /// Whether the process wants traffic, as the ready check says.
    public var isReady: Bool {
        Health.isReady(flow, door.settings, isDraining: door.isDraining)
    }

    /// All figures of this process.
    public var metrics: MetricsSnapshot { door.metrics }

    /// One line for people.
    public var statusText: String {
        let counters = flow.counters
        let state = isLeaving ? "leaving" : isReady ? "ready" : "not ready"
        return
            "\(state), \(door.connectionCount) connections, \(flow.processorCount) processors, "
            + "\(counters.accepted) items accepted, \(counters.delivered) delivered, "
            + "\(counters.stored) waiting"
    }

    /// Leaves without losing anything: requests in progress are answered, then the flow finishes what
    /// it can until `limits.shutdown_timeout`. The front door has half of the time.
    public func drain() -> EventLoopFuture<Void> {
        guard !isLeaving else { return eventLoop.makeSucceededVoidFuture() }
        isLeaving = true
        let now = door.now
        let deadline = now + shutdownTimeout
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        return server.drain(deadline: now + shutdownTimeout / 2).flatMap {
            bound.value.flow.drain(deadline: deadline)
        }
    }

    private static func wallTime() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

extension IngestFlow: EventFlow {
    func forward(
        _ request: UpstreamRequest,
        completion: @escaping (Result<UpstreamResponse, UpstreamError>) -> Void
    ) {
        upstream.send(request, completion: completion)
    }
}
