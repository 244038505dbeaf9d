import Links
import Logging
import NIOCore
import Wire

/// Serves relay-ingest (and diagnostic tools) on a Unix socket: each link gets a number, under which
/// `Projects` knows it. Lives on the event loop of `Projects`.
public final class ProjectsServer {
    private let projects: Projects
    private let server: FrameLinkServer
    /// Called when a link has come or gone.
    var onPeersChanged: () -> Void {
        get { peers.changed }
        set { peers.changed = newValue }
    }
    private let peers = Peers()

    private final class Peers {
        var changed: () -> Void = {}
    }

    /// A server for `projects`; it listens after `start`.
    public init(projects: Projects, eventLoop: any EventLoop, logger: Logger) {
        self.projects = projects
        var numbers: [ObjectIdentifier: UInt64] = [:]
        var last: UInt64 = 0
        let peers = peers
        let callbacks = FrameLinkCallbacks(
            opened: { link in
                last += 1
                numbers[ObjectIdentifier(link)] = last
                projects.linkOpened(last) { [weak link] frame in
                    link?.send(frame.message, requestID: frame.requestID)
                }
                peers.changed()
            },
            received: { link, frame in
                guard let number = numbers[ObjectIdentifier(link)] else { return }
                projects.received(frame, on: number)
            },
            closed: { link, reason in
                guard let number = numbers.removeValue(forKey: ObjectIdentifier(link)) else {
                    return
                }
                projects.linkClosed(number)
                peers.changed()
                if reason != .peerClosed, reason != .finished {
                    logger.warning(
                        "a link was closed", metadata: ["reason": "\(reason)"])
                }
            })
        server = FrameLinkServer(
            eventLoop: eventLoop,
            settings: LinkSettings(role: .projects, peerRoles: [.ingest, .tool]),
            logger: logger, callbacks: callbacks)
    }

    /// Links that are connected.
    public var linkCount: Int { server.linksCount }

    /// Begins to listen.
    public func start(_ listener: FrameLinkListener) -> EventLoopFuture<Void> {
        server.start(listener)
    }

    /// Takes no more links and questions, answers those that wait with what is known, writes the
    /// last good states, and closes the links.
    public func drain() -> EventLoopFuture<Void> {
        server.drain()
        return projects.drain().assumeIsolated().map { [self] in
            server.closeAll()
        }.nonisolated()
    }

    /// Closes everything at once.
    public func close() {
        server.closeAll()
    }
}
