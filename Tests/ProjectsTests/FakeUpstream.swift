import Glibc
import JSON
import Model
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import Signing

/// A Sentry in the same process: registers relays, checks every signature, answers for projects.
final class FakeUpstream: Sendable {
    struct Behaviour: Sendable {
        /// Text of the state by key; keys without one are answered null.
        var states: [String: String] = [:]
        /// Answers that say `pending` before the state comes.
        var pendingAnswers = 0
        /// Status of every question but registration; nil is as usual.
        var queryStatus: Int?
        var isDenying = false
        /// Public keys by relay id.
        var relays: [String: String] = [:]
        /// Questions for states, by the keys in them.
        var stateQuestions: [[String]] = []
        var registrations = 0
        /// What a relay must not do.
        var errors: [String] = []
    }

    let behaviour = NIOLockedValueBox(Behaviour())
    let publicKey: VerifyingKey
    private let channel: NIOLockedValueBox<(any Channel)?> = NIOLockedValueBox(nil)
    private let group: any EventLoopGroup

    init(publicKey: VerifyingKey, group: any EventLoopGroup) {
        self.publicKey = publicKey
        self.group = group
    }

    /// Listens on a free port, or on the given one.
    func start(port: Int = 0) async throws -> Int {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(upstream: self))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.channel.withLockedValue { $0 = channel }
        return channel.localAddress?.port ?? 0
    }

    func stop() async throws {
        try await channel.withLockedValue { $0 }?.close().get()
    }

    fileprivate func answer(
        path: String, headers: HTTPHeaders, body: [UInt8]
    ) -> (status: Int, body: String) {
        behaviour.withLockedValue { behaviour in
            if path == "/api/0/relays/live/" { return (200, "{}") }
            verify(headers, body, &behaviour)
            guard let json = try? JSONValue(parsing: body) else { return (400, "{}") }
            switch path {
            case "/api/0/relays/register/challenge/":
                if behaviour.isDenying { return (403, "{\"relay\":\"stop\"}") }
                if json["public_key"]?.stringValue != publicKey.base64URL {
                    behaviour.errors.append("wrong public key")
                }
                return (200, "{\"token\":\"the token\"}")
            case "/api/0/relays/register/response/":
                if json["token"]?.stringValue != "the token" {
                    behaviour.errors.append("wrong token")
                }
                behaviour.registrations += 1
                return (200, "{}")
            default: break
            }
            if behaviour.registrations == 0 {
                behaviour.errors.append("question before registration")
            }
            if let status = behaviour.queryStatus { return (status, "{}") }
            switch path {
            case "/api/0/relays/projectconfigs/?version=3": return states(json, &behaviour)
            case "/api/0/relays/publickeys/":
                let ids = json["relay_ids"]?.arrayValue?.compactMap(\.stringValue) ?? []
                let relays = ids.map { id in
                    let key = behaviour.relays[id]
                    let value = key.map { "{\"publicKey\":\"\($0)\",\"internal\":true}" }
                    return "\"\(id)\":\(value ?? "null")"
                }
                return (200, "{\"relays\":{\(relays.joined(separator: ","))}}")
            default:
                behaviour.errors.append("unexpected \(path)")
                return (404, "{}")
            }
        }
    }

    private func states(
        _ question: JSONValue, _ behaviour: inout Behaviour
    ) -> (status: Int, body: String) {
        let keys = question["publicKeys"]?.arrayValue?.compactMap(\.stringValue) ?? []
        behaviour.stateQuestions.append(keys)
        if behaviour.pendingAnswers > 0 {
            behaviour.pendingAnswers -= 1
            let list = keys.map { "\"\($0)\"" }.joined(separator: ",")
            return (200, "{\"configs\":{},\"pending\":[\(list)]}")
        }
        let configs = keys.map { "\"\($0)\":\(behaviour.states[$0] ?? "null")" }
        return (200, "{\"configs\":{\(configs.joined(separator: ","))}}")
    }

    private func verify(
        _ headers: HTTPHeaders, _ body: [UInt8], _ behaviour: inout Behaviour
    ) {
        guard let signature = headers.first(name: "X-Sentry-Relay-Signature") else {
            behaviour.errors.append("no signature")
            return
        }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let now = WallTime(microseconds: Int64(time.tv_sec) * 1_000_000)
        do {
            try publicKey.verify(signature, body: body, now: now)
        } catch {
            behaviour.errors.append("bad signature: \(error)")
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let upstream: FakeUpstream
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(upstream: FakeUpstream) {
            self.upstream = upstream
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let part):
                body += Array(part.readableBytesView)
            case .end:
                guard let head else { return }
                let (status, text) = upstream.answer(
                    path: head.uri, headers: head.headers, body: body)
                let buffer = ByteBuffer(string: text)
                let response = HTTPResponseHead(
                    version: .http1_1, status: HTTPResponseStatus(statusCode: status),
                    headers: ["Content-Length": "\(buffer.readableBytes)"])
                context.write(wrapOutboundOut(.head(response)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
