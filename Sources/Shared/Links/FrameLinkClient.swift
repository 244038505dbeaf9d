import Logging
import Model
import NIOCore
import NIOPosix
import Wire

/// Keeps one link to a Unix socket open: connects, and connects again with backoff whenever the
/// link is lost, until `stop`. Bound to its event loop.
public final class FrameLinkClient {
    /// Opens the transport and hands the channel to the initialiser before it becomes active.
    /// Simulations connect in memory instead.
    public typealias Connector = (
        _ eventLoop: any EventLoop, _ path: String,
        _ initialise: @escaping (any Channel) throws -> Void
    ) -> EventLoopFuture<Void>

    /// The socket.
    public let path: String
    private let eventLoop: any EventLoop
    private let settings: LinkSettings
    private let limits: FrameLinkLimits
    private let users: Set<UInt32>
    private let logger: Logger
    private let callbacks: FrameLinkCallbacks
    private let connector: Connector
    private var backoff: Backoff
    private var reconnectTask: Scheduled<Void>?
    private var isStopped = true
    private var wasFailureLogged = false
    /// The present link, open or not.
    public private(set) var link: FrameLink?

    /// A client that connects after `start`. Reconnects start at 50 ms, so a restarted peer is
    /// found at once, and slow down to `backoff.max`.
    public init(
        path: String, eventLoop: any EventLoop, settings: LinkSettings,
        limits: FrameLinkLimits = FrameLinkLimits(),
        users: Set<UInt32> = PeerCredentials.usersDefault,
        backoff: Backoff = Backoff(initial: .milliseconds(50), factor: 1.5, max: .seconds(2)),
        logger: Logger, callbacks: FrameLinkCallbacks,
        connector: @escaping Connector = FrameLinkClient.connectSocket
    ) {
        self.path = path
        self.eventLoop = eventLoop
        self.settings = settings
        self.limits = limits
        self.users = users
        self.backoff = backoff
        self.logger = logger
        self.callbacks = callbacks
        self.connector = connector
    }

    /// Whether requests may be sent now.
    public var isOpen: Bool { link?.isOpen ?? false }

    /// Starts to connect.
    public func start() {
        guard isStopped else { return }
        isStopped = false
        connect()
    }

    /// The peer has just come (again): connects at once where the next attempt is still waited for.
    public func connectNow() {
        guard !isStopped, link == nil, let reconnectTask else { return }
        reconnectTask.cancel()
        backoff.reset()
        connect()
    }

    /// Ends the link for good.
    public func stop() {
        isStopped = true
        reconnectTask?.cancel()
        reconnectTask = nil
        link?.close()
    }

    /// Sends no more requests, lets the answers come in, then ends for good.
    public func drain() {
        isStopped = true
        reconnectTask?.cancel()
        reconnectTask = nil
        link?.drain()
    }

    /// Sends a notice; false without an open link.
    @discardableResult
    public func send(_ message: Message) -> Bool {
        link?.send(message) ?? false
    }

    /// Sends a request; see `FrameLink.request`. Without an open link it fails at once.
    public func request(
        _ message: Message, timeout: Duration, completion: @escaping FrameLink.Completion
    ) {
        guard let link else { return completion(.failure(.notSendable)) }
        link.request(message, timeout: timeout, completion: completion)
    }

    private func connect() {
        reconnectTask = nil
        if isStopped { return }
        let future = connector(eventLoop, path) { [weak self] channel in
            guard let self, !self.isStopped else { throw ChannelError.alreadyClosed }
            try self.attach(to: channel)
        }
        future.assumeIsolated().whenComplete { [weak self] result in
            if case .failure(let error) = result { self?.connectFailed(error) }
        }
    }

    private func attach(to channel: any Channel) throws {
        var callbacks = callbacks
        let owner = callbacks
        let users = users
        let path = path
        callbacks.opened = { [weak self] link in
            // The kernel knows the peer only after the connection is made.
            PeerCredentials.of(channel).assumeIsolated().whenSuccess { credentials in
                if let credentials, !users.contains(credentials.userID),
                    !UnixSocketPath.isRootsSocket(path)
                {
                    return link.refuse(.unexpectedUser(credentials.userID))
                }
                self?.backoff.reset()
                self?.wasFailureLogged = false
                owner.opened(link)
            }
        }
        callbacks.closed = { [weak self] link, reason in
            owner.closed(link, reason)
            self?.linkClosed(link, reason)
        }
        let link = FrameLink(settings: settings, limits: limits, callbacks: callbacks)
        self.link = link
        try channel.pipeline.syncOperations.addHandler(link)
    }

    private func connectFailed(_ error: any Error) {
        if !wasFailureLogged, !isStopped {
            wasFailureLogged = true
            logger.info(
                "peer cannot be reached yet, trying again",
                metadata: ["socket": .string(path), "error": .string("\(error)")])
        }
        scheduleReconnect()
    }

    private func linkClosed(_ closed: FrameLink, _ reason: LinkCloseReason) {
        guard link === closed else { return }
        link = nil
        if reason != .finished, !isStopped {
            logger.info(
                "link lost", metadata: ["socket": .string(path), "reason": .string("\(reason)")])
        }
        scheduleReconnect()
    }

    private func scheduleReconnect() {
        guard !isStopped, reconnectTask == nil else { return }
        let wait = TimeAmount.nanoseconds(backoff.next().nanosecondsClamped)
        reconnectTask = eventLoop.assumeIsolated().scheduleTask(in: wait) { [weak self] in
            self?.connect()
        }
    }

    /// Connects to the socket at a path.
    public static func connectSocket(
        _ eventLoop: any EventLoop, _ path: String,
        _ initialise: @escaping (any Channel) throws -> Void
    ) -> EventLoopFuture<Void> {
        let initialiser = NIOLoopBound(initialise, eventLoop: eventLoop)
        return ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initialiser.value(channel) }
            }
            .connectTimeout(.seconds(5))
            .connect(unixDomainSocketPath: path)
            .map { _ in }
    }
}
