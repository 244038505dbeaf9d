import Compression
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Upstream

private let group = MultiThreadedEventLoopGroup.singleton

@Suite("Upstream client") struct UpstreamClientTests {
    @Test(
        "A request has one Host, one Content-Length, gzip, and nothing hop-by-hop of the caller's")
    func wireForm() async throws {
        let server = try await FaultyServer(group: group) { _, _ in .answer(FaultyServer.ok) }
        let client = try await ClientUnderTest(
            eventLoop: group.next(), settings: .local(port: server.port))
        let result = await client.send {
            UpstreamRequest(
                method: .POST, path: "/api/42/envelope/?a=%0d",
                headers: [
                    "X-Sentry-Auth": "Sentry sentry_key=a", "Transfer-Encoding": "chunked",
                    "content-length": "999", "HOST": "evil", "Connection": "close",
                    "Content-Encoding": "br",
                ],
                body: ByteBuffer(string: "hello"))
        }
        #expect(result.status == 200)
        let request = try #require(server.requests.first)
        #expect(request.head.hasPrefix("POST /api/42/envelope/?a=%0d HTTP/1.1\r\n"))
        #expect(request.values("host") == ["127.0.0.1:\(server.port)"])
        #expect(request.values("content-length") == ["\(request.body.count)"])
        #expect(request.values("content-encoding") == ["gzip"])
        #expect(request.values("x-sentry-auth") == ["Sentry sentry_key=a"])
        #expect(request.values("transfer-encoding").isEmpty)
        #expect(request.values("connection").isEmpty)
        let body = try BodyDecompressor().decompress(
            request.body, format: .gzip, outputBytesMax: 100)
        #expect(body == Array("hello".utf8))
        await server.stop()
    }

    @Test("Not compressing keeps the caller's Content-Encoding")
    func identity() async throws {
        let server = try await FaultyServer(group: group) { _, _ in .answer(FaultyServer.ok) }
        let client = try await ClientUnderTest(
            eventLoop: group.next(), settings: .local(port: server.port))
        _ = await client.send {
            UpstreamRequest(
                method: .PUT, path: "/", headers: ["Content-Encoding": "br"],
                body: ByteBuffer(string: "raw"), isCompressed: false)
        }
        let request = try #require(server.requests.first)
        #expect(request.values("content-encoding") == ["br"])
        #expect(request.body == Array("raw".utf8))
        await server.stop()
    }

    @Test("Connections are kept and used again")
    func keepAlive() async throws {
        let server = try await FaultyServer(group: group) { _, _ in .answer(FaultyServer.ok) }
        let client = try await ClientUnderTest(
            eventLoop: group.next(), settings: .local(port: server.port))
        for _ in 0..<20 { #expect(await client.post().status == 200) }
        #expect(server.connections == 1)
        #expect(try await client.query { $0.connectionsOpen } == 1)
        await server.stop()
    }

    @Test(
        "A kept connection that dies as we send is replaced once, and only for repeatable requests")
    func staleConnection() async throws {
        // Each connection answers its first request and closes upon the second.
        let server = try await FaultyServer(group: group) { request, connection in
            request % 2 == 0 ? .close : .answer(FaultyServer.ok)
        }
        let client = try await ClientUnderTest(
            eventLoop: group.next(), settings: .local(port: server.port))
        #expect(await client.post().status == 200)
        #expect(await client.post().status == 200)
        #expect(server.connections == 2)
        #expect(server.requests.count == 3)
        // A request that must not be repeated gets its own connection.
        #expect(await client.post(isRepeatable: false).error == .reset)
        #expect(server.connections == 3)
        #expect(server.requests.count == 4)
        await server.stop()
    }

    @Test("A fresh connection that dies is an error, not a loop")
    func freshConnectionDies() async throws {
        for behavior in [ServerBehavior.close, .reset] {
            let server = try await FaultyServer(group: group) { _, _ in behavior }
            let client = try await ClientUnderTest(
                eventLoop: group.next(), settings: .local(port: server.port))
            #expect(await client.post().error == .reset)
            #expect(server.requests.count == 1)
            #expect(try await client.query { $0.connectionsOpen } == 0)
            await server.stop()
        }
    }

    @Test("No repetition once a byte of a response has come")
    func resetWithinResponse() async throws {
        let server = try await FaultyServer(group: group) { request, _ in
            request == 1
                ? .answer(FaultyServer.ok)
                : .answerAndClose("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        }
        let client = try await ClientUnderTest(
            eventLoop: group.next(), settings: .local(port: server.port))
        #expect(await client.post().status == 200)
        let error = await client.post().error
        #expect(error == .reset || error.map(isProtocolViolation) == true)
        #expect(server.requests.count == 2)
        await server.stop()
    }

    @Test("Silence, and a drip of bytes that never ends, are time-outs")
    func timeouts() async throws {
        let endless = "HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 100_000)
        for behavior in [ServerBehavior.stall, .drip(endless)] {
            let server = try await FaultyServer(group: group) { _, _ in behavior }
            var settings = UpstreamSettings.local(port: server.port)
            settings.responseTimeout = .milliseconds(100)
            let client = try await ClientUnderTest(eventLoop: group.next(), settings: settings)
            #expect(await client.post().error == .timeout)
            #expect(try await client.query { $0.connectionsOpen } == 0)
            #expect(try await client.query { $0.requestsActive } == 0)
            await server.stop()
        }
    }

    @Test("A body that drips beyond the total time is a time-out")
    func dripOfBody() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        let server = try await FaultyServer(group: group) { _, _ in
            .drip(head + String(repeating: "a", count: 100_000))
        }
        var settings = UpstreamSettings.local(port: server.port)
        settings.responseTimeout = .milliseconds(200)
        let client = try await ClientUnderTest(eventLoop: group.next(), settings: settings)
        let result = await client.send {
            UpstreamRequest(method: .GET, path: "/", timeout: .milliseconds(400))
        }
        #expect(result.error == .timeout)
        await server.stop()
    }

    @Test(
        "What is not HTTP is a protocol violation",
        arguments: [
            "garbage garbage\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
            "SSH-2.0-OpenSSH_9.2\r\n",
        ])
    func garbage(text: String) async throws {
        let server = try await FaultyServer(group: group) { _, _ in .answer(text) }
        let client = try await ClientUnderTest(
            eventLoop: group.next(), settings: .local(port: server.port))
        let error = try #require(await client.post().error)
        #expect(isProtocolViolation(error), "\(error)")
        #expect(try await client.query { $0.connectionsOpen } == 0)
        await server.stop()
    }

    @Test("A 429 is an answer like any other, headers included")
    func tooManyRequests() async throws {
        let server = try await FaultyServer(group: group) { _, _ in
            .answer(
                "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\n"
                    + "X-Sentry-Rate-Limits: 5:error:key\r\nContent-Length: 0\r\n\r\n")
        }
        let client = try await ClientUnderTest(
            eventLoop: group.next(), settings: .local(port: server.port))
        let response = try await client.post().get()
        #expect(response.status == .tooManyRequests)
        #expect(response.headers["x-sentry-rate-limits"] == ["5:error:key"])
        await server.stop()
    }

    @Test("Responses beyond the bound are refused, by their length and while they come")
    func tooLarge() async throws {
        for head in [
            "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        ] {
            let text = head + String(repeating: "b", count: 101)
            let server = try await FaultyServer(group: group) { _, _ in .answerAndClose(text) }
            let client = try await ClientUnderTest(
                eventLoop: group.next(), settings: .local(port: server.port))
            #expect(await client.post(bytesMax: 100).error == .responseTooLarge(bytesMax: 100))
            #expect(await client.post(bytesMax: 101).status == 200)
            await server.stop()
        }
    }

    @Test("Refused connections and unknown names are typed errors")
    func connectErrors() async throws {
        let server = try await FaultyServer(group: group) { _, _ in .stall }
        await server.stop()
        let refused = try await ClientUnderTest(
            eventLoop: group.next(), settings: .local(port: server.port))
        guard case .connect = await refused.post().error else {
            Issue.record("no connect error")
            return
        }
        var settings = UpstreamSettings.local(port: 9)
        settings.host = "no-such-host.invalid"
        let unknown = try await ClientUnderTest(eventLoop: group.next(), settings: settings)
        switch await unknown.post().error {
        case .nameResolution, .connect: break
        case let error: Issue.record("\(String(describing: error))")
        }
    }

    @Test("At most so many at a time, queries first, and the rest is refused")
    func queueing() async throws {
        let server = try await FaultyServer(group: group) { _, _ in
            .answer(FaultyServer.ok)
        }
        var settings = UpstreamSettings.local(port: server.port)
        settings.requestsMax = 1
        settings.queueMax = 2
        let client = try await ClientUnderTest(eventLoop: group.next(), settings: settings)
        let finished: [String] = try await client.burst([
            ("a", .envelope), ("b", .envelope), ("c", .envelope), ("d", .envelope),
            ("q", .query),
        ])
        #expect(finished == ["d: refused", "a", "q", "b", "c"])
        #expect(server.requests.count == 4)
        #expect(server.connections == 1)
        await server.stop()
    }

    @Test("Forbidden bytes never reach a socket")
    func injection() async throws {
        let server = try await FaultyServer(group: group) { _, _ in .answer(FaultyServer.ok) }
        let client = try await ClientUnderTest(
            eventLoop: group.next(), settings: .local(port: server.port))
        let evil = ["\r\nX: 1", "\n", "\0", "\u{7f}", " HTTP/1.1\r\nHost: x"]
        for text in evil {
            for request in [
                UpstreamRequest(method: .POST, path: "/api/\(text)/envelope/"),
                UpstreamRequest(method: .POST, path: "/", headers: ["Origin": "http://a\(text)"]),
                UpstreamRequest(method: .POST, path: "/", headers: ["X-A\(text)": "a"]),
                UpstreamRequest(method: .RAW(value: "GET\(text)"), path: "/"),
            ] {
                let boxed = UncheckedRequest(request: request)
                guard case .invalidRequest = await client.send({ boxed.request }).error else {
                    Issue.record("sent \(text.debugDescription)")
                    continue
                }
            }
        }
        for path in ["", "api/", "http://evil/", "/a#b", "/ä"] {
            guard
                case .invalidRequest = await client.send({
                    UpstreamRequest(method: .GET, path: path)
                }).error
            else {
                Issue.record("sent \(path)")
                continue
            }
        }
        #expect(server.requests.isEmpty)
        #expect("a\r\nb\0c\td".asHeaderValue == "a  b c\td")
        await server.stop()
    }

    @Test("Shutting down fails what is on its way and everything after")
    func shutDown() async throws {
        let server = try await FaultyServer(group: group) { _, _ in .stall }
        let client = try await ClientUnderTest(
            eventLoop: group.next(), settings: .local(port: server.port))
        async let first = client.post()
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        try await client.query { $0.shutDown() }
        #expect(await first.error == .shutDown)
        #expect(await client.post().error == .shutDown)
        #expect(try await client.query { $0.connectionsOpen } == 0)
        await server.stop()
    }
}

struct UncheckedRequest: @unchecked Sendable {
    let request: UpstreamRequest
}

func isProtocolViolation(_ error: UpstreamError) -> Bool {
    if case .protocolViolation = error { return true }
    return false
}

extension ClientUnderTest {
    /// Sends all in one turn of the loop; the names in the order they end.
    func burst(_ requests: [(String, UpstreamPriority)]) async throws -> [String] {
        try await withCheckedThrowingContinuation { continuation in
            eventLoop.execute {
                self.burstOnLoop(requests) { continuation.resume(returning: $0) }
            }
        }
    }

    private func burstOnLoop(
        _ requests: [(String, UpstreamPriority)], _ done: @escaping ([String]) -> Void
    ) {
        var finished: [String] = []
        for (name, priority) in requests {
            onLoop.send(
                UpstreamRequest(method: .POST, path: "/\(name)", priority: priority)
            ) { result in
                if case .failure(.queueFull) = result {
                    finished.append("\(name): refused")
                } else {
                    finished.append(name)
                }
                if finished.count == requests.count { done(finished) }
            }
        }
    }
}
