import Glibc
import Model
import NIOConcurrencyHelpers
import Testing
import Wire

@testable import RelayProjects

/// relay-projects as a library, over a real Unix socket and a real HTTP upstream on loopback.
@Suite(.serialized) struct ProjectsIntegrationTests {
    let fast = """
        "cache":{"batch_interval":20,"file_interval":1},"limits":{"query_timeout":2},
        "http":{"retry_delay":0.05,"timeout":1}
        """

    /// Runs a test against an upstream that knows projects 1 to 3.
    func with(
        mode: String = "managed", settings: String? = nil,
        _ body: (ProjectsUnderTest) async throws -> Void
    ) async throws {
        let test = ProjectsUnderTest(mode: mode, settings: settings ?? fast)
        let port = try await test.upstream.start()
        test.writeConfiguration(port: port)
        test.upstream.behaviour.withLockedValue { behaviour in
            for number in UInt64(1)...3 {
                behaviour.states["\(key(number))"] = stateText(
                    project: number, keys: [key(number)])
            }
        }
        do {
            try await body(test)
        } catch {
            Issue.record(error)
        }
        #expect(test.upstream.behaviour.withLockedValue { $0.errors } == [])
        try await test.end()
    }

    @Test func coldStartRegistersAndSharesOneRequest() async throws {
        try await with { test in
            try await test.run()
            let answers = try await withThrowingTaskGroup(of: ProjectStateAnswer.self) { group in
                for number in 0..<60 {
                    group.addTask { try await test.state(of: key(UInt64(number % 3 + 1))) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 60)
            #expect(answers.allSatisfy { $0.status == .enabled && !$0.isStale })
            #expect(Set(answers.map(\.projectID?.rawValue)) == [1, 2, 3])
            let questions = test.upstream.behaviour.withLockedValue { $0.stateQuestions }
            #expect(questions.flatMap { $0 }.count == 3)
            #expect(questions.count <= 2)
            #expect(test.statuses.withLockedValue { $0.last?.isAuthenticated } == true)
            #expect(try await test.state(of: key(9)).status == .disabled)
        }
    }

    @Test func restartDuringAnOutageKnowsWhatWasKnown() async throws {
        try await with { test in
            try await test.run()
            let before = try await test.state(of: key(1))
            try await test.drain()
            #expect(test.folder.mode("state/project-states.sqlite") == 0o600)
            try await test.upstream.stop()
            try await test.run()
            let after = try await test.state(of: key(1))
            #expect(after.status == .enabled)
            #expect(after.state == before.state)
            // Never heard of: told as such, after the patience of limits.query_timeout.
            #expect(try await test.state(of: key(77)).status == .pending)
            #expect(try await test.counters().statesLoaded == 1)
        }
    }

    @Test func expiredStateServesAnOutage() async throws {
        let settings = """
            "cache":{"batch_interval":20,"project_expiry":0,"project_grace_period":0},
            "limits":{"query_timeout":10},"http":{"retry_delay":0.05,"timeout":1}
            """
        try await with(settings: settings) { test in
            try await test.run()
            #expect(try await test.state(of: key(1)).status == .enabled)
            test.upstream.behaviour.withLockedValue { $0.queryStatus = 503 }
            for _ in 0..<3 {
                let answer = try await test.state(of: key(1))
                #expect(answer.status == .enabled)
                #expect(answer.isStale)
            }
        }
    }

    @Test func malformedStateHarmsOneProject() async throws {
        try await with { test in
            test.upstream.behaviour.withLockedValue {
                $0.states["\(key(2))"] = "{\"publicKeys\":\"this is not a list\"}"
            }
            try await test.run()
            async let first = test.state(of: key(1))
            async let second = test.state(of: key(2))
            async let third = test.state(of: key(3))
            let statuses = try await [first.status, second.status, third.status]
            #expect(statuses == [.enabled, .invalid, .enabled])
        }
    }

    @Test func pendingStateIsAskedForAgain() async throws {
        try await with { test in
            test.upstream.behaviour.withLockedValue { $0.pendingAnswers = 2 }
            try await test.run()
            #expect(try await test.state(of: key(1)).status == .enabled)
            #expect(test.upstream.behaviour.withLockedValue { $0.stateQuestions.count } == 3)
        }
    }

    @Test func brokenUpstreamIsRetriedUntilItWorks() async throws {
        try await with { test in
            test.upstream.behaviour.withLockedValue { $0.queryStatus = 500 }
            try await test.run()
            async let answer = test.state(of: key(1))
            try await Task.sleep(for: .milliseconds(200))
            test.upstream.behaviour.withLockedValue { $0.queryStatus = nil }
            #expect(try await answer.status == .enabled)
        }
    }

    @Test func denialIsToldAndEndsTheAsking() async throws {
        try await with { test in
            test.upstream.behaviour.withLockedValue { $0.isDenying = true }
            try await test.run()
            #expect(try await test.state(of: key(1)).status == .pending)
            let status = test.statuses.withLockedValue { $0.last }
            #expect(status?.isDenied == true)
            #expect(status?.isAuthenticated == false)
            guard case .status(var asked) = try await test.ask(.getStatus) else { return }
            #expect(asked.figures.contains { $0.name == "project_state.get" && $0.value == 1 })
            asked.figures = []
            #expect(asked == status)
            #expect(test.upstream.behaviour.withLockedValue { $0.stateQuestions.isEmpty })
        }
    }

    @Test func localFilesWinAndAreFollowed() async throws {
        try await with { test in
            test.folder.write("projects/50.json", stateText(project: nil, keys: [key(1)]))
            test.folder.write("projects/51.json", "{ half")
            try await test.run()
            #expect(try await test.state(of: key(1)).projectID == ProjectID(rawValue: 50))
            #expect(try await test.state(of: key(2)).projectID == ProjectID(rawValue: 2))
            test.folder.write("projects/51.json", stateText(project: nil, keys: [key(8)]))
            unlink(test.folder.path("projects/50.json"))
            var seen: [UInt64?] = []
            for _ in 0..<100 {
                seen = try await [
                    test.state(of: key(1)).projectID?.rawValue,
                    test.state(of: key(8)).projectID?.rawValue,
                ]
                if seen == [1, 51] { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(seen == [1, 51])
        }
    }

    @Test func staticModeNeedsNoUpstream() async throws {
        try await with(mode: "static") { test in
            test.folder.write("projects/50.json", stateText(project: nil, keys: [key(1)]))
            try await test.run()
            #expect(try await test.state(of: key(1)).status == .enabled)
            #expect(try await test.state(of: key(2)).status == .disabled)
            #expect(test.statuses.withLockedValue { $0.first?.isAuthenticated } == true)
            #expect(test.upstream.behaviour.withLockedValue { $0.registrations } == 0)
            #expect(test.folder.mode("state") == nil)
        }
    }

    @Test func limitsTurnIntoRefusals() async throws {
        try await with(mode: "proxy") { test in
            try await test.run()
            func verdict(_ projectKey: ProjectKey) async throws -> EventActionVerdict? {
                let question = GetEventAction(
                    projectKey: projectKey, projectID: ProjectID(rawValue: 5), origin: nil,
                    freshness: .cached)
                guard case .eventAction(let answer) = try await test.ask(.getEventAction(question))
                else { return nil }
                return answer.verdict
            }
            #expect(try await verdict(key(1)) == .accept)
            try await test.tell(
                .updateRateLimits(
                    UpdateRateLimits(
                        projectKey: key(1),
                        rateLimits: [
                            RateLimitAnswer(
                                scope: .key, categories: DataCategories(), reasonCode: "quota",
                                remaining: .seconds(60))
                        ])))
            #expect(try await verdict(key(1)) == .retryAfter)
            #expect(try await verdict(key(2)) == .accept)
        }
    }

    @Test func publicKeysOfRelaysBelow() async throws {
        let known = "aaaaaaaa-0000-0000-0000-000000000000"
        let unknown = "bbbbbbbb-0000-0000-0000-000000000000"
        try await with { test in
            let text = String(repeating: "k", count: 43)
            test.upstream.behaviour.withLockedValue { $0.relays[known] = text }
            try await test.run()
            let question = GetRelayPublicKeys(relayIDs: [known, unknown])
            guard
                case .relayPublicKeys(let answer) = try await test.ask(
                    .getRelayPublicKeys(question))
            else {
                Issue.record("no answer")
                return
            }
            #expect(answer.relays.map(\.publicKey) == [text, nil])
            #expect(answer.relays.map(\.isInternal) == [true, false])
            #expect(answer.isComplete)
        }
    }

    @Test func drainAnswersWhatWaits() async throws {
        try await with { test in
            test.upstream.behaviour.withLockedValue { $0.queryStatus = 503 }
            try await test.run()
            async let waiting = test.state(of: key(1))
            for _ in 0..<100 where try await test.counters().waited == 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
            try await test.drain()
            #expect(try await waiting.status == .pending)
        }
    }
}
