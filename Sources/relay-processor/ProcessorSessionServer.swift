import Glibc
import Model
import Wire

/// Serves any number of ingest processes on one thread: `poll`, read what is there into one large
/// buffer, handle every whole frame, write all answers at once.
public final class ProcessorSessionServer {
    /// What the server brings along.
    public struct Settings: Sendable {
        /// Our hello and the link's times.
        public var link: LinkSettings
        /// Connections at most.
        public var linksMax = 64
        /// How long peers may take to let us go after SIGTERM.
        public var drainTimeout = Duration.seconds(10)
        /// Users a peer may run as; nil for any that the socket's mode lets in.
        public var users: Set<UInt32>? = [geteuid(), 0]
        /// Bytes of answers a peer has not taken: above it nothing more is read from it.
        public var outputBytesMax = 16 * 1024 * 1024
        /// How often `signOfLife` is called; nil for never.
        public var watchdogInterval: Duration?

        /// Settings with the defaults.
        public init(link: LinkSettings) {
            self.link = link
        }
    }

    /// What is worth telling, for the log.
    public enum Notice: Sendable {
        case linkOpened(instance: String?)
        case linkClosed(LinkCloseReason)
        /// Another user's process, or one connection too many.
        case connectionRefused(user: UInt32)
        case draining
        /// Peers did not let go in time.
        case drainTimeout(links: Int)
        /// Something of a project's configuration cannot be used; once per revision.
        case configurationProblems(ConfigurationProblems)
    }

    /// How the outside is reached; tests replace it.
    public struct Surroundings {
        /// A descriptor to poll for signals; -1 for none.
        public var signalDescriptor: Int32
        /// The next signal that arrived.
        public var nextSignal: () -> Int32?
        public var now: () -> MonotonicTime
        /// Called from the serving loop at `Settings.watchdogInterval`, and a moment after a link has
        /// come or gone, with one line about the server.
        public var signOfLife: (_ status: String) -> Void
        /// Upon SIGHUP: the settings that count from now on; nil leaves them.
        public var readSettingsAgain: () -> Settings?
        public var notice: (Notice) -> Void

        /// All parts by name.
        public init(
            signalDescriptor: Int32, nextSignal: @escaping () -> Int32?,
            now: @escaping () -> MonotonicTime,
            signOfLife: @escaping (_ status: String) -> Void = { _ in },
            readSettingsAgain: @escaping () -> Settings? = { nil },
            notice: @escaping (Notice) -> Void = { _ in }
        ) {
            self.signalDescriptor = signalDescriptor
            self.nextSignal = nextSignal
            self.now = now
            self.signOfLife = signOfLife
            self.readSettingsAgain = readSettingsAgain
            self.notice = notice
        }
    }

    private struct Connection {
        let descriptor: Int32
        let session: ProcessorSession
        var wasOpened = false
    }

    private let listener: Int32
    private let processor: Processor
    private var settings: Settings
    private let surroundings: Surroundings
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 1024 * 1024, alignment: 16)
    private var connections: [Connection] = []
    private var drainDeadline: MonotonicTime?
    private var watchdogDeadline: MonotonicTime?
    private var isDropping = false
    private var toldRevisions = ToldRevisions()

    /// A server on a listening socket, which it does not close.
    public init(
        listener: Int32, processor: Processor, settings: Settings, surroundings: Surroundings
    ) {
        self.listener = listener
        self.processor = processor
        self.settings = settings
        self.surroundings = surroundings
        let flags = fcntl(listener, F_GETFL)
        _ = fcntl(listener, F_SETFL, flags | O_NONBLOCK)
    }

    deinit {
        buffer.deallocate()
        for connection in connections { close(connection.descriptor) }
    }

    /// Serves until a signal ends it: SIGTERM drains, any other or a second one drops.
    public func run() {
        while !isOver {
            let now = surroundings.now()
            tick(now)
            var descriptors = pollDescriptors()
            let count = poll(&descriptors, nfds_t(descriptors.count), pollTimeout(now))
            guard count > 0 else { continue }
            handle(descriptors)
        }
    }

    private var isOver: Bool {
        isDropping || (drainDeadline != nil && connections.isEmpty)
    }

    private func pollDescriptors() -> [pollfd] {
        var descriptors: [pollfd] = []
        descriptors.reserveCapacity(connections.count + 2)
        descriptors.append(
            pollfd(fd: surroundings.signalDescriptor, events: Int16(POLLIN), revents: 0))
        let accepting = drainDeadline == nil ? listener : -1
        descriptors.append(pollfd(fd: accepting, events: Int16(POLLIN), revents: 0))
        for connection in connections {
            let pending = connection.session.output.count
            var events: Int32 = 0
            if pending < settings.outputBytesMax { events |= POLLIN }
            if pending > 0 { events |= POLLOUT }
            descriptors.append(
                pollfd(fd: connection.descriptor, events: Int16(events), revents: 0))
        }
        return descriptors
    }

    private func pollTimeout(_ now: MonotonicTime) -> Int32 {
        var deadline = connections.compactMap(\.session.nextDeadline).min()
        for other in [drainDeadline, watchdogDeadline] {
            guard let other else { continue }
            deadline = min(deadline ?? other, other)
        }
        guard let deadline else { return -1 }
        let milliseconds = (deadline - now).millisecondsClamped
        return Int32(clamping: max(0, milliseconds) + 1)
    }

    private func handle(_ descriptors: [pollfd]) {
        if descriptors[0].revents != 0 { takeSignals() }
        for index in connections.indices {
            let events = Int32(descriptors[index + 2].revents)
            if events & (POLLIN | POLLHUP | POLLERR) != 0 { readFrames(index) }
            if connections[index].session.output.count > 0 { write(connections[index]) }
        }
        if descriptors[1].revents != 0 { acceptConnections() }
        closeEnded()
    }

    private func tick(_ now: MonotonicTime) {
        for connection in connections {
            connection.session.tick(now: now)
            if connection.session.output.count > 0 { write(connection) }
        }
        closeEnded()
        if let interval = settings.watchdogInterval, watchdogDeadline.map({ $0 <= now }) ?? true {
            surroundings.signOfLife(status)
            watchdogDeadline = now + interval
        }
        if let drainDeadline, drainDeadline <= now {
            surroundings.notice(.drainTimeout(links: connections.count))
            isDropping = true
        }
    }

    /// One line for people.
    public var status: String {
        let state = drainDeadline == nil ? "ready" : "leaving"
        return "\(state), \(connections.count) links, \(processor.eventCount) events processed"
    }

    /// The links have changed: the supervisor hears of it soon, but once for many of them.
    private func linksChanged() {
        guard settings.watchdogInterval != nil else { return }
        let soon = surroundings.now() + Self.statusDelay
        watchdogDeadline = min(watchdogDeadline ?? soon, soon)
    }

    private static let statusDelay = Duration.milliseconds(30)

    /// What a peer may send is said in the hello: links get a new one where that has changed. They
    /// are let go in order and come again.
    private func change(_ new: Settings) {
        let isHelloNew = new.link.hello != settings.link.hello
        settings = new
        guard isHelloNew else { return }
        for connection in connections {
            connection.session.drain()
            write(connection)
        }
    }

    private func takeSignals() {
        while let signal = surroundings.nextSignal() {
            if signal == SIGHUP {
                if let new = surroundings.readSettingsAgain() { change(new) }
                continue
            }
            guard signal == SIGTERM, drainDeadline == nil else {
                isDropping = true
                return
            }
            drainDeadline = surroundings.now() + settings.drainTimeout
            surroundings.notice(.draining)
            for connection in connections {
                connection.session.drain()
                write(connection)
            }
        }
    }
}

// MARK: - Sockets

extension ProcessorSessionServer {
    private func acceptConnections() {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            let user = Self.peerUser(descriptor)
            let isWelcome = settings.users?.contains(user) ?? true
            guard isWelcome, connections.count < settings.linksMax else {
                surroundings.notice(.connectionRefused(user: user))
                close(descriptor)
                continue
            }
            let session = ProcessorSession(
                processor: processor, settings: settings.link, now: surroundings.now()
            ) { [unowned self] problems in
                guard toldRevisions.insert(problems.revision) else { return }
                surroundings.notice(.configurationProblems(problems))
            }
            let connection = Connection(descriptor: descriptor, session: session)
            write(connection)
            connections.append(connection)
        }
    }

    private static func peerUser(_ descriptor: Int32) -> UInt32 {
        // struct ucred: process, user, group.
        var credentials: (Int32, UInt32, UInt32) = (0, .max, .max)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else {
            return .max
        }
        return credentials.1
    }

    private func readFrames(_ index: Int) {
        let connection = connections[index]
        let count = recv(connection.descriptor, buffer.baseAddress, buffer.count, 0)
        if count < 0 {
            if errno == EAGAIN || errno == EINTR { return }
            return connection.session.closed(.transport(errno: errno))
        }
        if count == 0 { return connection.session.closed(.peerClosed) }
        connection.session.received(
            UnsafeRawBufferPointer(rebasing: buffer[..<count]), now: surroundings.now()
        ) {
            write(connection)
        }
        if !connection.wasOpened, let peer = connection.session.peer {
            connections[index].wasOpened = true
            surroundings.notice(.linkOpened(instance: peer.instance))
            linksChanged()
        }
    }

    private func write(_ connection: Connection) {
        let output = connection.session.output
        while output.count > 0 {
            let bytes = output.bytes
            let count = send(
                connection.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count > 0 {
                output.consume(count)
            } else if errno == EINTR {
                continue
            } else {
                if errno != EAGAIN { connection.session.closed(.transport(errno: errno)) }
                return
            }
        }
    }

    private func closeEnded() {
        connections.removeAll { connection in
            if connection.session.isFinished { connection.session.closed(.finished) }
            guard let reason = connection.session.closeReason else { return false }
            close(connection.descriptor)
            surroundings.notice(.linkClosed(reason))
            linksChanged()
            return true
        }
    }
}
