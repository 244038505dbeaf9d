import Glibc
import NIOCore

/// Who is at the other end of a Unix socket (`SO_PEERCRED`).
public struct PeerCredentials: Hashable, Sendable {
    public var processID: Int32 = 0
    public var userID: UInt32 = 0
    public var groupID: UInt32 = 0

    /// Users a peer may be: ourselves, and root, who owns sockets that systemd made.
    public static var usersDefault: Set<UInt32> { [geteuid(), 0] }

    /// Asks the kernel for the credentials of a channel's peer; nil when the channel is no socket.
    static func of(_ channel: any Channel) -> EventLoopFuture<PeerCredentials?> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededFuture(nil)
        }
        let future: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return future.map { $0 }.flatMapErrorWithEventLoop { _, loop in
            loop.makeSucceededFuture(nil)
        }
    }
}
