import Compression
import Config
import Model
import NIOCore
import NIOEmbedded
import Testing

@testable import RelayIngest

@Suite("Limits of the front door")
struct HTTPLimitsTests {
    private func small(_ change: (inout FrontDoorSettings) -> Void = { _ in }) -> TestDoor {
        TestDoor { settings in
            settings.limits.maxEventSize = 1000
            settings.limits.maxEnvelopeSize = 2000
            change(&settings)
        }
    }

    @Test("a stated length over the limit is refused before the body comes")
    func statedLength() throws {
        let test = small()
        let connection = try test.connect()
        try connection.send(
            "POST /api/42/store/ HTTP/1.1\r\nHost: a\r\nX-Sentry-Auth: \(TestRequest.auth)\r\n"
                + "Content-Length: 1001\r\n\r\n")
        let answer = try connection.answer()
        #expect(answer.status == 413)
        #expect(answer.causes == ["the decoded body exceeds limits.max_event_size of 1000 bytes"])
        #expect(test.flow.questions.count == 1)
    }

    @Test("chunked bodies are cut at the limit; the exact size passes")
    func chunked() throws {
        let test = small()
        let event = "{\"a\":\"" + String(repeating: "x", count: 992) + "\"}"
        #expect(event.utf8.count == 1000)
        let exact = TestRequest("/api/42/store/", body: event).authenticated
        #expect(try test.ask(exact.chunked(10)).status == 200)
        #expect(try test.ask(exact).status == 200)
        let over = TestRequest("/api/42/store/", body: event + " ").authenticated.chunked(10)
        #expect(try test.ask(over).status == 413)
        let envelope = TestRequest(
            "/api/42/envelope/",
            body: "{}\n{\"type\":\"thing\"}\n" + String(repeating: "x", count: 2000)
        ).authenticated
        let answer = try test.ask(envelope)
        #expect(answer.status == 413)
        #expect(answer.causes.first?.contains("limits.max_envelope_size of 2000") ?? false)
        #expect(test.door.budget.bytesUsed == 0)
    }

    @Test("bombs: the decoded size counts", arguments: CompressionEncoding.allCases)
    func bombs(_ encoding: CompressionEncoding) throws {
        let zeros = [UInt8](repeating: 0x20, count: 4 << 20)
        let bomb = try #require(Compressor(encoding).compress(zeros))
        let test = TestDoor()
        let request = TestRequest("/api/42/store/", body: bomb).authenticated
        for answer in [
            try test.ask(request.with("Content-Encoding", encoding.token)),
            try test.ask(request.with("Content-Encoding", encoding.token).chunked(1000)),
        ] {
            #expect(answer.status == 413)
            #expect(answer.causes.first?.contains("max_event_size") ?? false)
        }
        let nested = try #require(Compressor(encoding).compress(bomb))
        let twice = try test.ask(
            TestRequest("/api/42/store/", body: nested).authenticated
                .with("Content-Encoding", "\(encoding.token), \(encoding.token)"))
        #expect(twice.status == 413)
        #expect(test.door.budget.bytesUsed == 0)
    }

    @Test("bombs in base64 or without a header")
    func hiddenBombs() throws {
        let zeros = [UInt8](repeating: 0x20, count: 4 << 20)
        let bomb = try #require(Compressor(.deflate).compress(zeros))
        let test = TestDoor()
        for body in [bomb, Array(Base64.encode(bomb).utf8)] {
            let answer = try test.ask(TestRequest("/api/42/store/", body: body).authenticated)
            #expect(answer.status == 413)
            #expect(answer.causes.first?.contains("max_event_size") ?? false)
        }
    }

    @Test("bodies of all connections together are bounded: 503")
    func budget() throws {
        let test = small { $0.bodyBytesMax = 1500 }
        let head =
            "POST /api/42/store/ HTTP/1.1\r\nHost: a\r\nX-Sentry-Auth: \(TestRequest.auth)\r\n"
            + "Content-Length: 1000\r\n\r\n"
        let first = try test.connect()
        try first.send(head + String(repeating: " ", count: 900))
        #expect(test.door.budget.bytesUsed == 900)
        let second = try test.connect()
        try second.send(head + String(repeating: " ", count: 900))
        let answer = try second.answer()
        #expect(answer.status == 503)
        #expect(answer["retry-after"] == "1")
        _ = try first.channel.finish(acceptAlreadyClosed: true)
        #expect(test.door.budget.bytesUsed == 0)
    }

    @Test("slow heads: 408 after header_timeout, from the first byte")
    func slowHead() throws {
        let test = TestDoor()
        let connection = try test.connect()
        for byte in "POST /api/".utf8 {
            try connection.send([byte])
            test.advance(.milliseconds(900))
            #expect(try connection.answerIfAny() == nil)
        }
        test.advance(.seconds(1))
        let answer = try connection.answer()
        #expect(answer.status == 408)
        #expect(answer.detail == "request header not complete after 10 seconds")
        #expect(connection.isClosed)
        #expect(test.door.counters.requestsTimedOut == 1)
    }

    @Test("slow bodies: 408, but a body that keeps to the rate may take longer")
    func slowBody() throws {
        let test = TestDoor { settings in
            settings.limits.bodyTimeout = .seconds(10)
            settings.limits.bodyRateMin = 1000
        }
        let head =
            "POST /api/42/store/ HTTP/1.1\r\nHost: a\r\nX-Sentry-Auth: \(TestRequest.auth)\r\n"
            + "Content-Length: 100000\r\n\r\n"
        let dripping = try test.connect()
        try dripping.send(head)
        let steady = try test.connect()
        try steady.send(head)
        for _ in 0..<20 {
            try dripping.send(" ")
            try steady.send([UInt8](repeating: 0x20, count: 1000))
            test.advance(.seconds(1))
        }
        #expect(try dripping.answer().status == 408)
        #expect(dripping.isClosed)
        #expect(!steady.isClosed)
        #expect(try steady.answerIfAny() == nil)
        for _ in 0..<80 { try steady.send([UInt8](repeating: 0x20, count: 1000)) }
        #expect(try steady.answer().status == 400)
    }

    @Test("idle connections: closed after keepalive_timeout, without an answer")
    func idle() throws {
        let test = TestDoor()
        let fresh = try test.connect()
        let used = try test.connect()
        try used.send(TestRequest("/api/42/store/", body: "{}").authenticated.bytes)
        #expect(try used.answer().status == 200)
        test.advance(.milliseconds(4900))
        #expect(!used.isClosed)
        test.advance(.milliseconds(200))
        #expect(used.isClosed)
        #expect(try used.answerIfAny() == nil)
        #expect(!fresh.isClosed)
        test.advance(.seconds(5))
        #expect(fresh.isClosed)
        #expect(try fresh.answerIfAny() == nil)
        #expect(test.door.connectionCount == 0)
    }

    @Test("a rest of a body that nobody reads: dropped when small, cut when it does not come")
    func discarding() throws {
        let test = small { $0.discardedBytesMax = 5000 }
        let head = { (length: Int) in
            "POST /api/42/store/ HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
        }
        let kept = try test.connect()
        try kept.send(head(4000) + String(repeating: " ", count: 1000))
        let refused = try kept.answer()
        #expect(refused.status == 401)
        #expect(refused["connection"] == nil)
        try kept.send(String(repeating: " ", count: 3000))
        try kept.send(TestRequest("/api/42/store/", body: "{}").authenticated.bytes)
        #expect(try kept.answer().status == 200)

        let large = try test.connect()
        try large.send(head(6000))
        #expect(try large.answer()["connection"] == "close")
        #expect(large.isClosed)

        let stuck = try test.connect()
        try stuck.send(head(4000))
        #expect(try stuck.answer().status == 401)
        test.advance(.seconds(3))
        #expect(stuck.connection.phase.kind == .closed)

        let endless = try test.connect()
        try endless.send(
            "POST /api/42/store/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(try endless.answer().status == 401)
        for _ in 0..<8 {
            try endless.send("3e8\r\n" + String(repeating: " ", count: 1000) + "\r\n")
        }
        #expect(endless.connection.phase.kind == .closed)
    }

    @Test("requests in one packet are answered in order, up to a bound")
    func pipelining() throws {
        let test = TestDoor()
        let connection = try test.connect()
        var bytes: [UInt8] = []
        for number in 0..<20 {
            bytes += TestRequest("/api/42/store/", body: "{\"n\":\(number)}").authenticated.bytes
        }
        try connection.send(bytes)
        for _ in 0..<20 { #expect(try connection.answer().status == 200) }
        #expect(test.flow.accepted.map { $0.payload() } == (0..<20).map { "{\"n\":\($0)}" })

        test.flow.isHoldingVerdicts = true
        let flooding = try test.connect()
        let request = TestRequest("/api/42/store/", body: "{}").authenticated.bytes
        try flooding.send(Array([[UInt8]](repeating: request, count: 100).joined()))
        #expect(flooding.connection.phase.kind == .closed)
        #expect(try flooding.answerIfAny() == nil)
    }

    @Test("a client that leaves in the middle leaves nothing behind")
    func aborted() throws {
        let test = TestDoor()
        let request = TestRequest("/api/42/store/", body: Self.body).authenticated.bytes
        for cut in [1, 20, request.count - 300, request.count - 1] {
            let connection = try test.connect()
            try connection.send(Array(request[..<cut]))
            _ = try? connection.channel.finish(acceptAlreadyClosed: true)
            #expect(test.door.connectionCount == 0)
            #expect(test.door.budget.bytesUsed == 0)
        }
        #expect(test.flow.accepted.isEmpty)
    }

    private static let body = "{\"a\":\"" + String(repeating: "x", count: 1000) + "\"}"

    @Test("the phase's deadlines")
    func phases() {
        let limits = ConnectionPhase.Limits(
            header: .seconds(10), keepAlive: .seconds(5), body: .seconds(60),
            bodyBytesPerSecond: 100, linger: .seconds(2), drainGrace: .milliseconds(200))
        let start = MonotonicTime(nanoseconds: 1)
        var phase = ConnectionPhase(limits, now: start)
        #expect(phase.expiry(now: start + .seconds(9)) == .none)
        #expect(phase.expiry(now: start + .seconds(10)) == .close)
        #expect(phase.expiry(now: start + .milliseconds(499), isCrowded: true) == .none)
        #expect(phase.expiry(now: start + .milliseconds(500), isCrowded: true) == .close)
        phase.enter(.receivingHead, now: start)
        #expect(phase.expiry(now: start + .milliseconds(1999), isCrowded: true) == .none)
        #expect(phase.expiry(now: start + .seconds(2), isCrowded: true) == .close)
        #expect(phase.expiry(now: start + .seconds(2)) == .none)
        phase.enter(.deciding, now: start)
        #expect(phase.expiry(now: start + .seconds(100_000)) == .none)
        phase.enter(.receivingBody, now: start)
        phase.received(bodyBytes: 1000)
        #expect(phase.expiry(now: start + .seconds(69)) == .none)
        #expect(
            phase.expiry(now: start + .seconds(70)) == .timeout(what: "body", seconds: 70))
        phase.enter(.waiting, now: start)
        phase.drain(now: start)
        #expect(phase.expiry(now: start + .milliseconds(199)) == .none)
        #expect(phase.expiry(now: start + .milliseconds(200)) == .close)
        phase.enter(.lingering, now: start)
        #expect(phase.expiry(now: start + .seconds(2)) == .close)
    }
}
