import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

/// What the server does with one request.
enum ServerBehavior: Sendable {
    /// Writes these bytes and keeps the connection.
    case answer(String)
    /// Writes these bytes and closes.
    case answerAndClose(String)
    /// Writes these bytes one by one, a millisecond apart.
    case drip(String)
    /// Never answers.
    case stall
    /// Closes without an answer.
    case close
    /// Resets the connection.
    case reset
}

/// A request as it came over the wire.
struct ReceivedRequest: Sendable {
    var connection: Int
    var head: String
    var body: [UInt8]

    /// The values of a header.
    func values(_ name: String) -> [String] {
        head.split(separator: "\r\n").dropFirst().compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { return nil }
            return String(parts[1].drop { $0 == " " })
        }
    }
}

/// An upstream in this process that misbehaves as told.
final class FaultyServer: Sendable {
    typealias Rule = @Sendable (_ request: Int, _ connection: Int) -> ServerBehavior

    let port: Int
    private let channel: any Channel
    private let state: NIOLockedValueBox<(requests: [ReceivedRequest], connections: Int)>

    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    init(
        group: any EventLoopGroup, tls: NIOSSLContext? = nil, closesAfterAnswer: Bool = false,
        rule: @escaping Rule
    ) async throws {
        let state = NIOLockedValueBox((requests: [ReceivedRequest](), connections: 0))
        self.state = state
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = state.withLockedValue { state in
                        state.connections += 1
                        return state.connections
                    }
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: tls))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        ServerConnection(connection: connection, state: state, rule: rule))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var requests: [ReceivedRequest] { state.withLockedValue { $0.requests } }
    var connections: Int { state.withLockedValue { $0.connections } }

    func stop() async {
        try? await channel.close()
    }
}

private final class ServerConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: Int
    private let state: NIOLockedValueBox<(requests: [ReceivedRequest], connections: Int)>
    private let rule: FaultyServer.Rule
    private var received: [UInt8] = []

    init(
        connection: Int,
        state: NIOLockedValueBox<(requests: [ReceivedRequest], connections: Int)>,
        rule: @escaping FaultyServer.Rule
    ) {
        self.connection = connection
        self.state = state
        self.rule = rule
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        while let request = nextRequest() {
            let number = state.withLockedValue { state in
                state.requests.append(request)
                return state.requests.count
            }
            perform(rule(number, connection), context)
        }
    }

    private func nextRequest() -> ReceivedRequest? {
        let end = Array("\r\n\r\n".utf8)
        guard received.count >= 4,
            let start = (0...received.count - 4).first(where: {
                received[$0..<$0 + 4].elementsEqual(end)
            })
        else { return nil }
        let head = String(decoding: received[..<start], as: UTF8.self)
        var request = ReceivedRequest(connection: connection, head: head, body: [])
        let length = request.values("content-length").first.flatMap { Int($0) } ?? 0
        guard received.count >= start + 4 + length else { return nil }
        request.body = Array(received[start + 4..<start + 4 + length])
        received.removeFirst(start + 4 + length)
        return request
    }

    private func perform(_ behavior: ServerBehavior, _ context: ChannelHandlerContext) {
        switch behavior {
        case .answer(let text):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        case .answerAndClose(let text):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            context.close(promise: nil)
        case .drip(let text):
            drip(Array(text.utf8)[...], context)
        case .stall:
            break
        case .close:
            context.close(promise: nil)
        case .reset:
            let provider = context.channel as? any SocketOptionProvider
            provider?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).assumeIsolated().whenComplete {
                _ in context.close(promise: nil)
            }
        }
    }

    private func drip(_ bytes: ArraySlice<UInt8>, _ context: ChannelHandlerContext) {
        guard let first = bytes.first, context.channel.isActive else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [first])), promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) {
            self.drip(bytes.dropFirst(), context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
