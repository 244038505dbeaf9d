import Config
import Metrics
import Model
import Testing
import Wire

@testable import RelayIngest

@Suite("Metrics")
struct HTTPMetricsTests {
    @Test("figures of this process and of relay-projects")
    func figures() throws {
        let test = TestDoor()
        test.flow.figures = [
            StatusFigure(kind: .counter, name: "project_state.received", value: 7),
            StatusFigure(kind: .gauge, name: "project_cache.size", value: 2),
        ]
        test.flow.verdict = EventActionAnswer(
            verdict: .discard(.cors), rateLimits: [], revision: 1, projectID: nil)
        let refused = TestRequest(
            "POST", "/api/42/envelope/?sentry_key=\(TestDoor.key)", body: "{}\n")
        #expect(try test.ask(refused).status == 403)

        let answer = try test.ask(TestRequest("GET", "/metrics"), peer: "127.0.0.1")
        #expect(answer.status == 200)
        #expect(answer["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = answer.text.split(separator: "\n")
        #expect(lines.contains("relay_connections_accepted_total 2"))
        #expect(lines.contains(#"relay_responses_status_code_total{status_code="403"} 1"#))
        #expect(lines.contains(#"relay_requests_refused_total{reason="cors"} 1"#))
        #expect(lines.contains("relay_project_state_received_total 7"))
        #expect(lines.contains("# TYPE relay_project_cache_size gauge"))
        #expect(lines.contains("relay_project_cache_size 2"))
    }

    @Test("by default only this machine may read them")
    func readers() throws {
        let request = TestRequest("GET", "/metrics")
        let test = TestDoor()
        for peer in ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"] {
            #expect(try test.ask(request, peer: peer).status == 200)
        }
        for peer in ["192.0.2.7", "2001:db8::1", "::ffff:10.0.0.1", nil] {
            #expect(try test.ask(request, peer: peer).status == 404)
        }
        var passedOn = request
        passedOn.headers.append(("X-Forwarded-For", "192.0.2.7"))
        #expect(try test.ask(passedOn, peer: "127.0.0.1").status == 404)

        let open = TestDoor { $0.metricsReaders = .all }
        #expect(try open.ask(request, peer: "192.0.2.7").status == 200)
        let closed = TestDoor { $0.metricsReaders = .none }
        #expect(try closed.ask(request, peer: "127.0.0.1").status == 404)
        #expect(try test.ask(TestRequest("POST", "/metrics")).status == 405)
    }
}

@Suite struct ScrubbingProblemTableTests {
    private static let problems = ScrubbingProblems(
        named: [.init(place: "rules.x", reason: "no pattern")], count: 1)
    private static let project = ProjectID(rawValue: 42)

    @Test func anotherRevisionEndsThem() {
        var table = ScrubbingProblemTable()
        table.insert(Self.problems, Self.project, revision: 5)
        table.isUsed(5, by: Self.project)
        #expect(table.entries[Self.project]?.problems == Self.problems)
        table.isUsed(6, by: ProjectID(rawValue: 43))
        table.isUsed(6, by: nil)
        #expect(table.entries.count == 1)
        table.isUsed(6, by: Self.project)
        #expect(table.entries.isEmpty)
    }

    @Test func theyAreBounded() {
        var table = ScrubbingProblemTable(countMax: 2)
        for id in 1...3 {
            table.insert(Self.problems, ProjectID(rawValue: UInt64(id)), revision: 1)
        }
        #expect(table.entries.count == 2)
        table.insert(Self.problems, ProjectID(rawValue: 1), revision: 2)
        #expect(table.entries[ProjectID(rawValue: 1)]?.revision == 2)
    }
}
