import Config
import Model
import NIOEmbedded
import Testing
import Wire

@testable import RelayIngest

@Suite("Authentication")
struct HTTPAuthTests {
    private static let key = TestDoor.key

    /// Where authentication stands: `X-Sentry-Auth`, `Authorization`, query.
    struct Case: Sendable, CustomStringConvertible {
        var header: String?
        var authorization: String?
        var query = ""
        var status: Int
        var detail: String?
        var description: String { "\(header ?? "-") \(authorization ?? "-") \(query)" }
    }

    static let cases: [Case] = [
        Case(header: "Sentry sentry_key=\(key)", status: 200),
        Case(header: "sentry sentry_key=\(key),sentry_version=7", status: 200),
        Case(header: "Sentry sentry_key=\(key), sentry_version=2.0, sentry_secret=x", status: 200),
        Case(header: "Sentry sentry_key=\(key), sentry_version=8", status: 200),
        Case(authorization: "Sentry sentry_key=\(key)", status: 200),
        Case(query: "?sentry_key=\(key)", status: 200),
        Case(query: "?sentry_version=7&sentry_client=raven-js%2F3&sentry_key=\(key)", status: 200),
        Case(header: "", query: "?sentry_key=\(key)", status: 200),
        Case(header: "Sentry sentry_key=\(key):no-cache", status: 200),
        Case(status: 401, detail: "missing authorization information"),
        Case(header: "", status: 401, detail: "missing authorization information"),
        Case(authorization: "Bearer x", status: 401, detail: "missing authorization information"),
        Case(header: "Sentry x=y", status: 401, detail: "bad x-sentry-auth header"),
        Case(
            header: "Sentry sentry_key=\(key), sentry_version=x", status: 401,
            detail: "bad x-sentry-auth header"),
        Case(header: "Sentry sentry_key=abc", status: 400, detail: "bad sentry DSN public key"),
        Case(
            header: "Sentry sentry_key=\(key), sentry_version=9", status: 400,
            detail: "unsupported protocol version (9)"),
        Case(
            header: "Sentry sentry_key=\(key)", query: "?sentry_key=\(key)", status: 401,
            detail: "multiple authorization payloads detected"),
        Case(
            header: "Sentry sentry_key=\(key)", authorization: "Sentry sentry_key=\(key)",
            status: 401, detail: "multiple authorization payloads detected"),
    ]

    @Test("every form on every endpoint", arguments: cases)
    func forms(_ auth: Case) throws {
        for (endpoint, body) in [
            ("store", "{}"), ("envelope", "{}\n{\"type\":\"session\"}\n{}"), ("security", "{}"),
        ] {
            var request = TestRequest("/api/42/\(endpoint)/\(auth.query)", body: body)
                .with("Content-Type", "application/json")
            if let header = auth.header { request = request.with("X-Sentry-Auth", header) }
            if let header = auth.authorization { request = request.with("Authorization", header) }
            let test = TestDoor()
            let answer = try test.ask(request)
            #expect(answer.status == auth.status, "\(endpoint)")
            #expect(answer["access-control-allow-origin"] == "*")
            if let detail = auth.detail {
                #expect(answer.detail == detail, "\(endpoint)")
                #expect(test.flow.accepted.isEmpty)
            } else {
                #expect(test.flow.accepted.first?.meta.projectKey == ProjectKey(Self.key))
            }
        }
    }

    @Test("the question names project, origin and the no-cache flag")
    func question() throws {
        let test = TestDoor()
        let auth = "Sentry sentry_key=\(Self.key):no-cache"
        _ = try test.ask(
            TestRequest("/api/42/store/", body: "{}").with("X-Sentry-Auth", auth)
                .with("Referer", "https://shop.test/cart?x=1"))
        let question = try #require(test.flow.questions.first)
        #expect(question.projectKey == ProjectKey(Self.key))
        #expect(question.projectID == ProjectID(rawValue: 42))
        #expect(question.origin == "https://shop.test/cart?x=1")
        #expect(question.isCacheBypassed)
        #expect(question.freshness == .cached)
    }

    @Test("Origin goes before Referer; only web origins count")
    func origins() throws {
        let cases: [(String?, String?, String?)] = [
            ("https://a.test", "https://b.test/", "https://a.test"),
            ("null", "https://b.test/", "https://b.test/"),
            ("file://", nil, nil), (nil, "android-app://x", nil), (nil, nil, nil),
        ]
        for (origin, referer, expected) in cases {
            var request = TestRequest("/api/42/store/", body: "{}").authenticated
            if let origin { request = request.with("Origin", origin) }
            if let referer { request = request.with("Referer", referer) }
            let test = TestDoor()
            _ = try test.ask(request)
            #expect(test.flow.accepted.first?.meta.origin == expected)
        }
    }

    @Test("refused by the cached verdict before the body has come")
    func verdicts() throws {
        let head =
            "POST /api/42/store/ HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n"
            + "X-Sentry-Auth: \(TestRequest.auth)\r\n\r\n"
        let test = TestDoor()
        test.flow.verdict.verdict = .discard(.cors)
        let discarded = try test.connect()
        try discarded.send(head)
        let refusal = try discarded.answer()
        #expect(refusal.status == 403)
        #expect(refusal.causes == ["reason: cors"])
        // The body that follows is dropped, and the connection serves the next request.
        try discarded.send([UInt8](repeating: 0x20, count: 999))
        test.flow.verdict.verdict = .accept
        try discarded.send(TestRequest("/api/42/store/", body: "{}").authenticated.bytes)
        #expect(try discarded.answer().status == 200)
        #expect(test.flow.accepted.count == 1)

        test.flow.verdict = EventActionAnswer(
            verdict: .retryAfter,
            rateLimits: [
                RateLimitAnswer(
                    scope: .key, categories: DataCategories(), reasonCode: nil,
                    remaining: .milliseconds(12_300))
            ], revision: 1, projectID: nil)
        let limited = try test.connect()
        try limited.send(head)
        let answer = try limited.answer()
        #expect(answer.status == 429)
        #expect(answer["retry-after"] == "13")
        #expect(answer["x-sentry-rate-limits"] == "13::key")
        #expect(answer.detail == "event rejected due to rate limit")
    }

    @Test("a verdict that comes later")
    func lateVerdict() throws {
        let test = TestDoor()
        test.flow.isHoldingVerdicts = true
        let connection = try test.connect()
        let request = TestRequest("/api/42/store/", body: "{}").authenticated
        try connection.send(request.bytes + request.bytes)
        #expect(try connection.answerIfAny() == nil)
        test.flow.releaseVerdicts()
        #expect(try connection.answer().status == 200)
        #expect(try connection.answerIfAny() == nil)
        test.flow.releaseVerdicts()
        #expect(try connection.answer().status == 200)
        #expect(test.flow.accepted.count == 2)
        // The client is gone before the verdict: nothing happens.
        try connection.send(request.bytes)
        _ = try connection.channel.finish(acceptAlreadyClosed: true)
        test.flow.releaseVerdicts()
        #expect(test.flow.accepted.count == 2)
        #expect(test.door.connectionCount == 0)
    }

    @Test("a full accept store: 503 with the limit's name")
    func full() throws {
        let test = TestDoor()
        test.flow.acceptResult = .full(limitName: "cache.envelope_buffer_size", limit: 10)
        let answer = try test.ask(TestRequest("/api/42/store/", body: "{}").authenticated)
        #expect(answer.status == 503)
        #expect(answer["retry-after"] == "5")
        #expect(answer.causes == ["cache.envelope_buffer_size of 10 is reached"])
    }

    @Test("who is the client: header lines, peer, trust")
    func clientAddresses() throws {
        let networks = try [#require(IPNetwork("192.0.2.0/24"))]
        let cases: [(TrustedProxies, [String], String, String?)] = [
            (.any, [], "192.0.2.7", "192.0.2.7"),
            (.any, ["203.0.113.9, 10.0.0.1"], "203.0.113.9, 10.0.0.1, 192.0.2.7", "203.0.113.9"),
            (.any, ["203.0.113.9", "10.0.0.1"], "203.0.113.9, 10.0.0.1, 192.0.2.7", "203.0.113.9"),
            (.none, ["203.0.113.9"], "203.0.113.9, 192.0.2.7", "192.0.2.7"),
            (.hops(1), ["6.6.6.6, 203.0.113.9"], "6.6.6.6, 203.0.113.9, 192.0.2.7", "203.0.113.9"),
            (
                .networks(networks), ["6.6.6.6, 203.0.113.9"], "6.6.6.6, 203.0.113.9, 192.0.2.7",
                "203.0.113.9"
            ),
        ]
        for (trust, lines, forwarded, client) in cases {
            var request = TestRequest("/api/42/store/", body: "{}").authenticated
                .with("User-Agent", "agent/1")
            for line in lines { request = request.with("X-Forwarded-For", line) }
            let test = TestDoor { $0.trustedProxies = trust }
            _ = try test.ask(request)
            let meta = try #require(test.flow.accepted.first?.meta)
            #expect(meta.forwardedFor == forwarded)
            #expect(meta.clientAddress == client)
            #expect(meta.userAgent == "agent/1")
        }
        let test = TestDoor()
        _ = try test.ask(TestRequest("/api/42/store/", body: "{}").authenticated, peer: nil)
        #expect(test.flow.accepted.first?.meta.clientAddress == nil)
        #expect(test.flow.accepted.first?.meta.forwardedFor == "")
    }
}

@Suite("Cross-origin access")
struct HTTPCORSTests {
    @Test(
        "preflight of every ingestion route",
        arguments: ["/api/42/store/", "/api/store/", "/api/42/envelope/", "/api/42/security/"])
    func preflight(_ path: String) throws {
        let test = TestDoor()
        let answer = try test.ask(
            TestRequest("OPTIONS", path).with("Origin", "https://a.test")
                .with("Access-Control-Request-Method", "POST")
                .with("Access-Control-Request-Headers", "x-sentry-auth"))
        #expect(answer.status == 200)
        #expect(answer["access-control-allow-origin"] == "*")
        #expect(answer["access-control-allow-methods"] == "POST")
        #expect(answer["access-control-max-age"] == "3600")
        let allowed = answer["access-control-allow-headers"]?.split(separator: ",").map(String.init)
        for header in [
            "x-sentry-auth", "x-requested-with", "x-forwarded-for", "origin", "referer", "accept",
            "content-type", "authentication", "authorization", "content-encoding",
            "transfer-encoding",
        ] {
            #expect(allowed?.contains(header) ?? false, "\(header)")
        }
        #expect(test.flow.questions.isEmpty)
    }

    @Test("answers, refusals included, may be read by any page")
    func answers() throws {
        let test = TestDoor()
        let exposed = "x-sentry-error,x-sentry-rate-limits,retry-after"
        for request in [
            TestRequest("/api/42/store/", body: "{}").authenticated,
            TestRequest("/api/42/store/", body: "{}"),
            TestRequest("/api/42/store/", body: "x").authenticated,
        ] {
            let answer = try test.ask(request)
            #expect(answer["access-control-allow-origin"] == "*")
            #expect(answer["access-control-expose-headers"] == exposed)
        }
        let health = try test.ask(TestRequest("GET", "/api/relay/healthcheck/live/"))
        #expect(health["access-control-allow-origin"] == nil)
    }
}
