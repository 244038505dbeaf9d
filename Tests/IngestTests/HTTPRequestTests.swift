import Model
import NIOHTTP1
import Testing

@testable import RelayIngest

@Suite("Targets and routes")
struct HTTPRequestTests {
    static let id = "fc6d8c0c43fc4630ad850ee518f1b9d0"

    @Test("targets: slashes, queries, absolute form")
    func targets() throws {
        let cases: [(String, String, String?)] = [
            ("/api/42/store/", "/api/42/store/", nil),
            ("//api//42///store//", "/api/42/store/", nil),
            ("/api/42/store/?a=b//c?d", "/api/42/store/", "a=b//c?d"),
            ("/?", "/", ""),
            ("http://relay.test/api/42/store/?x", "/api/42/store/", "x"),
            ("HTTPS://relay.test", "/", nil),
            ("http://relay.test?x", "/", "x"),
            ("/a..b/.c/", "/a..b/.c/", nil),
        ]
        for (uri, path, query) in cases {
            let target = try RequestTarget(uri)
            #expect(target.path == path, "\(uri)")
            #expect(target.query == query, "\(uri)")
        }
    }

    @Test(
        "targets that are refused",
        arguments: [
            "", "*", "api/42/store/", "/a b", "/a\u{7f}", "/\u{e9}", "/a#b", "http://", "http:///x",
            "ftp://relay.test/", "/api/../x", "/api/./x", "/api/%2e%2e/x", "/api/%2E./x", "/..",
        ])
    func refusedTargets(_ uri: String) {
        #expect(throws: RequestTarget.Problem.self) { try RequestTarget(uri) }
    }

    @Test("every route")
    func routes() throws {
        let project = ProjectID(rawValue: 42)
        let cases: [(HTTPMethod, String, Route)] = [
            (.POST, "/api/42/store/", .store(project)),
            (.POST, "/api/store/", .store(nil)),
            (.GET, "/api/42/store/", .pixel(project)),
            (.OPTIONS, "/api/42/store/", .preflight),
            (.OPTIONS, "/api/store/", .preflight),
            (.OPTIONS, "/api/42/envelope/", .preflight),
            (.POST, "/api/42/envelope/", .envelope(project)),
            (.POST, "/api/42/security/", .security(project)),
            (.POST, "/api/42/csp-report/", .security(project)),
            (.PUT, "/api/42/store/", .methodNotAllowed(allowed: "GET, POST, OPTIONS")),
            (.GET, "/api/42/envelope/", .methodNotAllowed(allowed: "POST, OPTIONS")),
            (.GET, "/api/store/", .methodNotAllowed(allowed: "POST, OPTIONS")),
            (.POST, "/api/42/store", .forward),
            (.POST, "/api/42/envelope", .forward),
            (.POST, "/api/abc/store/", .badProject),
            (.POST, "/api/99999999999999999999/store/", .badProject),
            (.POST, "/api/-1/envelope/", .badProject),
            (.GET, "/api/relay/healthcheck/", .ready),
            (.GET, "/api/relay/healthcheck/ready/", .ready),
            (.HEAD, "/api/relay/healthcheck/live/", .live),
            (.GET, "/api/0/relays/live/", .live),
            (.POST, "/api/relay/healthcheck/ready/", .methodNotAllowed(allowed: "GET, HEAD")),
            (.GET, "/api/relay/healthcheck", .notFound),
            (.GET, "/api/relay/events/\(Self.id)/", .captured(EventID(Self.id))),
            (.GET, "/api/relay/events/zzz/", .captured(nil)),
            (.GET, "/api/relay/other/", .notFound),
            (.GET, "/api/relay/", .notFound),
            (.POST, "/api/0/relays/projectconfigs/", .projectConfigs),
            (.POST, "/api/0/relays/publickeys/", .publicKeys),
            (.GET, "/api/0/relays/publickeys/", .forward),
            (.POST, "/api/0/relays/register/challenge/", .forward),
            (.GET, "/api/0/organizations/", .forward),
            (.GET, "/api/x", .forward),
            (.GET, "/api/", .notFound),
            (.GET, "/api", .notFound),
            (.GET, "/", .notFound),
            (.POST, "/tunnel", .notFound),
            (.GET, "/apix/42/store/", .notFound),
            (
                .TRACE, "/api/42/store/",
                .methodNotAllowed(allowed: "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS")
            ),
        ]
        for (method, path, route) in cases {
            #expect(Route(method, try RequestTarget(path)) == route, "\(method) \(path)")
        }
    }

    @Test("form fields")
    func forms() {
        let form = Array("a=1&b=%7B+%7d&c&a=2&d=%zz%4&%65=f".utf8)
        #expect(FormEncoding.field("a", in: form) == Array("1".utf8))
        #expect(FormEncoding.field("b", in: form) == Array("{ }".utf8))
        #expect(FormEncoding.field("c", in: form) == [])
        #expect(FormEncoding.field("d", in: form) == Array("%zz%4".utf8))
        #expect(FormEncoding.field("e", in: form) == Array("f".utf8))
        #expect(FormEncoding.field("x", in: form) == nil)
    }
}

@Suite("Framing of requests")
struct HTTPFramingTests {
    private static let start = "POST /api/42/store/ HTTP/1.1\r\n"
    private static let host = "Host: relay.test\r\n"
    private static let auth = "X-Sentry-Auth: \(TestRequest.auth)\r\n"

    private func ask(_ text: String) throws -> (TestAnswer, TestConnection, TestDoor) {
        let test = TestDoor()
        let connection = try test.connect()
        try connection.send(text)
        return (try connection.answer(), connection, test)
    }

    /// Requests that two parsers could read differently: the whole rest of the connection is refused.
    @Test(
        "smuggling is refused and ends the connection",
        arguments: [
            start + host + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            start + host + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
            start + host + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            start + host + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            start + host + "Content-Length: 2, 2\r\n\r\n{}",
            start + host + "Content-Length: +2\r\n\r\n{}",
            start + host + "Content-Length: -2\r\n\r\n{}",
            start + host + "Content-Length: 0x2\r\n\r\n{}",
            start + host + "Content-Length: 2 2\r\n\r\n{}",
            start + host + "Content-Length: 99999999999999999999\r\n\r\n{}",
            start + host + "Content-Length:\r\n\r\n{}",
            start + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            start + host + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            start + host + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            start + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            start + host + "Transfer-Encoding: identity\r\n\r\n{}",
            start + host + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
            start + host + "Transfer-Encoding:\u{b}chunked\r\n\r\n0\r\n\r\n",
            start + host
                + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            start + host
                + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
            start + host + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            start + host + "Content-Length : 2\r\n\r\n{}",
            start + host + " Content-Length: 2\r\n\r\n{}",
            start + host + "X-A: b\r\n Content-Length: 2\r\n\r\n{}",
            start + host + "X-A: b\r\n\tc\r\nContent-Length: 2\r\n\r\n{}",
            start + host + "X-A: b\rContent-Length: 2\r\n\r\n{}",
            start + host + "X-A: b\nContent-Length: 2\n\n{}",
            start + host + "X-A: b\u{0}c\r\nContent-Length: 2\r\n\r\n{}",
            start + host + "X-A: b\u{1}c\r\nContent-Length: 2\r\n\r\n{}",
            start + host + "X A: b\r\nContent-Length: 2\r\n\r\n{}",
            start + host + "X-A\r\nContent-Length: 2\r\n\r\n{}",
            start + host + ": b\r\nContent-Length: 2\r\n\r\n{}",
            start + host + host + "Content-Length: 2\r\n\r\n{}",
            start + "Content-Length: 2\r\n\r\n{}",
            start + "Host: a b\r\nContent-Length: 2\r\n\r\n{}",
            start + "Host: a/b\r\nContent-Length: 2\r\n\r\n{}",
            "POST /api/42/store/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /api/42/st\u{1}ore/ HTTP/1.1\r\n" + host + "\r\n",
            "POST /api/42/store/\u{e9} HTTP/1.1\r\n" + host + "\r\n",
            "P\u{1}ST /api/42/store/ HTTP/1.1\r\n" + host + "\r\n",
            "post /api/42/store/ HTTP/1.1\r\n" + host + "\r\n",
            "POST /api/42/store/ HTTP/1.2\r\n" + host + "\r\n",
            "POST /api/42/store/ HTTP/2.0\r\n" + host + "\r\n",
            "POST /api/42/store/ HTTP/0.9\r\n" + host + "\r\n",
            "POST /api/42/store/ http/1.1\r\n" + host + "\r\n",
            "POST /api/42/store/ HTTP/1.1x\r\n" + host + "\r\n",
            "POST /api/42/store/\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\u{16}\u{3}\u{1}\u{2}\u{0}",
        ])
    func smuggling(_ text: String) throws {
        let (answer, connection, test) = try ask(text)
        #expect([400, 505].contains(answer.status), "\(answer.status)")
        #expect(answer["connection"] == "close")
        #expect(connection.isClosed)
        #expect(test.flow.accepted.isEmpty)
        #expect(test.flow.questions.isEmpty)
        // Whatever comes behind it is not taken for a request.
        try connection.send(TestRequest("/api/42/store/", body: "{}").authenticated.bytes)
        #expect(try connection.answerIfAny() == nil)
        #expect(test.flow.accepted.isEmpty)
    }

    @Test(
        "malformed chunks",
        arguments: [
            "2\r\n{}0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n", "0x2\r\n{}\r\n0\r\n\r\n", "g\r\n",
            "ffffffffffffffffff\r\n", "2\n{}\r\n0\r\n\r\n", " 2\r\n{}\r\n0\r\n\r\n",
            "2 \r\n{}\r\n0\r\n\r\n",
        ])
    func chunks(_ body: String) throws {
        let (answer, connection, test) = try ask(
            Self.start + Self.host + Self.auth + "Transfer-Encoding: chunked\r\n\r\n" + body)
        #expect(answer.status == 400)
        #expect(connection.isClosed)
        #expect(test.flow.accepted.isEmpty)
    }

    @Test("chunk extensions and trailers are skipped")
    func trailers() throws {
        let (answer, _, test) = try ask(
            Self.start + Self.host + Self.auth + "Transfer-Encoding: Chunked\r\n\r\n"
                + "2;a=b\r\n{}\r\n0\r\nX-T: u\r\n\r\n")
        #expect(answer.status == 200)
        #expect(test.flow.accepted.count == 1)
    }

    @Test("HTTP/1.0: closed after the answer unless asked otherwise")
    func version10() throws {
        let request =
            "POST /api/42/store/ HTTP/1.0\r\n" + Self.auth + "Content-Length: 2\r\n"
        let (closed, connection, _) = try ask(request + "\r\n{}")
        #expect(closed.status == 200)
        #expect(closed["connection"] == "close")
        #expect(connection.isClosed)
        let (kept, open, _) = try ask(request + "Connection: keep-alive\r\n\r\n{}")
        #expect(kept["connection"] == "keep-alive")
        #expect(!open.isClosed)
    }

    @Test("an upgrade is ignored and ends the connection; CONNECT is refused")
    func upgrades() throws {
        let (answer, connection, test) = try ask(
            Self.start + Self.host + Self.auth
                + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}"
        )
        #expect(answer.status == 200)
        #expect(answer["connection"] == "close")
        #expect(connection.isClosed)
        #expect(test.flow.accepted.count == 1)
        let (refused, tunnel, _) = try ask(
            "CONNECT relay.test:443 HTTP/1.1\r\n" + Self.host + "\r\n")
        #expect([400, 405].contains(refused.status))
        #expect(tunnel.isClosed)
    }

    @Test("expectations")
    func expectations() throws {
        let test = TestDoor()
        let connection = try test.connect()
        let head =
            Self.start + Self.host + Self.auth + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        try connection.send(head)
        #expect(try connection.answer().status == 100)
        try connection.send("{}")
        #expect(try connection.answer().status == 200)
        #expect(!connection.isClosed)
        // Sent along, the body is not asked for.
        try connection.send(head + "{}")
        #expect(try connection.answer().status == 200)
        // A refusal before the body ends the connection: nobody knows whether it will come.
        try connection.send(
            Self.start + Self.host + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        let refused = try connection.answer()
        #expect(refused.status == 401)
        #expect(refused["connection"] == "close")
        let (unknown, _, _) = try ask(
            Self.start + Self.host + "Expect: the-unexpected\r\nContent-Length: 2\r\n\r\n{}")
        #expect(unknown.status == 417)
    }

    @Test("header count and bytes: 431")
    func headerBounds() throws {
        let many = (0..<200).map { "X-\($0): a\r\n" }.joined()
        let (first, connection, _) = try ask(Self.start + Self.host + many + "\r\n")
        #expect(first.status == 431)
        #expect(first.causes.first?.contains("limits.max_header_count") ?? false)
        #expect(connection.isClosed)
        let long = "X-Long: " + String(repeating: "a", count: 70_000) + "\r\n"
        #expect(try ask(Self.start + Self.host + long + "\r\n").0.status == 431)
        let uri = "/api/42/store/?" + String(repeating: "a", count: 70_000)
        #expect(try ask("GET \(uri) HTTP/1.1\r\n" + Self.host + "\r\n").0.status == 431)
        // Without the end of the head in sight.
        #expect(try ask(Self.start + Self.host + String(long.dropLast(2))).0.status == 431)
    }
}
