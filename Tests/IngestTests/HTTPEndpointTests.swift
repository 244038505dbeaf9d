import Config
import JSON
import Model
import NIOCore
import NIOHTTP1
import Signing
import Testing
import Upstream
import Wire

@testable import RelayIngest

@Suite("Health and capture")
struct HTTPHealthTests {
    @Test("live always, ready only when an event could be stored")
    func health() throws {
        let test = TestDoor(mode: .static)
        for path in ["/api/relay/healthcheck/live/", "/api/0/relays/live/"] {
            let answer = try test.ask(TestRequest("GET", path))
            #expect(answer.status == 200)
            #expect(answer.text == #"{"is_healthy":true}"#)
        }
        for path in ["/api/relay/healthcheck/ready/", "/api/relay/healthcheck/"] {
            #expect(try test.ask(TestRequest("GET", path)).status == 200)
            test.flow.canStore = false
            let answer = try test.ask(TestRequest("GET", path))
            #expect(answer.status == 503)
            #expect(answer.text == #"{"is_healthy":false}"#)
            #expect(try test.ask(TestRequest("GET", "/api/relay/healthcheck/live/")).status == 200)
            test.flow.canStore = true
        }
        let head = try test.ask(TestRequest("HEAD", "/api/relay/healthcheck/live/"))
        #expect(head.status == 200)
        #expect(head["content-length"] == "19")
    }

    @Test("managed: ready once registered, unless configured otherwise")
    func authentication() throws {
        let test = TestDoor()
        let ready = TestRequest("GET", "/api/relay/healthcheck/ready/")
        #expect(try test.ask(ready).status == 503)
        test.flow.status = ProjectsStatus(
            isAuthenticated: true, isDenied: false, isUpstreamDown: true, isReady: true)
        #expect(try test.ask(ready).status == 200)
        let always = TestDoor { $0.needsAuthentication = false }
        #expect(try always.ask(ready).status == 200)
    }

    @Test("captured events")
    func capture() throws {
        let test = TestDoor(mode: .capture)
        let id = EventID.random()
        let failed = EventID.random()
        test.flow.events = [id: .envelope(Array("{}\n".utf8)), failed: .failed("no project")]
        let found = try test.ask(TestRequest("GET", "/api/relay/events/\(id)/"))
        #expect(found.status == 200)
        #expect(found["content-type"] == "application/x-sentry-envelope")
        #expect(found.text == "{}\n")
        #expect(
            try test.ask(TestRequest("GET", "/api/relay/events/\(id.hyphenated)/")).status == 200)
        let failure = try test.ask(TestRequest("GET", "/api/relay/events/\(failed)/"))
        #expect(failure.status == 400)
        #expect(failure.text == "no project")
        #expect(
            try test.ask(TestRequest("GET", "/api/relay/events/\(EventID.random())/")).status == 404
        )
        #expect(try test.ask(TestRequest("GET", "/api/relay/events/x/")).status == 404)
    }

    @Test("unknown paths: 404 with a JSON body")
    func notFound() throws {
        let test = TestDoor(mode: .static)
        for path in ["/", "/tunnel", "/api/", "/api/0/organizations/", "/api/relay/x/"] {
            let answer = try test.ask(TestRequest("GET", path))
            #expect(answer.status == 404)
            #expect(answer.text == #"{"detail":"Not Found"}"#)
        }
        let answer = try test.ask(TestRequest("PUT", "/api/42/store/"))
        #expect(answer.status == 405)
        #expect(answer["allow"] == "GET, POST, OPTIONS")
        #expect(
            try test.ask(TestRequest("/api/abc/store/", body: "{}")).detail
                == "bad project path parameter")
    }
}

@Suite("Relays below")
struct HTTPRelayQueryTests {
    private static let relayID = "cbdb5f61-6ea1-4b3f-9e6d-5b7c7d0a3f11"
    private static let signer = SigningKey.generate()
    private let key = TestDoor.key

    private func test(
        isInternal: Bool = true, state: String? = nil, mode: RelayMode = .managed
    ) throws -> TestDoor {
        let test = TestDoor(mode: mode)
        test.flow.relays = RelayPublicKeysAnswer(
            relays: [
                RelayPublicKey(
                    relayID: Self.relayID, publicKey: Self.signer.publicKey.base64URL,
                    isInternal: isInternal)
            ], isComplete: true)
        if let state {
            test.flow.states[try #require(ProjectKey(key))] = ProjectStateAnswer(
                status: .enabled, revision: 1, projectID: nil, organizationID: nil, isStale: false,
                state: Array(state.utf8))
        }
        return test
    }

    /// A signed request; without a time one of its own within the last second, as relays sign.
    private func signed(
        _ target: String, _ body: String, at stated: WallTime? = nil
    ) throws -> TestRequest {
        let time =
            stated
            ?? WallTime(microseconds: TestDoor.now.microseconds - .random(in: 0..<1_000_000))
        return try signedRequest(target, body, time)
    }

    private func signedRequest(
        _ target: String, _ body: String, _ time: WallTime
    ) throws -> TestRequest {
        TestRequest(target, body: body).with("X-Sentry-Relay-Id", Self.relayID)
            .with(
                "X-Sentry-Relay-Signature",
                try Self.signer.signature(of: Array(body.utf8), at: time))
    }

    private static let state =
        #"{"projectId":42,"slug":"shop","organizationId":7,"#
        + #""publicKeys":[],"secret":1,"config":{"trustedRelays":[],"quotas":[1],"#
        + #""piiConfig":{"rules":{}}}}"#

    @Test("states for internal relays: whole or limited, unknown keys null")
    func states() throws {
        let test = try test(state: Self.state)
        let target = "/api/0/relays/projectconfigs/?version=2"
        test.flow.states[try #require(ProjectKey("b94ae32be2584e0bbd7a4cbb95971fee"))] =
            ProjectStateAnswer(
                status: .disabled, revision: 0, projectID: nil, organizationID: nil,
                isStale: false, state: [])
        let full = try test.ask(
            signed(
                target,
                #"{"publicKeys":["\#(key)","b94ae32be2584e0bbd7a4cbb95971fee","x"],"fullConfig":true}"#
            ))
        #expect(full.status == 200, "\(full.text)")
        #expect(
            full.text
                == "{\"configs\":{\"\(key)\":\(Self.state),\"b94ae32be2584e0bbd7a4cbb95971fee\":null,\"x\":null}}"
        )
        let limited = try test.ask(signed(target, #"{"publicKeys":["\#(key)"]}"#))
        #expect(
            limited.text == "{\"configs\":{\"\(key)\":{\"projectId\":42,\"slug\":\"shop\","
                + "\"organizationId\":7,\"publicKeys\":[],\"config\":{\"trustedRelays\":[],"
                + "\"piiConfig\":{\"rules\":{}}}}}}")
    }

    @Test("external relays get states of projects that trust them, never whole")
    func trusted() throws {
        let target = "/api/0/relays/projectconfigs/?version=3"
        let body = #"{"publicKeys":["\#(key)"],"fullConfig":true}"#
        let stranger = try test(isInternal: false, state: Self.state)
        #expect(
            try stranger.ask(signed(target, body)).text == "{\"configs\":{\"\(key)\":null}}")
        let trusting = Self.state.replacing(
            #""trustedRelays":[]"#,
            with: #""trustedRelays":["\#(Self.signer.publicKey.base64URL)"]"#)
        let answer = try test(isInternal: false, state: trusting).ask(signed(target, body))
        #expect(answer.json?["configs"]?[key]?["slug"]?.stringValue == "shop")
        #expect(answer.json?["configs"]?[key]?["secret"] == nil)
    }

    @Test("states not known yet: pending, or come again")
    func pending() throws {
        let test = try test()
        let body = #"{"publicKeys":["\#(key)"],"global":true}"#
        let third = try test.ask(signed("/api/0/relays/projectconfigs/?version=3", body))
        #expect(
            third.text
                == #"{"configs":{},"pending":["\#(key)"],"global":{},"global_status":"ready"}"#)
        let second = try test.ask(signed("/api/0/relays/projectconfigs/?version=2", body))
        #expect(second.status == 503)
        #expect(second["retry-after"] == "1")
    }

    @Test("public keys")
    func publicKeys() throws {
        let other = "9d2bd1e8-7a2f-4a8f-8a43-57d0bbd30e4f"
        let answer = try test().ask(
            signed(
                "/api/0/relays/publickeys/",
                #"{"relay_ids":["\#(Self.relayID)","\#(other)","x"]}"#))
        #expect(answer.status == 200, "\(answer.text)")
        let text = Self.signer.publicKey.base64URL
        #expect(answer.json?["public_keys"]?[Self.relayID]?.stringValue == text)
        #expect(answer.json?["public_keys"]?[other]?.isNull ?? false)
        #expect(answer.json?["relays"]?[Self.relayID]?["publicKey"]?.stringValue == text)
        #expect(answer.json?["relays"]?[Self.relayID]?["internal"]?.boolValue == true)
        #expect(answer.json?["relays"]?["x"]?.isNull ?? false)
    }

    @Test("who cannot prove who he is: 401")
    func unauthorized() throws {
        let target = "/api/0/relays/projectconfigs/?version=2"
        let body = #"{"publicKeys":[]}"#
        let test = try test()
        let good = try signed(target, body)
        #expect(try test.ask(good).status == 200)

        func detail(_ request: TestRequest) throws -> String? {
            let answer = try test.ask(request)
            #expect(answer.status == 401)
            return answer.detail
        }
        #expect(
            try detail(TestRequest(target, body: body)) == "missing header: X-Sentry-Relay-Id")
        #expect(
            try detail(TestRequest(target, body: body).with("X-Sentry-Relay-Id", "x"))
                == "malformed header: X-Sentry-Relay-Id")
        #expect(
            try detail(TestRequest(target, body: body).with("X-Sentry-Relay-Id", Self.relayID))
                == "missing header: X-Sentry-Relay-Signature")
        var altered = good
        altered.body = Array(#"{"publicKeys":[ ]}"#.utf8)
        #expect(try detail(altered) == "invalid relay signature")
        let seconds = { (count: Int64) in
            WallTime(microseconds: TestDoor.now.microseconds + count * 1_000_000)
        }
        #expect(try detail(signed(target, body, at: seconds(-301))) == "invalid relay signature")
        #expect(try detail(signed(target, body, at: seconds(61))) == "invalid relay signature")
        #expect(try test.ask(signed(target, body, at: seconds(-299))).status == 200)
        // What was overheard is of no use, at this path or another.
        #expect(try detail(good) == "invalid relay signature")
        var elsewhere = try signed(target, body, at: seconds(-299))
        #expect(try detail(elsewhere) == "invalid relay signature")
        elsewhere.target = "/api/0/relays/publickeys/"
        #expect(try detail(elsewhere) == "invalid relay signature")
        #expect(
            try detail(
                TestRequest(target, body: body)
                    .with("X-Sentry-Relay-Id", "9d2bd1e8-7a2f-4a8f-8a43-57d0bbd30e4f")
                    .with("X-Sentry-Relay-Signature", "a.b")) == "Unknown relay id")
        test.flow.relays?.isComplete = false
        test.flow.relays?.relays = []
        #expect(try test.ask(good).status == 503)
        test.flow.relays = nil
        #expect(try test.ask(good).status == 503)
    }

    @Test("version 1: states by the numbers of projects; those nobody asked for are the upstream's")
    func numbers() throws {
        let test = try test(state: Self.state)
        let target = "/api/0/relays/projectconfigs/"
        test.flow.keys[ProjectID(rawValue: 42)] = ProjectKey(key)
        let full = try test.ask(signed(target, #"{"projects":[42],"fullConfig":true}"#))
        #expect(full.text == "{\"configs\":{\"42\":\(Self.state)}}", "\(full.text)")
        let text = try test.ask(signed(target + "?version=1", #"{"projects":["42"]}"#))
        #expect(text.json?["configs"]?["42"]?["slug"]?.stringValue == "shop")
        #expect(text.json?["configs"]?["42"]?["secret"] == nil)
        #expect(test.flow.forwarded.isEmpty)

        test.flow.response = .success(
            UpstreamResponse(status: .ok, headers: [:], body: ByteBuffer(string: "{}")))
        let question = #"{"projects":[42,43]}"#
        #expect(try test.ask(signed(target, question)).text == "{}")
        let forwarded = try #require(test.flow.forwarded.first)
        #expect(forwarded.path == target)
        #expect(forwarded.headers.first(name: "x-sentry-relay-id") == Self.relayID)
        #expect(String(buffer: forwarded.body) == question)
    }

    @Test("version 1 in static mode: a project without a file has no state")
    func numbersWithoutUpstream() throws {
        let test = try test(state: Self.state, mode: .static)
        let target = "/api/0/relays/projectconfigs/"
        test.flow.keys[ProjectID(rawValue: 42)] = ProjectKey(key)
        let answer = try test.ask(signed(target, #"{"projects":[42,43],"fullConfig":true}"#))
        #expect(answer.text == "{\"configs\":{\"42\":\(Self.state),\"43\":null}}")
        test.flow.states = [:]
        #expect(try test.ask(signed(target, #"{"projects":[42]}"#)).status == 503)
        #expect(test.flow.forwarded.isEmpty)
    }

    @Test("bad questions: 400")
    func badQuestions() throws {
        let test = try test()
        for (target, body) in [
            ("/api/0/relays/projectconfigs/?version=2", "{}"),
            ("/api/0/relays/projectconfigs/?version=2", "x"),
            ("/api/0/relays/projectconfigs/?version=4", #"{"publicKeys":[]}"#),
            ("/api/0/relays/projectconfigs/", "{}"),
            ("/api/0/relays/projectconfigs/", #"{"projects":[42,"x"]}"#),
            ("/api/0/relays/projectconfigs/", #"{"projects":[-1]}"#),
            ("/api/0/relays/publickeys/", "{}"),
        ] {
            #expect(try test.ask(signed(target, body)).status == 400, "\(target)")
        }
        #expect(test.flow.forwarded.isEmpty)
    }
}

@Suite("Forwarding")
struct HTTPForwardTests {
    @Test("method, path, query, headers and body pass; the connection's own do not")
    func request() throws {
        let test = TestDoor()
        test.flow.response = .success(
            UpstreamResponse(
                status: .created,
                headers: [
                    "Content-Type": "text/x", "X-Up": "1", "Connection": "x-hop", "X-Hop": "2",
                    "Transfer-Encoding": "chunked", "Content-Encoding": "gzip", "Server": "up",
                ], body: ByteBuffer(string: "answer")))
        let answer = try test.ask(
            TestRequest("PUT", "/api/0/organizations/a%2Fb/?x=1&y", body: "body")
                .with("X-Own", "v").with("Connection", "keep-alive, X-Mine").with("X-Mine", "w")
                .with("TE", "trailers").with("X-Forwarded-For", "203.0.113.9")
                .with("Content-Encoding", "gzip"))
        #expect(answer.status == 201)
        #expect(answer.text == "answer")
        #expect(answer["content-type"] == "text/x")
        #expect(answer["x-up"] == "1")
        #expect(answer["content-encoding"] == "gzip")
        #expect(answer["server"] == "sentry-relay/1.0.0")
        #expect(answer["x-hop"] == nil)
        #expect(answer["transfer-encoding"] == nil)
        #expect(answer["content-length"] == "6")
        let request = try #require(test.flow.forwarded.first)
        #expect(request.method == .PUT)
        #expect(request.path == "/api/0/organizations/a%2Fb/?x=1&y")
        #expect(String(buffer: request.body) == "body")
        #expect(!request.isCompressed)
        #expect(request.headers.first(name: "x-own") == "v")
        #expect(request.headers["x-forwarded-for"] == ["203.0.113.9, 192.0.2.7"])
        #expect(request.headers.first(name: "content-encoding") == "gzip")
        for name in ["connection", "x-mine", "te", "host", "content-length"] {
            #expect(!request.headers.contains(name: name), "\(name)")
        }
    }

    @Test("an upstream cannot write headers of its own making into the answer")
    func injection() throws {
        let test = TestDoor()
        test.flow.response = .success(
            UpstreamResponse(
                status: .ok, headers: ["X-A": "b\r\nSet-Cookie: c", "X B": "d", "X-C": "e"],
                body: ByteBuffer()))
        let answer = try test.ask(TestRequest("GET", "/api/0/x/"))
        #expect(answer["x-c"] == "e")
        #expect(answer["set-cookie"] == nil)
        #expect(answer["x-a"] == nil)
        #expect(answer["x b"] == nil)
    }

    @Test(
        "encoded control characters reach no upstream",
        arguments: ["/api/42%0d%0aX:1/store/", "/api/0/%0A", "/api/0/a%00b/", "/api/0/%7f"])
    func controls(_ path: String) throws {
        let test = TestDoor()
        #expect(try test.ask(TestRequest(path, body: "x")).status == 400)
        #expect(test.flow.forwarded.isEmpty)
    }

    @Test("only what may reach upstream twice is sent again by itself")
    func repeatable() throws {
        for (method, isRepeatable) in [
            ("GET", true), ("HEAD", true), ("PUT", true), ("DELETE", true), ("POST", false),
            ("PATCH", false),
        ] {
            let test = TestDoor()
            _ = try test.ask(TestRequest(method, "/api/0/x/?a=%0a"))
            #expect(test.flow.forwarded.first?.isRepeatable == isRepeatable, "\(method)")
        }
    }

    @Test("failures of the upstream")
    func failures() throws {
        let cases: [(UpstreamError, Int)] = [
            (.timeout, 504), (.connect("refused"), 502), (.nameResolution("x"), 502),
            (.tls("x"), 502), (.reset, 502), (.protocolViolation("x"), 502),
            (.responseTooLarge(bytesMax: 10), 413), (.queueFull(limit: 1), 503), (.shutDown, 503),
            (.invalidRequest("x"), 400),
        ]
        for (error, status) in cases {
            let test = TestDoor()
            test.flow.response = .failure(error)
            #expect(try test.ask(TestRequest("GET", "/api/0/x/")).status == status)
        }
    }

    @Test("bodies are bounded by path")
    func limits() throws {
        var limits = RelayConfig.Limits()
        limits.maxAPIPayloadSize = 10
        limits.maxAPIFileUploadSize = 20
        limits.maxAPIChunkUploadSize = 30
        let cases = [
            ("/api/0/x/", 10, "max_api_payload_size"),
            ("/api/0/projects/o/p/releases/1/files/", 20, "max_api_file_upload_size"),
            ("/api/0/projects/o/p/files/dsyms/", 20, "max_api_file_upload_size"),
            ("/api/0/organizations/o/chunk-upload/", 30, "max_api_chunk_upload_size"),
        ]
        for (path, bytes, name) in cases {
            let test = TestDoor { $0.limits = limits }
            test.flow.response = .success(
                UpstreamResponse(status: .ok, headers: [:], body: ByteBuffer()))
            let fits = String(repeating: "a", count: bytes)
            #expect(try test.ask(TestRequest(path, body: fits)).status == 200)
            let answer = try test.ask(TestRequest(path, body: fits + "a"))
            #expect(answer.status == 413)
            #expect(answer.causes.first?.contains("limits.\(name) of \(bytes)") ?? false)
            #expect(test.flow.forwarded.count == 1)
        }
    }

    @Test("nothing is forwarded without an upstream, or when switched off")
    func off() throws {
        for mode in [RelayMode.static, .capture] {
            let test = TestDoor(mode: mode)
            #expect(try test.ask(TestRequest("GET", "/api/0/x/")).status == 404)
            #expect(test.flow.forwarded.isEmpty)
        }
        let test = TestDoor { $0.isForwarding = false }
        #expect(try test.ask(TestRequest("GET", "/api/0/x/")).status == 404)
    }
}
