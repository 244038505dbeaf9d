import Glibc
import Logging
import Model
import NIOCore
import NIOPosix
import Wire

/// Where a server takes its connections from.
public enum FrameLinkListener: Hashable, Sendable {
    /// A listening socket that was inherited; it belongs to the server from here on. Its owner, group
    /// and mode say who may connect; whoever opened it has set them, so users are not looked at: under
    /// systemd every service runs as a user of its own.
    case inherited(descriptor: Int32)
    /// A socket of our own at this path, mode 0600.
    case path(String)
}

/// Accepts links. Every link lives on the event loop the server was made with; the callbacks are
/// called there.
public final class FrameLinkServer {
    private let eventLoop: any EventLoop
    private let settings: LinkSettings
    private let limits: FrameLinkLimits
    /// Users a peer may run as; nil for any.
    private var users: Set<UInt32>?
    private let logger: Logger
    private let callbacks: FrameLinkCallbacks
    private var listener: (any Channel)?
    private var ownPath: String?
    private var links: [ObjectIdentifier: FrameLink] = [:]
    /// Connections at most; more are closed when they come in.
    public let linksMax: Int

    /// A server that listens after `start`.
    public init(
        eventLoop: any EventLoop, settings: LinkSettings,
        limits: FrameLinkLimits = FrameLinkLimits(), linksMax: Int = 256,
        users: Set<UInt32> = PeerCredentials.usersDefault, logger: Logger,
        callbacks: FrameLinkCallbacks
    ) {
        self.eventLoop = eventLoop
        self.settings = settings
        self.limits = limits
        self.linksMax = linksMax
        self.users = users
        self.logger = logger
        self.callbacks = callbacks
    }

    /// Links that are connected, open or not.
    public var linksCount: Int { links.count }

    /// Every link, e.g. to push a notice. Links that are not open refuse it.
    public func forEachLink(_ body: (FrameLink) -> Void) {
        for link in links.values { body(link) }
    }

    /// Starts to listen. Fails with a reason when the path cannot be used.
    public func start(_ listener: FrameLinkListener) -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let bootstrap = ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 128)
            .childChannelInitializer { channel in bound.value.accept(channel) }
        let descriptor: Int32
        switch listener {
        case .inherited(let inherited):
            descriptor = inherited
            users = nil
        case .path(let path):
            do throws(UnixSocketPath.PathError) {
                descriptor = try UnixSocketPath.listen(path, backlog: 128)
            } catch {
                return eventLoop.makeFailedFuture(error)
            }
            ownPath = path
        }
        return bootstrap.withBoundSocket(descriptor).map { bound.value.listener = $0 }
    }

    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard links.count < linksMax else {
            logger.warning(
                "too many links, refusing one", metadata: ["limit": .stringConvertible(linksMax)])
            return channel.close()
        }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        return PeerCredentials.of(channel).flatMapThrowing { credentials in
            try bound.value.admit(channel, credentials)
        }
    }

    private func admit(_ channel: any Channel, _ credentials: PeerCredentials?) throws {
        if let credentials, let users, !users.contains(credentials.userID) {
            logger.warning(
                "link refused: peer runs as another user",
                metadata: [
                    "user": .stringConvertible(credentials.userID),
                    "process": .stringConvertible(credentials.processID),
                ])
            channel.close(promise: nil)
            return
        }
        try attach(to: channel)
    }

    /// Makes a link of a channel that is connected already (in tests: one without a socket).
    @discardableResult
    public func attach(to channel: any Channel) throws -> FrameLink {
        var callbacks = callbacks
        let closed = callbacks.closed
        callbacks.closed = { [weak self] link, reason in
            self?.links.removeValue(forKey: ObjectIdentifier(link))
            closed(link, reason)
        }
        let link = FrameLink(settings: settings, limits: limits, callbacks: callbacks)
        links[ObjectIdentifier(link)] = link
        try channel.pipeline.syncOperations.addHandler(link)
        return link
    }

    /// Stops to listen and asks every peer to send no more requests. Links close themselves when
    /// all is answered; `closeAll` ends those that remain.
    public func drain() {
        stopListening()
        for link in links.values { link.drain() }
    }

    /// Stops to listen and ends all links.
    public func closeAll() {
        stopListening()
        for link in links.values { link.close() }
    }

    private func stopListening() {
        listener?.close(promise: nil)
        listener = nil
        if let ownPath { unlink(ownPath) }
        ownPath = nil
    }
}
