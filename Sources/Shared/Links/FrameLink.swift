import Model
import NIOCore
import Wire

/// What the owner of a link is told, always on the link's event loop.
public struct FrameLinkCallbacks {
    /// Hellos are exchanged: `link.peer` is there and messages may be sent.
    public var opened: (FrameLink) -> Void
    /// A message came in that answers no request of ours.
    public var received: (FrameLink, Frame) -> Void
    /// The peer sends no more requests and wants none.
    public var drained: (FrameLink) -> Void
    /// The link is over; requests have been failed before. Called once for every link that was
    /// connected.
    public var closed: (FrameLink, LinkCloseReason) -> Void

    /// Callbacks; those not given do nothing.
    public init(
        opened: @escaping (FrameLink) -> Void = { _ in },
        received: @escaping (FrameLink, Frame) -> Void = { _, _ in },
        drained: @escaping (FrameLink) -> Void = { _ in },
        closed: @escaping (FrameLink, LinkCloseReason) -> Void = { _, _ in }
    ) {
        self.opened = opened
        self.received = received
        self.drained = drained
        self.closed = closed
    }
}

/// Why a request got no answer.
public enum FrameRequestError: Error, Hashable, Sendable {
    /// There is no open link, or it is draining, or the peer does not accept the message.
    case notSendable
    /// No answer before the deadline.
    case deadlineExceeded
    /// The link ended first: the request may have been carried out or not.
    case linkLost(LinkCloseReason)
    /// Too many bytes or requests wait already.
    case overloaded
}

/// Bounds of one link beside those of the protocol.
public struct FrameLinkLimits: Hashable, Sendable {
    /// Bytes written but not taken by the peer yet; more fail to be sent.
    public var outboundBytesMax: Int
    /// Requests of ours without an answer.
    public var requestsMax: Int
    /// Requests of the peer we have not answered yet; more close the link.
    public var peerRequestsMax: Int

    /// Bounds; the defaults hold a burst of large frames and many small ones.
    public init(
        outboundBytesMax: Int = 64 * 1024 * 1024, requestsMax: Int = 65_536,
        peerRequestsMax: Int = 65_536
    ) {
        self.outboundBytesMax = outboundBytesMax
        self.requestsMax = requestsMax
        self.peerRequestsMax = peerRequestsMax
    }
}

/// One end of a link on an event loop, as the last handler of a channel's pipeline: decodes frames,
/// drives a `LinkStateMachine`, pairs answers with requests, and writes everything that was sent in
/// one turn of the loop at once.
///
/// Bound to its event loop: every method is called there.
public final class FrameLink: ChannelInboundHandler {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer
    /// Receives the answer to a request, or why there is none. Called exactly once.
    public typealias Completion = (Result<Message, FrameRequestError>) -> Void

    private var machine: LinkStateMachine
    private var decoder: FrameDecoder
    private var requests = PendingRequests<Completion>()
    private var callbacks: FrameLinkCallbacks
    private let limits: FrameLinkLimits
    private var context: ChannelHandlerContext?
    private var output: ByteBuffer?
    /// Bytes of the last flush.
    private var lastOutputBytes = 0
    /// Most bytes reserved for frames that may follow.
    private static let outputBytesReservedMax = 256 << 10
    private var isFlushScheduled = false
    private var outboundBytes = 0
    private var peerRequests = 0
    private var timer: Scheduled<Void>?
    private var timerDeadline: MonotonicTime?

    /// A link that starts when its channel becomes active.
    public init(
        settings: LinkSettings, limits: FrameLinkLimits = FrameLinkLimits(),
        callbacks: FrameLinkCallbacks
    ) {
        machine = LinkStateMachine(settings: settings)
        decoder = FrameDecoder(payloadBytesMax: WireLimits.helloPayloadBytesMax)
        self.limits = limits
        self.callbacks = callbacks
    }

    /// The peer's hello, once the link is open.
    public var peer: Hello? { machine.peer }
    /// The phase of the link.
    public var phase: LinkStateMachine.Phase { machine.phase }
    /// Whether requests may be sent.
    public var isOpen: Bool { machine.phase == .open }
    /// Requests of ours without an answer.
    public var requestsInFlight: Int { requests.count }
    /// Requests of the peer we have not answered.
    public var peerRequestsUnanswered: Int { peerRequests }
    /// Bytes sent that the peer's socket has not taken.
    public var outboundBytesPending: Int { outboundBytes }

    private func now(_ context: ChannelHandlerContext) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(clamping: context.eventLoop.now.uptimeNanoseconds))
    }

    // MARK: Sending

    /// Sends a message: a notice with id 0, or the answer to the request with the id. False when the
    /// link, its phase, the peer's limits or ours do not allow it.
    @discardableResult
    public func send(_ message: Message, requestID: UInt64 = 0) -> Bool {
        guard let context, machine.canSend(message.type),
            outboundBytes < limits.outboundBytesMax,
            enqueue(Frame(requestID: requestID, message: message), context)
        else { return false }
        if message.type.isAnswer, requestID != 0, message.type != .pong { peerRequests -= 1 }
        return true
    }

    /// Sends a request. `completion` is called exactly once: with the answer, at the deadline, when
    /// the link ends, or before this returns when nothing can be sent.
    public func request(
        _ message: Message, timeout: Duration, completion: @escaping Completion
    ) {
        guard let context, machine.canSend(message.type) else {
            return completion(.failure(.notSendable))
        }
        guard requests.count < limits.requestsMax, outboundBytes < limits.outboundBytesMax else {
            return completion(.failure(.overloaded))
        }
        let id = requests.insert(completion, deadline: now(context) + timeout)
        guard enqueue(Frame(requestID: id, message: message), context) else {
            _ = requests.remove(id)
            return completion(.failure(.notSendable))
        }
        armTimer(context)
    }

    private func enqueue(_ frame: Frame, _ context: ChannelHandlerContext) -> Bool {
        let isHello = frame.message.type == .hello || frame.message.type == .drain
        guard isHello || machine.canSend(frame.message.type) else { return false }
        var room = FrameWriter.sizeEstimate(frame.message)
        // What the last turn of the loop needed is a good guess, and growing copies.
        var buffer =
            output
            ?? context.channel.allocator.buffer(
                capacity: max(room, min(lastOutputBytes, Self.outputBytesReservedMax)))
        output = nil
        let start = buffer.writerIndex
        var size: Int?
        while size == nil {
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
                size = FrameWriter.write(frame, version: machine.version, into: memory)
                return size ?? 0
            }
            room *= 2
        }
        let payloadBytes = (size ?? 0) - WireLimits.headerBytes
        if !isHello, !machine.canSend(frame.message.type, payloadBytes: payloadBytes) {
            buffer.moveWriterIndex(to: start)
            output = buffer
            return false
        }
        outboundBytes += size ?? 0
        output = buffer
        scheduleFlush(context)
        return true
    }

    private func scheduleFlush(_ context: ChannelHandlerContext) {
        if isFlushScheduled { return }
        isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute { self.flush() }
    }

    private func flush() {
        isFlushScheduled = false
        guard let context, let buffer = output, buffer.readableBytes > 0 else { return }
        output = nil
        let count = buffer.readableBytes
        lastOutputBytes = count
        context.writeAndFlush(wrapOutboundOut(buffer)).assumeIsolated().whenComplete { _ in
            self.outboundBytes -= count
        }
    }

    /// Says that we send no more requests and want none. Answers of both sides still flow; the
    /// owner closes the link when its work is done.
    public func drain() {
        guard let context, machine.drain() else { return }
        _ = enqueue(Frame(requestID: 0, message: .drain), context)
        closeIfFinished(context)
    }

    /// Ends the link after what was sent has been written.
    public func close() {
        guard let context else { return }
        close(context, .finished)
    }

    /// Ends the link because of something found outside of the protocol.
    func refuse(_ reason: LinkCloseReason) {
        guard let context else { return }
        close(context, reason)
    }

    private func closeIfFinished(_ context: ChannelHandlerContext) {
        if machine.isDrained, peerRequests <= 0, requests.count == 0 { close(context, .finished) }
    }

    // MARK: Channel events

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { start(context) }
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        end(.finished)
        self.context = nil
    }

    public func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard machine.phase == .connecting else { return }
        let hello = machine.connected(now: now(context))
        _ = enqueue(Frame(requestID: 0, message: .hello(hello)), context)
        armTimer(context)
    }

    public func channelInactive(context: ChannelHandlerContext) {
        end(.peerClosed)
        context.fireChannelInactive()
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let number = (error as? IOError)?.errnoCode ?? 0
        close(context, .transport(errno: number))
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        do throws(WireError) {
            machine.bytesReceived(now: now(context))
            try buffer.withUnsafeReadableBytesTyped { bytes throws(WireError) in
                try decoder.decode(bytes) { view throws(WireError) in
                    try receive(view, context)
                    return machine.payloadBytesMaxAccepted
                }
            }
        } catch {
            close(context, .malformed(error))
        }
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        flush()
        context.fireChannelReadComplete()
    }
}

// MARK: - Receiving

extension FrameLink {
    private func receive(
        _ view: FrameView, _ context: ChannelHandlerContext
    ) throws(WireError) {
        if case .closed = machine.phase { return }
        if view.header.type == .hello {
            guard case .hello(let hello) = try view.decoded().message else { return }
            if let reason = machine.helloReceived(hello, now: now(context)) {
                close(context, reason)
            } else {
                callbacks.opened(self)
            }
            return
        }
        switch machine.received(view.header.type, now: now(context)) {
        case .deliver: deliver(try view.decoded(), context)
        case .sendPong:
            _ = enqueue(Frame(requestID: view.header.requestID, message: .pong), context)
        case .ignore: break
        case .peerDrained(let isAnswerDue):
            if isAnswerDue { _ = enqueue(Frame(requestID: 0, message: .drain), context) }
            callbacks.drained(self)
            closeIfFinished(context)
        case .close(let reason): close(context, reason)
        }
    }

    private func deliver(_ frame: Frame, _ context: ChannelHandlerContext) {
        let type = frame.message.type
        if type.isAnswer, frame.requestID != 0 {
            // An answer nobody awaits any more came after its deadline.
            guard let completion = requests.remove(frame.requestID) else { return }
            completion(.success(frame.message))
            closeIfFinished(context)
            return
        }
        if type.isRequest {
            peerRequests += 1
            if peerRequests > limits.peerRequestsMax {
                return close(context, .messageNotPermitted(type))
            }
        }
        callbacks.received(self, frame)
    }

    private func close(_ context: ChannelHandlerContext, _ reason: LinkCloseReason) {
        machine.closed(reason)
        flush()
        end(reason)
        context.close(promise: nil)
    }

    /// The end, once: everything that waits is told.
    private func end(_ reason: LinkCloseReason) {
        machine.closed(reason)
        guard case .closed(let first) = machine.phase else { return }
        timer?.cancel()
        timer = nil
        for completion in requests.removeAll() { completion(.failure(.linkLost(first))) }
        let callbacks = callbacks
        self.callbacks = FrameLinkCallbacks()
        callbacks.closed(self, first)
    }

    // MARK: Time

    private func armTimer(_ context: ChannelHandlerContext) {
        guard var wanted = machine.nextDeadline ?? requests.nextDeadline else { return }
        if let earliest = requests.nextDeadline, earliest < wanted { wanted = earliest }
        // A timer that fires too early looks again; re-arming for every message would cost more.
        if let timerDeadline, timerDeadline <= wanted { return }
        timer?.cancel()
        timerDeadline = wanted
        let deadline = NIODeadline.uptimeNanoseconds(UInt64(max(0, wanted.nanoseconds)))
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timerFired()
        }
    }

    private func timerFired() {
        timer = nil
        timerDeadline = nil
        guard let context else { return }
        let now = now(context)
        for completion in requests.expire(now: now) { completion(.failure(.deadlineExceeded)) }
        switch machine.tick(now: now) {
        case .wait: break
        case .sendPing(let id): _ = enqueue(Frame(requestID: id, message: .ping), context)
        case .close(let reason): close(context, reason)
        }
        if case .closed = machine.phase { return }
        armTimer(context)
    }
}

extension ByteBuffer {
    /// The readable bytes, for bodies with a typed error.
    fileprivate func withUnsafeReadableBytesTyped(
        _ body: (UnsafeRawBufferPointer) throws(WireError) -> Void
    ) throws(WireError) {
        var failure: WireError?
        withUnsafeReadableBytes { bytes in
            do throws(WireError) {
                try body(bytes)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
