import Model
import NIOCore
import NIOTLS

/// What a connection reports to its client.
protocol UpstreamConnectionDelegate: AnyObject {
    /// Connected (and, with TLS, verified): ready for its first request.
    func connectionIsReady(_ connection: UpstreamConnection)
    /// It could not be set up, or has ended; it is never used again.
    func connectionHasEnded(
        _ connection: UpstreamConnection, exchange: UpstreamExchange?, error: UpstreamError,
        hasReceivedNothing: Bool)
    /// The response is complete; the connection is idle unless it is about to end.
    func connection(
        _ connection: UpstreamConnection, finished exchange: UpstreamExchange,
        response: UpstreamResponse, isReusable: Bool)
}

/// One connection to the upstream, last handler of its pipeline. One request at a time; no
/// pipelining.
final class UpstreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Setting up; can become idle or ended.
        case connecting
        /// Kept alive; can become active or ended.
        case idle
        /// A request is on its way; can become idle or ended.
        case active(UpstreamExchange)
        /// Can become nothing else.
        case ended
    }

    /// Bodies beyond this are told when they are written, so that their upload does not count as
    /// upstream's silence.
    private static let tracedBodyBytes = 128 << 10

    private weak var delegate: (any UpstreamConnectionDelegate)?
    private let responseTimeout: TimeAmount
    private let isSecure: Bool
    private var state = State.connecting
    private var context: ChannelHandlerContext?

    private var decoder = ResponseDecoder()
    private var responseHead: ResponseDecoder.Head?
    private var responseBody = ByteBuffer()
    private var isWritten = false
    private var connectError: UpstreamError?

    /// Requests that were sent on it.
    private(set) var requestsSent = 0
    /// When the client must end what it is doing; the idle time when idle.
    private(set) var deadline: NIODeadline
    /// The end of the whole exchange, which no progress moves.
    private var exchangeDeadline = NIODeadline.distantFuture

    init(
        delegate: any UpstreamConnectionDelegate, settings: UpstreamSettings, now: NIODeadline
    ) {
        self.delegate = delegate
        isSecure = settings.isSecure
        responseTimeout = .nanoseconds(settings.responseTimeout.nanosecondsClamped)
        deadline = now + .nanoseconds(settings.connectTimeout.nanosecondsClamped)
    }

    var isIdle: Bool {
        if case .idle = state { return true }
        return false
    }

    // MARK: Called by the client

    func send(_ exchange: UpstreamExchange, now: NIODeadline) {
        guard let context, case .idle = state else {
            delegate?.connectionHasEnded(
                self, exchange: exchange, error: .reset, hasReceivedNothing: true)
            return
        }
        state = .active(exchange)
        requestsSent += 1
        responseHead = nil
        responseBody = ByteBuffer()
        decoder.begin(isBodyExpected: !exchange.isHead)
        let bodyBytes = exchange.body.readableBytes
        exchangeDeadline = now + .nanoseconds(exchange.timeout.nanosecondsClamped)
        context.write(wrapOutboundOut(exchange.head), promise: nil)
        guard bodyBytes > Self.tracedBodyBytes else {
            isWritten = true
            deadline = min(exchangeDeadline, now + responseTimeout)
            if bodyBytes > 0 {
                context.write(wrapOutboundOut(exchange.body), promise: nil)
            }
            context.flush()
            return
        }
        isWritten = false
        deadline = exchangeDeadline
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [weak self] in
            self?.bodyWasWritten(of: exchange)
        }
        context.writeAndFlush(wrapOutboundOut(exchange.body), promise: written)
    }

    func setIdle(until deadline: NIODeadline) {
        self.deadline = deadline
    }

    /// The deadline has passed.
    func timeOut() {
        switch state {
        case .connecting:
            end(.connect("no connection within http.connection_timeout"))
        case .active:
            end(.timeout)
        case .idle:
            end(.reset)
        case .ended:
            break
        }
    }

    /// Ends whatever it does.
    func shutDown() {
        end(.shutDown)
    }

    /// The bootstrap could not connect.
    func connectFailed(_ error: UpstreamError) {
        end(error)
    }

    private func bodyWasWritten(of exchange: UpstreamExchange) {
        guard case .active(let current) = state, current === exchange, !isWritten else { return }
        isWritten = true
        deadline = min(exchangeDeadline, .now() + responseTimeout)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        if !isSecure { becomeReady() }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isSecure, let event = event as? TLSUserEvent, case .handshakeCompleted = event {
            becomeReady()
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func becomeReady() {
        guard case .connecting = state else { return }
        state = .idle
        delegate?.connectionIsReady(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .active(let exchange) = state else {
            // Nobody asked: what follows on this connection cannot be trusted.
            end(.protocolViolation("response without a request"))
            return
        }
        decoder.append(unwrapInboundIn(data))
        do throws(ResponseDecoder.Problem) {
            while case .active = state, let part = try decoder.next() { take(part, exchange) }
        } catch {
            end(.protocolViolation(error.text))
        }
    }

    private func take(_ part: ResponseDecoder.Part, _ exchange: UpstreamExchange) {
        switch part {
        case .head(let head):
            responseHead = head
            extendDeadline()
            if let length = head.bodyBytes, length > exchange.responseBytesMax {
                end(.responseTooLarge(bytesMax: exchange.responseBytesMax))
            }
        case .body(var part):
            extendDeadline()
            if responseBody.readableBytes + part.readableBytes > exchange.responseBytesMax {
                end(.responseTooLarge(bytesMax: exchange.responseBytesMax))
            } else if responseBody.readableBytes == 0 {
                responseBody = part
            } else {
                responseBody.writeBuffer(&part)
            }
        case .end:
            finish(exchange)
        }
    }

    private func extendDeadline() {
        if isWritten { deadline = min(exchangeDeadline, .now() + responseTimeout) }
    }

    private func finish(_ exchange: UpstreamExchange) {
        guard let head = responseHead else { return }
        let response = UpstreamResponse(
            status: head.status, headers: head.headers, body: responseBody)
        // Bytes behind the response were not asked for.
        let isReusable =
            head.isKeepAlive && isWritten && !decoder.hasExcess
            && context?.channel.isActive ?? false
        responseHead = nil
        responseBody = ByteBuffer()
        if isReusable {
            state = .idle
        } else {
            state = .ended
            context?.close(promise: nil)
        }
        delegate?.connection(
            self, finished: exchange, response: response, isReusable: isReusable)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .active(let exchange) = state, decoder.endsWithConnection() { finish(exchange) }
        end(connectError ?? .reset)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isConnecting = if case .connecting = state { true } else { false }
        end(UpstreamError(error, isConnecting: isConnecting, isSecure: isSecure))
    }

    /// Ends the connection and with it the request it carries.
    private func end(_ error: UpstreamError) {
        var exchange: UpstreamExchange?
        switch state {
        case .ended: return
        case .active(let current): exchange = current
        case .connecting, .idle: break
        }
        let hasReceivedNothing = !decoder.hasReceived
        state = .ended
        context?.close(promise: nil)
        delegate?.connectionHasEnded(
            self, exchange: exchange, error: error, hasReceivedNothing: hasReceivedNothing)
    }
}
