import Model
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Upstream

/// A Sentry in memory: registers relays, hands out project states, takes envelopes. Slow, away or
/// refusing as told.
final class SimulatedUpstream: UpstreamTransport {
    /// How it answers envelopes and queries.
    enum Mood: CaseIterable {
        case well
        /// Answers after seconds.
        case slow
        /// 503.
        case overloaded
        /// No connection.
        case away
        /// Takes the envelope, but the answer is lost.
        case answersLost
        /// 429 for envelopes.
        case limiting
    }

    var mood = Mood.well
    /// Event ids of envelopes that were answered 200, with how often.
    private(set) var taken: [EventID: Int] = [:]
    /// Envelopes that came in at all.
    private(set) var received = 0
    /// Envelopes that could not be read, or whose event is not what was sent.
    private(set) var malformed = 0
    private(set) var limited: Set<EventID> = []
    private(set) var queries = 0
    private let loop: EmbeddedEventLoop
    private var generator: SeededGenerator

    typealias Completion = (Result<UpstreamResponse, UpstreamError>) -> Void

    init(loop: EmbeddedEventLoop, seed: UInt64) {
        self.loop = loop
        generator = SeededGenerator(seed: seed ^ 0x5555)
    }

    /// Queries of relay-projects.
    func send(_ request: UpstreamRequest, completion: @escaping Completion) {
        queries += 1
        switch mood {
        case .away: answer(.failure(.connect("refused")), completion)
        case .overloaded: answer(.success(Self.response(503)), completion)
        case .answersLost: answer(.failure(.timeout), completion)
        case .well, .slow, .limiting:
            answer(.success(Self.response(200, body: answerBody(request))), completion)
        }
    }

    private func answerBody(_ request: UpstreamRequest) -> String {
        if request.path.contains("/register/challenge/") {
            return "{\"relay_id\":\"01234567-89ab-cdef-0123-456789abcdef\",\"token\":\"t\"}"
        }
        guard request.path.contains("/projectconfigs/") else { return "{}" }
        let text = String(buffer: request.body)
        // Keys of the simulation stand in the request as 32 digits between quotes.
        let keys = text.split(separator: "\"").compactMap { ProjectKey($0) }
        let states = keys.map { key in
            let number = key.low
            let isDisabled = number % 7 == 6
            let state =
                "{\"projectId\":\(number),\"disabled\":\(isDisabled),"
                + "\"publicKeys\":[{\"publicKey\":\"\(key)\",\"isEnabled\":true}],\"config\":{}}"
            return "\"\(key)\":\(state)"
        }
        return "{\"configs\":{\(states.joined(separator: ","))}}"
    }

    /// Envelopes of relay-ingest.
    func receive(_ request: UpstreamRequest, _ completion: @escaping Completion) {
        received += 1
        guard let id = Self.eventID(request) else {
            malformed += 1
            return answer(.success(Self.response(400)), completion)
        }
        switch mood {
        case .well, .slow:
            taken[id, default: 0] += 1
            answer(.success(Self.response(200)), completion)
        case .overloaded: answer(.success(Self.response(503)), completion)
        case .away: answer(.failure(.connect("refused")), completion)
        case .answersLost: answer(.failure(.reset), completion)
        case .limiting:
            limited.insert(id)
            let headers: HTTPHeaders = ["x-sentry-rate-limits": "2::key:simulated"]
            answer(.success(Self.response(429, headers: headers)), completion)
        }
    }

    private static func eventID(_ request: UpstreamRequest) -> EventID? {
        guard let envelope = try? Envelope(parsing: Array(request.body.readableBytesView)),
            let id = envelope.header.eventID, envelope.items.count == 1,
            let item = envelope.items.first
        else { return nil }
        let text = String(decoding: item.payload, as: UTF8.self)
        switch item.type {
        case .event: return text.contains("\"\(id)\"") && text.contains("simulated") ? id : nil
        default: return text == "{\"id\":\"\(id)\"}" ? id : nil
        }
    }

    private func answer(
        _ result: Result<UpstreamResponse, UpstreamError>, _ completion: @escaping Completion
    ) {
        let longest = mood == .slow ? 4000 : 50
        let delay = Int64.random(in: 1...Int64(longest), using: &generator)
        loop.assumeIsolated().scheduleTask(in: .milliseconds(delay)) { completion(result) }
    }

    private static func response(
        _ status: Int, headers: HTTPHeaders = [:], body: String = ""
    ) -> UpstreamResponse {
        UpstreamResponse(
            status: HTTPResponseStatus(statusCode: status), headers: headers,
            body: ByteBuffer(string: body))
    }
}
