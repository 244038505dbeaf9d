import Config
import Model
import Testing
import Wire

@testable import RelayIngest

@Suite("Envelope endpoint")
struct HTTPEnvelopeTests {
    static let id = "fc6d8c0c43fc4630ad850ee518f1b9d0"
    static let dsn = "https://\(TestDoor.key)@relay.test/42"

    private func request(_ body: String) -> TestRequest {
        TestRequest("/api/42/envelope/", body: body)
            .with("Content-Type", "application/x-sentry-envelope")
    }

    private func ask(
        _ body: String, _ test: TestDoor = TestDoor(), isAuthenticated: Bool = true
    ) throws -> TestAnswer {
        try test.ask(isAuthenticated ? request(body).authenticated : request(body))
    }

    @Test("event with attachment: id and items arrive as they are")
    func event() throws {
        let test = TestDoor()
        let answer = try ask(
            "{\"event_id\":\"\(Self.id)\",\"sent_at\":\"2026-11-24T13:30:55.381Z\",\"x\":[1]}\n"
                + "{\"type\":\"event\",\"length\":2}\n{}\n"
                + "{\"type\":\"attachment\",\"length\":3,\"filename\":\"a.txt\"}\na\nb\n"
                + "{\"type\":\"future_thing\"}\nsome text\n", test)
        #expect(answer.status == 200)
        #expect(answer.text == "{\"id\":\"\(Self.id)\"}")
        let accepted = try #require(test.flow.accepted.first)
        #expect(
            accepted.envelope.items.map(\.type.name) == ["event", "attachment", "future_thing"])
        #expect(accepted.payload(1) == "a\nb")
        #expect(accepted.payload(2) == "some text")
        #expect(accepted.sentAt == WallTime(rfc3339: "2026-11-24T13:30:55.381Z"))
        #expect(accepted.meta.client == "test.sdk/1.0")
        #expect(accepted.meta.projectID == ProjectID(rawValue: 42))
        #expect(accepted.meta.remoteAddress == "192.0.2.7")
        #expect(accepted.meta.forwardedFor == "192.0.2.7")
    }

    @Test("without an event the answer has no id")
    func session() throws {
        let test = TestDoor()
        let answer = try ask("{}\n{\"type\":\"session\"}\n{}\n", test)
        #expect(answer.status == 200)
        #expect(answer.text == "{}")
        #expect(test.flow.accepted.first?.id == nil)
    }

    @Test("an event without an id gets one")
    func assignedID() throws {
        let test = TestDoor()
        let answer = try ask("{}\n{\"type\":\"event\"}\n{}\n", test)
        let id = try #require(test.flow.accepted.first?.id)
        #expect(answer.text == "{\"id\":\"\(id)\"}")
        #expect(test.flow.accepted.first?.envelope.header.eventID == id)
    }

    @Test("authenticated by the DSN in the envelope only")
    func envelopeDSN() throws {
        let test = TestDoor()
        let answer = try ask(
            "{\"event_id\":\"\(Self.id)\",\"dsn\":\"\(Self.dsn)\"}\n{\"type\":\"event\"}\n{}", test,
            isAuthenticated: false)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(test.flow.questions.count == 1)
        #expect(test.flow.accepted.first?.meta.projectKey == ProjectKey(TestDoor.key))
        test.flow.verdict.verdict = .discard(.projectID)
        let refused = try ask(
            "{\"dsn\":\"\(Self.dsn)\"}\n{\"type\":\"event\"}\n{}", test, isAuthenticated: false)
        #expect(refused.status == 403)
        #expect(test.flow.accepted.count == 1)
    }

    @Test("without any authentication: 401")
    func unauthenticated() throws {
        let answer = try ask("{}\n{\"type\":\"event\"}\n{}", isAuthenticated: false)
        #expect(answer.status == 401)
        #expect(answer.detail == "missing authorization information")
    }

    @Test("DSN, project and origin must be the request's")
    func mismatches() throws {
        let otherKey = "https://b94ae32be2584e0bbd7a4cbb95971fee@relay.test/42"
        let otherProject = "https://\(TestDoor.key)@relay.test/43"
        for (dsn, field) in [(otherKey, "public key"), (otherProject, "project id")] {
            let test = TestDoor()
            let answer = try ask("{\"dsn\":\"\(dsn)\"}\n{\"type\":\"event\"}\n{}", test)
            #expect(answer.status == 400)
            #expect(answer.causes == ["\(field) header mismatch between envelope and request"])
            #expect(test.flow.accepted.isEmpty)
        }
        let test = TestDoor()
        let answer = try test.ask(
            request("{\"origin\":\"https://a.test\"}\n{\"type\":\"event\"}\n{}").authenticated
                .with("Origin", "https://b.test"))
        #expect(answer.status == 400)
    }

    @Test(
        "malformed envelopes",
        arguments: [
            "", "\n", "x", "[]", "{}\nx", "{}\n{}\n{}", "{\"event_id\":\"x\"}\n", "{}{}\n",
            "{}\n{\"type\":\"event\",\"length\":-1}\n{}",
            "{}\n{\"type\":\"event\",\"length\":3}\n{}",
            "{}\n{\"type\":\"event\",\"length\":9223372036854775808}\n{}",
            "{}\n{\"type\":\"event\",\"length\":1}\n{}", "{\"dsn\":\"nonsense\"}\n",
        ])
    func malformed(_ body: String) throws {
        let test = TestDoor()
        let answer = try ask(body, test)
        #expect(answer.status == 400)
        #expect(answer.detail == "invalid event envelope")
        #expect(test.flow.accepted.isEmpty)
    }

    @Test("no items: 400")
    func empty() throws {
        let answer = try ask("{\"event_id\":\"\(Self.id)\"}\n")
        #expect(answer.status == 400)
        #expect(answer.detail == "envelope contains no items")
    }

    @Test("items beyond their limit: 413 with the setting's name")
    func itemLimits() throws {
        let cases: [(String, Int, String)] = [
            ("event", 1, "max_event_size"), ("transaction", 1, "max_event_size"),
            ("attachment", 1, "max_attachment_size"), ("check_in", 1, "max_check_in_size"),
            ("profile", 1, "max_profile_size"), ("log", 1, "max_log_size"),
            ("trace_metric", 1, "max_trace_metric_size"), ("span", 1, "max_span_size"),
            ("statsd", 1, "max_statsd_size"), ("metric_buckets", 1, "max_metric_buckets_size"),
            ("replay_recording", 1, "max_replay_compressed_size"),
            ("session", 1, "max_sessions_size"), ("client_report", 1, "max_client_reports_size"),
        ]
        for (type, excess, setting) in cases {
            let test = TestDoor { settings in
                var limits = RelayConfig.Limits()
                limits.maxEventSize = 100
                limits.maxAttachmentSize = 100
                limits.maxCheckInSize = 100
                limits.maxProfileSize = 100
                limits.maxLogSize = 100
                limits.maxTraceMetricSize = 100
                limits.maxSpanSize = 100
                limits.maxStatsdSize = 100
                limits.maxMetricBucketsSize = 100
                limits.maxReplayCompressedSize = 100
                limits.maxSessionsSize = 100
                limits.maxClientReportsSize = 100
                settings.limits = limits
            }
            let fits = "{}\n{\"type\":\"\(type)\"}\n" + String(repeating: "a", count: 100) + "\n"
            #expect(try ask(fits, test).status == 200, "\(type)")
            let large =
                "{}\n{\"type\":\"\(type)\"}\n" + String(repeating: "a", count: 100 + excess)
            let answer = try ask(large, test)
            #expect(answer.status == 413, "\(type)")
            #expect(answer.causes.first?.contains("limits.\(setting) of 100") ?? false, "\(type)")
            #expect(test.flow.accepted.count == 1)
        }
    }

    @Test("too many items: 413 with the setting's name")
    func itemCounts() throws {
        let sessions = "{}\n" + String(repeating: "{\"type\":\"session\"}\n{}\n", count: 101)
        let answer = try ask(sessions)
        #expect(answer.status == 413)
        #expect(answer.causes == ["101 items exceeds limits.max_session_count of 100"])
        let things = "{}\n" + String(repeating: "{\"type\":\"thing\"}\n{}\n", count: 1001)
        let refused = try ask(things)
        #expect(refused.status == 413)
        #expect(refused.causes.first?.contains("limits.max_item_count") ?? false)
    }

    @Test("where unknown items are not accepted they are left out")
    func unknownItems() throws {
        let test = TestDoor { $0.areUnknownItemsAccepted = false }
        let answer = try ask(
            "{}\n{\"type\":\"thing\"}\nx\n{\"type\":\"session\"}\n{}\n{\"type\":\"other\"}\n", test)
        #expect(answer.status == 200)
        #expect(test.flow.accepted.first?.envelope.items.map(\.type) == [.session])
        #expect(try ask("{}\n{\"type\":\"thing\"}\nx\n", test).status == 200)
        #expect(test.flow.accepted.count == 1)
    }

    @Test("limits upon some categories: the rest is stored, the client is told")
    func partialRateLimits() throws {
        let test = TestDoor()
        test.flow.verdict.rateLimits = [
            RateLimitAnswer(
                scope: .project, categories: DataCategories(.session), reasonCode: "quota",
                remaining: .milliseconds(59_500)),
            RateLimitAnswer(
                scope: .key, categories: DataCategories(.transaction), reasonCode: nil,
                remaining: .seconds(7)),
        ]
        let answer = try ask(
            "{}\n{\"type\":\"event\"}\n{}\n{\"type\":\"session\"}\n{}\n", test)
        #expect(answer.status == 429)
        #expect(answer["retry-after"] == "60")
        #expect(answer["x-sentry-rate-limits"] == "60:session:project:quota")
        #expect(test.flow.accepted.count == 1)
        #expect(test.flow.accepted.first?.rateLimits.count == 2)
        #expect(try ask("{}\n{\"type\":\"event\"}\n{}\n", test).status == 200)
    }
}

@Suite("Security reports")
struct HTTPSecurityReportTests {
    private let target =
        "/api/42/security/?sentry_key=\(TestDoor.key)&sentry_release=shop%404.2&sentry_environment=x"

    @Test(
        "a report becomes a raw item with release and environment",
        arguments: ["security", "csp-report"])
    func report(_ endpoint: String) throws {
        let test = TestDoor()
        let body = #"{"csp-report":{"blocked-uri":"https://evil.test"}}"#
        let answer = try test.ask(
            TestRequest(target.replacing("security", with: endpoint), body: body)
                .with("Content-Type", "application/csp-report; charset=utf-8"))
        #expect(answer.status == 200)
        #expect(answer.body.isEmpty)
        #expect(answer["access-control-allow-origin"] == "*")
        let item = try #require(test.flow.accepted.first?.envelope.items.first)
        #expect(item.type == .rawSecurity)
        #expect(test.flow.accepted.first?.payload() == body)
        let header = String(decoding: item.headerBytes, as: UTF8.self)
        #expect(header.contains(#""sentry_release":"shop@4.2""#))
        #expect(header.contains(#""sentry_environment":"x""#))
        #expect(test.flow.accepted.first?.id != nil)
    }

    @Test("a list of the Reporting API becomes one envelope each")
    func list() throws {
        let test = TestDoor()
        let answer = try test.ask(
            TestRequest(target, body: #"[{"type":"csp-violation","body":{}},{"type":"x"}]"#)
                .with("Content-Type", "application/reports+json"))
        #expect(answer.status == 200)
        #expect(test.flow.accepted.count == 2)
        #expect(test.flow.accepted.last?.payload() == #"{"type":"x"}"#)
        #expect(test.flow.accepted.first?.id != test.flow.accepted.last?.id)
    }

    @Test("other types and other JSON are refused")
    func refused() throws {
        let test = TestDoor()
        let other = try test.ask(
            TestRequest(target, body: "{}").with("Content-Type", "text/plain"))
        #expect(other.status == 415)
        #expect(try test.ask(TestRequest(target, body: "{}")).status == 415)
        for body in ["", "7", "[]", "{"] {
            let answer = try test.ask(
                TestRequest(target, body: body).with("Content-Type", "application/csp-report"))
            #expect(answer.status == 400, "\(body)")
        }
        #expect(test.flow.accepted.isEmpty)
    }
}
