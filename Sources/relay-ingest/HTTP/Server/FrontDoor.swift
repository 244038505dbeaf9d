import Config
import Compression
import JSON
import Logging
import Model
import NIOCore

/// What all connections share: settings, the flow, bounds and counters. Lives on one event loop.
final class FrontDoor {
    private(set) var settings: FrontDoorSettings
    let flow: any EventFlow
    let eventLoop: any EventLoop
    let logger: Logger
    let budget: BodyBudget
    let decompressor = BodyDecompressor()
    /// For looking into payloads; reused from request to request.
    let document = JSONDocument()
    /// The time of day.
    let wallClock: () -> WallTime
    var writer: AnswerWriter
    var counters = FrontDoorCounters()
    /// Signed questions of relays that have been answered.
    var seenSignatures = SeenSignatures()
    /// Whether each answer ends its connection.
    private(set) var isDraining = false
    private var connections: [ObjectIdentifier: Connection] = [:]
    /// Called whenever a connection has been opened.
    var onConnectionOpened: () -> Void = {}
    /// Called whenever a connection has ended.
    var onConnectionClosed: () -> Void = {}

    init(
        settings: FrontDoorSettings, flow: any EventFlow, eventLoop: any EventLoop, logger: Logger,
        wallClock: @escaping () -> WallTime
    ) {
        self.settings = settings
        self.flow = flow
        self.eventLoop = eventLoop
        self.logger = logger
        self.wallClock = wallClock
        budget = BodyBudget(bytesMax: settings.bodyBytesMax)
        writer = AnswerWriter(serverName: settings.serverName)
    }

    /// From now on these settings count; connections keep their times, requests in progress their
    /// limits.
    func apply(_ new: FrontDoorSettings) {
        settings = new
        budget.bytesMax = new.bodyBytesMax
    }

    /// The loop's clock.
    var now: MonotonicTime {
        MonotonicTime(nanoseconds: Int64(clamping: eventLoop.now.uptimeNanoseconds))
    }

    /// Bounds in time of each connection.
    var phaseLimits: ConnectionPhase.Limits {
        ConnectionPhase.Limits(
            header: settings.limits.headerTimeout, keepAlive: settings.limits.keepaliveTimeout,
            body: settings.limits.bodyTimeout, bodyBytesPerSecond: settings.limits.bodyRateMin,
            linger: settings.lingerTimeout, drainGrace: settings.drainGrace)
    }

    /// Connections that are open.
    var connectionCount: Int { connections.count }

    func opened(_ connection: Connection) {
        counters.connectionsAccepted += 1
        connections[ObjectIdentifier(connection)] = connection
        onConnectionOpened()
    }

    func closed(_ connection: Connection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        onConnectionClosed()
    }

    /// Looks at every connection's deadline.
    /// - Parameter isCrowded: new connections wait until others end.
    func sweep(isCrowded: Bool = false) {
        let now = now
        for connection in connections.values { connection.sweep(now: now, isCrowded: isCrowded) }
    }

    /// From now on each answer is the last of its connection.
    func drain() {
        isDraining = true
        let now = now
        for connection in connections.values { connection.drain(now: now) }
    }

    /// Closes all connections at once.
    func abort() {
        for connection in connections.values { connection.abort() }
    }

    // MARK: Endpoints

    /// A request's head is there: its endpoint answers, or asks for the body.
    func begin(_ exchange: Exchange) {
        switch exchange.route {
        case .store, .envelope, .security, .pixel: beginIngestion(exchange)
        case .preflight: exchange.answer(CORS.preflight)
        case .live: exchange.answer(Health.live)
        case .ready: exchange.answer(Health.ready(flow, settings, isDraining: isDraining))
        case .captured(let id): exchange.answer(Capture.answer(id, flow, settings.mode))
        case .metrics: answerMetrics(exchange)
        case .projectConfigs, .publicKeys: beginRelayQuery(exchange)
        case .forward: beginForward(exchange)
        case .badProject: exchange.answer(.failure(400, "bad project path parameter"))
        case .methodNotAllowed(let allowed): exchange.answer(.methodNotAllowed(allowed))
        case .notFound: exchange.answer(.notFound)
        }
    }

    /// The body that an endpoint asked for is there.
    func finish(_ exchange: Exchange, body: [UInt8]) {
        switch exchange.route {
        case .store, .envelope, .security: finishIngestion(exchange, body)
        case .projectConfigs, .publicKeys: finishRelayQuery(exchange, body)
        case .forward: finishForward(exchange, body)
        case .pixel, .preflight, .live, .ready, .captured, .metrics, .badProject, .methodNotAllowed,
            .notFound:
            exchange.answer(.notFound)
        }
    }
}
