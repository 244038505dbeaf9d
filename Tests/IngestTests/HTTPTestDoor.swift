import Config
import JSON
import Logging
import Metrics
import Model
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Upstream
import Wire

@testable import RelayIngest

/// A flow that does what the test says and remembers what it was given.
final class FakeFlow: EventFlow {
    var verdict = EventActionAnswer(
        verdict: .accept, rateLimits: [], revision: 1, projectID: nil)
    /// Whether verdicts wait until `releaseVerdicts`.
    var isHoldingVerdicts = false
    private var heldVerdicts: [(EventActionAnswer) -> Void] = []
    var questions: [GetEventAction] = []
    var accepted: [AcceptedEnvelope] = []
    var acceptResult = AcceptResult.stored
    var states: [ProjectKey: ProjectStateAnswer] = [:]
    var keys: [ProjectID: ProjectKey] = [:]
    var relays: RelayPublicKeysAnswer? = RelayPublicKeysAnswer(relays: [], isComplete: true)
    var events: [EventID: CapturedEvent] = [:]
    var forwarded: [UpstreamRequest] = []
    var response: Result<UpstreamResponse, UpstreamError> = .failure(.timeout)
    var status: ProjectsStatus?
    var canStore = true
    var figures: [StatusFigure] = []

    func eventAction(
        _ question: GetEventAction, completion: @escaping (EventActionAnswer) -> Void
    ) {
        questions.append(question)
        if isHoldingVerdicts {
            heldVerdicts.append(completion)
        } else {
            completion(verdict)
        }
    }

    func releaseVerdicts() {
        let held = heldVerdicts
        heldVerdicts = []
        for completion in held { completion(verdict) }
    }

    func accept(_ envelope: AcceptedEnvelope) -> AcceptResult {
        if acceptResult == .stored { accepted.append(envelope) }
        return acceptResult
    }

    func projectState(
        _ question: GetProjectState, deadline: Duration,
        completion: @escaping (ProjectStateAnswer?) -> Void
    ) {
        completion(states[question.projectKey])
    }

    func projectKeys(
        _ question: GetProjectKeys, deadline: Duration,
        completion: @escaping (ProjectKeysAnswer?) -> Void
    ) {
        completion(ProjectKeysAnswer(keys: question.projectIDs.map { keys[$0] }))
    }

    func relayPublicKeys(
        _ question: GetRelayPublicKeys, deadline: Duration,
        completion: @escaping (RelayPublicKeysAnswer?) -> Void
    ) {
        guard let relays else {
            completion(nil)
            return
        }
        completion(
            RelayPublicKeysAnswer(
                relays: question.relayIDs.map { id in
                    relays.relays.first { $0.relayID == id }
                        ?? RelayPublicKey(relayID: id, publicKey: nil, isInternal: false)
                }, isComplete: relays.isComplete))
    }

    func addMetrics(to snapshot: inout MetricsSnapshot) {}

    func projectsFigures(completion: @escaping ([StatusFigure]) -> Void) { completion(figures) }

    func captured(_ id: EventID) -> CapturedEvent? { events[id] }

    func forward(
        _ request: UpstreamRequest,
        completion: @escaping (Result<UpstreamResponse, UpstreamError>) -> Void
    ) {
        forwarded.append(request)
        completion(response)
    }
}

/// The front door over in-memory connections and a clock that tests move.
final class TestDoor {
    static let key = "a94ae32be2584e0bbd7a4cbb95971fee"
    static let now = WallTime(microseconds: 1_795_000_000_000_000)

    let loop = EmbeddedEventLoop()
    let flow = FakeFlow()
    let door: FrontDoor

    init(mode: RelayMode = .managed, _ change: (inout FrontDoorSettings) -> Void = { _ in }) {
        var config = RelayConfig()
        config.relay.mode = mode
        config.limits.maxEnvelopeSize = 4 << 20
        var settings = FrontDoorSettings(config, version: "1.0.0")
        change(&settings)
        door = FrontDoor(
            settings: settings, flow: flow, eventLoop: loop, logger: Logger(label: "test"),
            wallClock: { Self.now })
    }

    /// A new connection.
    func connect(peer: String? = "192.0.2.7") throws -> TestConnection {
        let channel = EmbeddedChannel(loop: loop)
        let connection = Connection(door: door, peerAddress: peer)
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = door.settings.limits.maxHeaderSize
        limits.maxHeaderFieldSize = door.settings.limits.maxHeaderSize
        limits.maxHeaderFieldCount = door.settings.limits.maxHeaderCount
        try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(
                HTTPRequestDecoder(
                    leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)), connection,
        ])
        channel.pipeline.fireChannelActive()
        return TestConnection(channel: channel, connection: connection)
    }

    /// Sends one request on a new connection and returns the answer.
    func ask(_ request: TestRequest, peer: String? = "192.0.2.7") throws -> TestAnswer {
        let connection = try connect(peer: peer)
        try connection.send(request.bytes)
        return try connection.answer()
    }

    /// Moves the clock and looks at deadlines.
    func advance(_ amount: TimeAmount) {
        loop.advanceTime(by: amount)
        door.sweep()
    }
}

/// One connection as its client sees it.
final class TestConnection {
    let channel: EmbeddedChannel
    let connection: Connection
    private var received: [UInt8] = []

    init(channel: EmbeddedChannel, connection: Connection) {
        self.channel = channel
        self.connection = connection
    }

    func send(_ bytes: [UInt8]) throws {
        guard channel.isActive || !isClosed else { return }
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    var isClosed: Bool { connection.phase.kind == .closed || connection.phase.kind == .lingering }

    private func pull() throws {
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
            received.append(contentsOf: buffer.readableBytesView)
        }
    }

    /// The next answer.
    func answer() throws -> TestAnswer {
        guard let answer = try answerIfAny() else { throw TestFailure("no answer") }
        return answer
    }

    /// The next answer, if one has been sent.
    func answerIfAny() throws -> TestAnswer? {
        try pull()
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
        var answer = TestAnswer(head: head)
        received.removeFirst(end.upperBound)
        if answer.status >= 200, let text = answer["content-length"], let length = Int(text) {
            answer.body = Array(received.prefix(length))
            received.removeFirst(min(length, received.count))
        }
        return answer
    }
}

struct TestFailure: Error {
    var text: String
    init(_ text: String) { self.text = text }
}

struct TestAnswer {
    var status = 0
    var headers: [(String, String)] = []
    var body: [UInt8] = []

    init(head: String) {
        let lines = head.split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers.append(
                (
                    line[..<colon].lowercased(),
                    String(line[line.index(colon, offsetBy: 2)...])
                ))
        }
    }

    subscript(_ name: String) -> String? { headers.first { $0.0 == name }?.1 }

    var text: String { String(decoding: body, as: UTF8.self) }

    var json: JSONValue? { try? JSONValue(parsing: body) }

    var detail: String? { json?["detail"]?.stringValue }

    var causes: [String] { json?["causes"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
}

/// A request to be put on the wire.
struct TestRequest {
    var method = "POST"
    var target: String
    var headers: [(String, String)] = [("Host", "relay.test")]
    var body: [UInt8] = []
    /// nil: Content-Length of the body when there is one.
    var framing: String?

    static let auth =
        "Sentry sentry_key=\(TestDoor.key), sentry_version=7, sentry_client=test.sdk/1.0"

    init(_ method: String, _ target: String, body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.body = body
    }

    init(_ method: String, _ target: String, body: String) {
        self.init(method, target, body: Array(body.utf8))
    }

    init(_ target: String, body: String) {
        self.init("POST", target, body: Array(body.utf8))
    }

    init(_ target: String, body: [UInt8]) {
        self.init("POST", target, body: body)
    }

    func with(_ name: String, _ value: String) -> TestRequest {
        var request = self
        request.headers.append((name, value))
        return request
    }

    /// With an `X-Sentry-Auth` header.
    var authenticated: TestRequest { with("X-Sentry-Auth", Self.auth) }

    /// With its body in chunks of so many bytes.
    func chunked(_ size: Int) -> TestRequest {
        var request = with("Transfer-Encoding", "chunked")
        request.framing = "chunked"
        var chunks: [UInt8] = []
        var position = 0
        while position < body.count {
            let end = min(position + size, body.count)
            chunks += Array("\(String(end - position, radix: 16))\r\n".utf8)
            chunks += body[position..<end] + Array("\r\n".utf8)
            position = end
        }
        request.body = chunks + Array("0\r\n\r\n".utf8)
        return request
    }

    var bytes: [UInt8] {
        var text = "\(method) \(target) HTTP/1.1\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if framing == nil, !body.isEmpty || method == "POST" {
            text += "Content-Length: \(body.count)\r\n"
        }
        return Array((text + "\r\n").utf8) + body
    }
}

extension AcceptedEnvelope {
    /// Text of an item's payload.
    func payload(_ position: Int = 0) -> String {
        String(decoding: envelope.items[position].payload, as: UTF8.self)
    }
}
