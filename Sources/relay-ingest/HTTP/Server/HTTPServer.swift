import Config
import Model
import NIOCore
import NIOHTTP1
import NIOPosix

/// Where connections come from.
public enum ListenerSource: Sendable {
    /// A listening socket that somebody else opened (and keeps open).
    case inherited(CInt)
    /// An address to bind.
    case address(host: String, port: UInt16)
}

/// The listening socket and the connections accepted from it. All calls on the event loop.
final class HTTPServer {
    private let door: FrontDoor
    private let eventLoop: any EventLoop
    private var channel: (any Channel)?
    private let gate: AcceptGate
    private var whenEmpty: EventLoopPromise<Void>?
    private var isSweepScheduled = false

    init(door: FrontDoor) {
        self.door = door
        eventLoop = door.eventLoop
        gate = AcceptGate(
            connectionsMax: door.settings.limits.maxConnections,
            perSecondMax: door.settings.limits.maxConnectionRate)
    }

    /// Starts to accept; the address is the listener's.
    func start(_ source: ListenerSource) -> EventLoopFuture<SocketAddress?> {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let bootstrap = ServerBootstrap(group: eventLoop)
            .serverChannelOption(
                .backlog, value: Int32(clamping: door.settings.limits.maxPendingConnections)
            )
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(bound.value.gate)
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: 32 << 10, high: 128 << 10)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try bound.value.open(channel) }
            }
        door.onConnectionOpened = { bound.value.connectionOpened() }
        door.onConnectionClosed = { bound.value.connectionClosed() }
        let opening: EventLoopFuture<any Channel> =
            switch source {
            case .inherited(let descriptor): bootstrap.withBoundSocket(descriptor)
            case .address(let host, let port): bootstrap.bind(host: host, port: Int(port))
            }
        return opening.hop(to: eventLoop).map { channel in
            bound.value.channel = channel
            return channel.localAddress
        }
    }

    /// From now on these settings count.
    func apply(_ settings: FrontDoorSettings) {
        door.apply(settings)
        gate.apply(
            connectionsMax: settings.limits.maxConnections,
            perSecondMax: settings.limits.maxConnectionRate)
    }

    /// Sets up an accepted connection.
    private func open(_ channel: any Channel) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = door.settings.limits.maxHeaderSize
        limits.maxHeaderFieldSize = door.settings.limits.maxHeaderSize
        limits.maxHeaderFieldCount = door.settings.limits.maxHeaderCount
        let decoder = HTTPRequestDecoder(
            leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(decoder),
            Connection(door: door, peerAddress: channel.remoteAddress?.ipAddress),
        ])
    }

    private func connectionOpened() {
        gate.opened(now: door.now)
        scheduleSweep()
    }

    private func connectionClosed() {
        gate.closed()
        if door.connectionCount == 0 {
            whenEmpty?.succeed()
            whenEmpty = nil
        }
    }

    /// While there are connections, their deadlines are looked at; without any, nothing wakes up.
    private func scheduleSweep() {
        guard !isSweepScheduled else { return }
        isSweepScheduled = true
        let interval = TimeAmount.nanoseconds(door.settings.sweepInterval.nanosecondsClamped)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: interval) {
            let server = bound.value
            server.isSweepScheduled = false
            server.door.sweep(isCrowded: server.gate.isHeld)
            server.gate.tick(now: server.door.now)
            if server.door.connectionCount > 0 || server.gate.isHeld { server.scheduleSweep() }
        }
    }

    /// Leaves without losing a request (systemd.md's order): accepts what waits in the queue, closes
    /// the listener, finishes requests with `Connection: close`, gives idle connections a grace for
    /// a request on its way, and waits for the clients' closes. At the deadline all others are cut.
    func drain(deadline: MonotonicTime) -> EventLoopFuture<Void> {
        door.drain()
        let promise = eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        closeListenerWhenQuiet(lastCount: -1, attemptsLeft: 40).whenComplete { _ in
            let server = bound.value
            if server.door.connectionCount == 0 {
                promise.succeed()
                return
            }
            server.whenEmpty = promise
            let remaining = max(0, (deadline - server.door.now).nanosecondsClamped)
            server.eventLoop.scheduleTask(in: .nanoseconds(remaining)) {
                bound.value.door.abort()
            }
        }
        return promise.futureResult
    }

    /// Closes the listener once nobody has been accepted for a moment. Only our descriptor is closed:
    /// whoever else holds the socket keeps the queue.
    private func closeListenerWhenQuiet(
        lastCount: Int, attemptsLeft: Int
    ) -> EventLoopFuture<Void> {
        guard let channel else { return eventLoop.makeSucceededVoidFuture() }
        let count = door.counters.connectionsAccepted
        if count == lastCount || attemptsLeft == 0 {
            self.channel = nil
            return channel.close()
        }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        return eventLoop.flatScheduleTask(in: .milliseconds(5)) {
            bound.value.closeListenerWhenQuiet(lastCount: count, attemptsLeft: attemptsLeft - 1)
        }.futureResult
    }

    /// Ends at once: listener and connections are closed.
    func abort() {
        channel?.close(promise: nil)
        channel = nil
        door.abort()
    }
}

/// Holds back `accept` while there are as many connections as allowed; clients then wait in the
/// kernel's queue instead of being refused.
final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private var connectionsMax = 1
    private var perSecondMax: Int?
    private var context: ChannelHandlerContext?
    private var connections = 0
    private var acceptedThisSecond = 0
    private var second = Int64.min
    /// Whether an accept waits for room.
    private(set) var isHeld = false

    init(connectionsMax: Int, perSecondMax: Int?) {
        apply(connectionsMax: connectionsMax, perSecondMax: perSecondMax)
    }

    /// From now on so many are accepted; those above stay.
    func apply(connectionsMax: Int, perSecondMax: Int?) {
        self.connectionsMax = max(1, connectionsMax)
        self.perSecondMax = perSecondMax
        release()
    }

    private var isOpen: Bool {
        connections < connectionsMax && acceptedThisSecond < perSecondMax ?? .max
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func read(context: ChannelHandlerContext) {
        if isOpen {
            context.read()
        } else {
            isHeld = true
        }
    }

    func opened(now: MonotonicTime) {
        connections += 1
        tick(now: now)
        acceptedThisSecond += 1
    }

    func closed() {
        connections = max(0, connections - 1)
        release()
    }

    /// Time has passed.
    func tick(now: MonotonicTime) {
        let current = now.nanoseconds / 1_000_000_000
        if current != second {
            second = current
            acceptedThisSecond = 0
            release()
        }
    }

    private func release() {
        guard isHeld, isOpen else { return }
        isHeld = false
        context?.read()
    }
}
