import Config
import Model
import NIOCore
import NIOHTTP1

/// One client connection: takes requests one after the other, lets the front door decide on each,
/// and writes the answers. Nothing is read while a request is being decided, so a client cannot make
/// us hold more than one read's worth of requests.
///
/// `Connection` performs; what may happen when is `ConnectionPhase`'s to decide.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let door: FrontDoor
    private let peerAddress: String?
    private var context: ChannelHandlerContext?
    private(set) var phase: ConnectionPhase
    /// Parsed, not yet taken.
    private var parts = CircularBuffer<HTTPServerRequestPart>()
    private var headsQueued = 0
    private var exchange: Exchange?
    /// Whether the whole request has been taken from `parts`.
    private var isRequestComplete = false
    private var isContinueSent = false
    private var discardedBytes = 0
    /// The peer will send nothing more.
    private var isInputClosed = false
    /// What follows the current request cannot be parsed.
    private var isBroken = false
    private var isProcessing = false
    /// Whether the current read has brought parts.
    private var hasReadParts = false
    private var lastByteAt: MonotonicTime
    /// The connection ends with the answer that is being sent.
    private var isEnding = false

    /// - Parameter peerAddress: textual, without port; nil for Unix sockets.
    init(door: FrontDoor, peerAddress: String?) {
        self.door = door
        self.peerAddress = peerAddress
        lastByteAt = door.now
        phase = ConnectionPhase(door.phaseLimits, now: lastByteAt)
    }

    /// Address of the peer for `RequestMeta`.
    var remoteAddress: String? { peerAddress }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        door.opened(self)
        if door.isDraining { phase.drain(now: door.now) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ended()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        context.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = Self.unwrapInboundIn(data)
        lastByteAt = door.now
        guard phase.kind != .lingering, phase.kind != .closed, !isEnding else { return }
        if case .head = part {
            headsQueued += 1
            if headsQueued > door.settings.pipelinedRequestsMax {
                // Far more requests at once than any client of ours sends.
                context.close(promise: nil)
                return
            }
        }
        hasReadParts = true
        parts.append(part)
        process()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        lastByteAt = door.now
        // Bytes that made no part are the start of a head; behind parts there may be some, too, and
        // then the keep-alive time bounds them until more come.
        if phase.kind == .waiting, !hasReadParts { phase.enter(.receivingHead, now: lastByteAt) }
        hasReadParts = false
        continueIfExpected()
        if phase.kind.isReading { context.read() }
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            isInputClosed = true
            switch phase.kind {
            case .waiting, .receivingHead, .receivingBody, .discarding, .lingering, .closed:
                // Nothing is owed to somebody who left in the middle of a request.
                context.close(promise: nil)
            case .deciding, .sending: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, phase.kind == .sending { sent() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            if case .some = error as? ByteToMessageDecoderError { return }
            context.close(promise: nil)
            return
        }
        if error == .invalidEOFState { return }
        isBroken = true
        switch phase.kind {
        case .waiting, .receivingHead:
            door.counters.requestsMalformed += 1
            end(
                with: error == .headerOverflow
                    ? .failure(
                        431, "request header too large",
                        causes: [
                            "at most \(door.settings.limits.maxHeaderCount) fields "
                                + "(limits.max_header_count) and "
                                + "\(door.settings.limits.maxHeaderSize) bytes "
                                + "(limits.max_header_size)"
                        ])
                    : .failure(400, "malformed request"))
        case .receivingBody:
            door.counters.requestsMalformed += 1
            end(with: .failure(400, "malformed request body"))
        case .discarding: context.close(promise: nil)
        case .deciding, .sending, .lingering, .closed: break
        }
    }

    // MARK: Requests

    /// Takes parts as far as the phase allows.
    private func process() {
        guard !isProcessing else { return }
        isProcessing = true
        defer { isProcessing = false }
        while let part = parts.first, isTakeable(part) {
            parts.removeFirst()
            switch part {
            case .head(let head):
                headsQueued -= 1
                begin(head)
            case .body(let buffer):
                take(buffer)
            case .end:
                isRequestComplete = true
                if phase.kind == .receivingBody {
                    bodyComplete()
                } else if phase.kind == .discarding {
                    next()
                }
            }
        }
    }

    private func isTakeable(_ part: HTTPServerRequestPart) -> Bool {
        switch phase.kind {
        case .waiting, .receivingHead, .receivingBody, .discarding: return true
        case .deciding:
            // The end of a request without a body comes with its head.
            if case .end = part { return !isRequestComplete }
            return false
        case .sending, .lingering, .closed: return false
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        isRequestComplete = false
        isContinueSent = false
        discardedBytes = 0
        phase.enter(.deciding, now: door.now)
        do {
            let request = try RequestHead(head)
            let exchange = Exchange(
                head: request, route: Route(request.method, request.target), receivedAt: door.now,
                connection: self)
            self.exchange = exchange
            door.begin(exchange)
        } catch {
            door.counters.requestsMalformed += 1
            end(with: .failure(error.status, error.detail))
        }
    }

    /// An endpoint wants the body.
    func receiveBody(_ plan: BodyPlan, for exchange: Exchange) {
        guard exchange === self.exchange, phase.kind == .deciding, let context else { return }
        var statedBytes: Int?
        if case .length(let length) = exchange.head.framing {
            guard length <= BodyReceiver.rawBytesMax(plan) else {
                exchange.answer(BodyFailure.tooLarge(plan.limit).answer)
                return
            }
            statedBytes = length
        }
        exchange.receiver = BodyReceiver(
            plan, statedBytes: statedBytes, budget: door.budget, decompressor: door.decompressor)
        phase.enter(.receivingBody, now: door.now)
        if isRequestComplete {
            bodyComplete()
            return
        }
        process()
        if phase.kind == .receivingBody, !hasReadParts { continueIfExpected() }
        // The body may have been here already, and even be answered by now.
        if phase.kind.isReading { context.read() }
    }

    /// Asks for a body that the client holds back. At the earliest when everything has been taken
    /// that was read together with the head, since the body may be there already.
    private func continueIfExpected() {
        guard let exchange, let context, phase.kind == .receivingBody, !isContinueSent,
            exchange.head.expectsContinue
        else { return }
        isContinueSent = true
        if exchange.receiver?.rawBytes ?? 0 > 0 { return }
        var buffer = context.channel.allocator.buffer(capacity: 32)
        buffer.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        context.writeAndFlush(Self.wrapOutboundOut(buffer), promise: nil)
    }

    private func take(_ buffer: ByteBuffer) {
        switch phase.kind {
        case .receivingBody:
            guard let exchange else { return }
            do {
                try exchange.receiver?.append(buffer)
                phase.received(bodyBytes: exchange.receiver?.rawBytes ?? 0)
            } catch {
                exchange.answer(error.answer)
            }
        case .discarding:
            discardedBytes += buffer.readableBytes
            if discardedBytes > door.settings.discardedBytesMax { context?.close(promise: nil) }
        default: break
        }
    }

    private func bodyComplete() {
        guard let exchange else { return }
        phase.enter(.deciding, now: door.now)
        do {
            if let body = try exchange.receiver?.finish() { door.finish(exchange, body: body) }
        } catch {
            exchange.answer(error.answer)
        }
    }

    // MARK: Answers

    /// Writes the answer of the current exchange and goes on with the next request.
    func send(_ answer: Answer, for exchange: Exchange) {
        guard exchange === self.exchange, let context else { return }
        finishExchange()
        let isLast =
            answer.isLast || !exchange.head.isKeepAlive || isInputClosed || isBroken
            || door.isDraining || !canDiscardRest(of: exchange)
        write(
            answer, context: context,
            persistence: isLast ? .close : exchange.head.isVersion10 ? .keepStated : .keep,
            isBodyOmitted: exchange.head.method == .HEAD)
        if isLast {
            isEnding = true
            parts.removeAll()
        }
        if !context.channel.isWritable {
            phase.enter(.sending, now: door.now, bytes: answer.body.byteCount)
        } else {
            sent()
        }
    }

    /// Whether what is left of the request's body is small enough to be read and dropped.
    private func canDiscardRest(of exchange: Exchange) -> Bool {
        if isRequestComplete { return true }
        if exchange.head.expectsContinue, !isContinueSent { return false }
        switch exchange.head.framing {
        case .none, .chunked: return true
        case .length(let length):
            return length - (exchange.receiver?.rawBytes ?? 0) <= door.settings.discardedBytesMax
        }
    }

    /// The answer is on its way.
    private func sent() {
        if isEnding {
            linger()
        } else if isRequestComplete {
            next()
        } else {
            phase.enter(.discarding, now: door.now)
            process()
            if phase.kind.isReading { context?.read() }
        }
    }

    /// Ready for the next request.
    private func next() {
        phase.enter(.waiting, now: door.now)
        if isProcessing { return }
        process()
        if phase.kind.isReading { context?.read() }
    }

    /// Answers outside of an exchange, as the last thing.
    private func end(with answer: Answer) {
        guard let context, !isEnding else { return }
        finishExchange()
        isEnding = true
        parts.removeAll()
        write(answer, context: context, persistence: .close, isBodyOmitted: false)
        linger()
    }

    /// Closes our half and waits for the peer's: closing with unread bytes would reset the
    /// connection and could take the answer away from the client.
    private func linger() {
        guard let context else { return }
        if isInputClosed {
            phase.enter(.closed, now: door.now)
            context.close(promise: nil)
            return
        }
        phase.enter(.lingering, now: door.now)
        context.close(mode: .output, promise: nil)
        context.read()
    }

    private func write(
        _ answer: Answer, context: ChannelHandlerContext, persistence: AnswerWriter.Persistence,
        isBodyOmitted: Bool
    ) {
        door.counters.answered(answer.status)
        let buffer = door.writer.serialize(
            answer, persistence: persistence, isBodyOmitted: isBodyOmitted, now: door.wallClock(),
            allocator: context.channel.allocator)
        context.writeAndFlush(Self.wrapOutboundOut(buffer), promise: nil)
    }

    private func finishExchange() {
        exchange?.receiver?.release()
        exchange?.connection = nil
        exchange = nil
    }

    private func ended() {
        guard phase.kind != .closed || exchange != nil || context != nil else { return }
        finishExchange()
        parts.removeAll()
        phase.enter(.closed, now: lastByteAt)
        door.closed(self)
    }

    // MARK: Time

    /// Closes what has waited too long. Called every `sweepInterval`.
    func sweep(now: MonotonicTime, isCrowded: Bool) {
        if let idle = door.settings.limits.idleTimeout, phase.kind != .deciding,
            now - lastByteAt >= idle
        {
            context?.close(promise: nil)
            return
        }
        switch phase.expiry(now: now, isCrowded: isCrowded) {
        case .none: break
        case .close: context?.close(promise: nil)
        case .timeout(let what, let seconds):
            door.counters.requestsTimedOut += 1
            end(with: .failure(408, "request \(what) not complete after \(seconds) seconds"))
        }
    }

    /// The process is leaving.
    func drain(now: MonotonicTime) {
        phase.drain(now: now)
    }

    /// Ends at once.
    func abort() {
        context?.close(promise: nil)
    }
}
