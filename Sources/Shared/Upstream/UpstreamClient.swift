import Logging
import Model
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The HTTP/1.1 client for the one upstream: lives on one event loop and must only be used there.
///
/// Connections are kept alive and used again, the latest first. A name is resolved anew for each new
/// connection; a name that does not resolve, or an upstream that is down, is an error of the request
/// and nothing else. Proxy variables of the environment are ignored.
public final class UpstreamClient {
    /// Where the upstream is.
    public let settings: UpstreamSettings

    private let eventLoop: any EventLoop
    private let logger: Logger
    private let builder: UpstreamRequestBuilder
    private let tls: Result<NIOSSLContext, UpstreamError>?
    private var queue: UpstreamRequestQueue<UpstreamExchange>
    /// All connections that have not ended.
    private var connections: [ObjectIdentifier: UpstreamConnection] = [:]
    /// Those without a request, the latest last.
    private var idle: [UpstreamConnection] = []
    /// Requests that wait for the connection that is set up for them.
    private var connecting: [ObjectIdentifier: UpstreamExchange] = [:]
    private var isTickScheduled = false
    private var isShutDown = false

    /// A client on the loop. Nothing is connected before the first request.
    public init(settings: UpstreamSettings, eventLoop: any EventLoop, logger: Logger) {
        self.settings = settings
        self.eventLoop = eventLoop
        self.logger = logger
        builder = UpstreamRequestBuilder(settings: settings)
        queue = UpstreamRequestQueue(
            activeMax: settings.requestsMax, waitingMax: settings.queueMax)
        tls = settings.isSecure ? Self.tlsContext(settings) : nil
    }

    /// Requests on their way.
    public var requestsActive: Int { queue.active }

    /// Requests that wait for their turn.
    public var requestsWaiting: Int { queue.waiting }

    /// Connections that are open or being set up.
    public var connectionsOpen: Int { connections.count }

    /// Sends a request; `completion` is called once, on the loop, possibly before this returns.
    public func send(
        _ request: UpstreamRequest,
        completion: @escaping (Result<UpstreamResponse, UpstreamError>) -> Void
    ) {
        eventLoop.preconditionInEventLoop()
        if isShutDown {
            completion(.failure(.shutDown))
            return
        }
        let problem = RequestValidation.problem(
            method: request.method, path: request.path, headers: request.headers)
        if let problem {
            completion(.failure(.invalidRequest(problem)))
            return
        }
        let exchange = builder.exchange(request, completion: completion)
        switch queue.admit(exchange, priority: request.priority) {
        case .start: start(exchange)
        case .wait: break
        case .refuse(let limit): completion(.failure(.queueFull(limit: limit)))
        }
    }

    /// Fails what waits and is on its way, closes every connection and takes no more requests.
    public func shutDown() {
        isShutDown = true
        for exchange in queue.removeAllWaiting() { exchange.complete(.failure(.shutDown)) }
        for connection in Array(connections.values) { connection.shutDown() }
    }

    // MARK: Connections

    private func start(_ exchange: UpstreamExchange) {
        if exchange.isRepeatable, !exchange.isRepeated {
            while let connection = idle.popLast() {
                guard connection.isIdle else { continue }
                connection.send(exchange, now: .now())
                return
            }
        }
        connect(for: exchange)
    }

    private func connect(for exchange: UpstreamExchange) {
        let sslContext: NIOSSLContext?
        switch tls {
        case nil: sslContext = nil
        case .success(let context): sslContext = context
        case .failure(let error):
            complete(exchange, .failure(error))
            return
        }
        let connection = UpstreamConnection(delegate: self, settings: settings, now: .now())
        connections[ObjectIdentifier(connection)] = connection
        connecting[ObjectIdentifier(connection)] = exchange
        scheduleTick()
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        let host = settings.host
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(settings.connectTimeout.nanosecondsClamped))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.addHandlers(
                        to: channel, sslContext: sslContext, host: host, connection: bound.value)
                }
            }
            .connect(host: host, port: Int(settings.port))
            .assumeIsolated()
            .whenFailure { error in
                bound.value.connectFailed(UpstreamError(connecting: error))
            }
    }

    private static func addHandlers(
        to channel: any Channel, sslContext: NIOSSLContext?, host: String,
        connection: UpstreamConnection
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        if let sslContext {
            // An address has no place in SNI; the certificate is then checked against the address.
            let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
            try pipeline.addHandler(
                NIOSSLClientHandler(context: sslContext, serverHostname: isAddress ? nil : host))
        }
        try pipeline.addHandler(connection)
    }

    private static func tlsContext(
        _ settings: UpstreamSettings
    ) -> Result<NIOSSLContext, UpstreamError> {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .fullVerification
        configuration.applicationProtocols = ["http/1.1"]
        configuration.minimumTLSVersion = .tlsv12
        if let file = settings.certificateAuthorityFile { configuration.trustRoots = .file(file) }
        do {
            return .success(try NIOSSLContext(configuration: configuration))
        } catch {
            return .failure(.tls(String(describing: error)))
        }
    }

    // MARK: Ends

    private func complete(
        _ exchange: UpstreamExchange, _ result: Result<UpstreamResponse, UpstreamError>
    ) {
        if let next = queue.finished() {
            if isShutDown {
                next.complete(.failure(.shutDown))
            } else {
                start(next)
            }
        }
        exchange.complete(result)
    }

    // MARK: Time

    /// One timer for all connections: no timer per request.
    private func scheduleTick() {
        guard !isTickScheduled else { return }
        isTickScheduled = true
        let shortest = min(settings.responseTimeout, settings.connectTimeout).nanosecondsClamped / 8
        let interval = TimeAmount.nanoseconds(min(max(shortest, 5_000_000), 100_000_000))
        eventLoop.assumeIsolated().scheduleTask(in: interval) { [weak self] in self?.tick() }
    }

    private func tick() {
        isTickScheduled = false
        let now = NIODeadline.now()
        for connection in Array(connections.values) where connection.deadline <= now {
            connection.timeOut()
        }
        if !connections.isEmpty { scheduleTick() }
    }
}

extension UpstreamClient: UpstreamConnectionDelegate {
    func connectionIsReady(_ connection: UpstreamConnection) {
        guard let exchange = connecting.removeValue(forKey: ObjectIdentifier(connection)) else {
            return
        }
        connection.send(exchange, now: .now())
    }

    func connectionHasEnded(
        _ connection: UpstreamConnection, exchange: UpstreamExchange?, error: UpstreamError,
        hasReceivedNothing: Bool
    ) {
        let id = ObjectIdentifier(connection)
        connections[id] = nil
        if connection.requestsSent > 0 || !idle.isEmpty { idle.removeAll { $0 === connection } }
        guard let exchange = exchange ?? connecting.removeValue(forKey: id) else { return }
        connecting[id] = nil
        // The upstream may close a kept-alive connection just as we send on it.
        let isStale = error == .reset && hasReceivedNothing && connection.requestsSent > 1
        if isStale, exchange.isRepeatable, !exchange.isRepeated, !isShutDown {
            exchange.isRepeated = true
            connect(for: exchange)
            return
        }
        logger.debug(
            "upstream request failed",
            metadata: ["error": "\(error)"])
        complete(exchange, .failure(error))
    }

    func connection(
        _ connection: UpstreamConnection, finished exchange: UpstreamExchange,
        response: UpstreamResponse, isReusable: Bool
    ) {
        if isReusable, !isShutDown {
            connection.setIdle(
                until: .now() + .nanoseconds(settings.idleTimeout.nanosecondsClamped))
            idle.append(connection)
        } else {
            connections[ObjectIdentifier(connection)] = nil
            if isReusable { connection.shutDown() }
        }
        complete(exchange, .success(response))
    }
}
