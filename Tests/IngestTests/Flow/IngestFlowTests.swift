import Config
import Model
import NIOCore
import NIOHTTP1
import Testing
import Upstream
import Wire

@testable import RelayIngest

private let eventID = EventID(high: 1, low: 1)

extension UpstreamRequest {
    /// The envelope in the body.
    fileprivate var envelope: Envelope? {
        try? Envelope(parsing: Array(body.readableBytesView))
    }
}

@Suite("Ingest flow") struct IngestFlowTests {
    @Test("An event reaches upstream with the original's headers")
    func delivery() throws {
        let world = FlowWorld()
        #expect(
            world.accept([(.event, #"{"raw":1}"#), (.attachment, "file")], id: eventID)
                == .stored)
        let request = try #require(world.requests.first)
        #expect(world.requests.count == 1)
        #expect(request.path == "/api/42/envelope/")
        #expect(
            request.headers["x-sentry-auth"] == [
                "Sentry sentry_key=0123456789abcdef0123456789abcdef, sentry_version=7, "
                    + "sentry_client=test/1.0"
            ])
        #expect(request.headers["x-sentry-relay-id"] == ["relay-id"])
        #expect(request.headers["x-forwarded-for"] == ["203.0.113.7, 192.0.2.1"])
        #expect(request.headers["user-agent"] == ["agent/9"])
        #expect(request.headers["origin"] == ["https://app.example"])
        #expect(request.headers["content-type"] == ["application/x-sentry-envelope"])
        let envelope = try #require(request.envelope)
        #expect(envelope.header.eventID == eventID)
        #expect(
            envelope.header.dsn?.headerText
                == "https://0123456789abcdef0123456789abcdef:@sentry.io/42")
        #expect(envelope.header.client == "test/1.0")
        #expect(envelope.header.sentAt == WallTime(microseconds: 1_700_000_000_000_000))
        #expect(envelope.header.forwarded.origin == "https://app.example")
        #expect(envelope.header.forwarded.remoteAddress == "192.0.2.1")
        #expect(envelope.header.forwarded.forwardedFor == "203.0.113.7, 192.0.2.1")
        #expect(envelope.header.forwarded.userAgent == "agent/9")
        #expect(envelope.header.forwarded.protocolVersion == 7)
        #expect(envelope.items.map(\.type) == [.event, .attachment])
        #expect(envelope.items.map { Array($0.payload) }.first == Array(#"{"clean":true}"#.utf8))
        #expect(world.flow.counters.delivered == 2)
        #expect(world.flow.envelopesStored == 0)
        #expect(world.flow.counters.isBalanced)
    }

    @Test("The relay's id comes from relay-projects, which alone may read the key")
    func relayID() throws {
        let world = FlowWorld(isProjectsUp: false)
        world.relayID = "id-of-the-signer"
        world.isProjectsUp = true
        world.advance(milliseconds: 3000)
        world.accept([(.event, "{}")])
        world.advance(milliseconds: 3000)
        let request = try #require(world.requests.last)
        #expect(request.headers["x-sentry-relay-id"] == ["id-of-the-signer"])
    }

    @Test("Settings count from the moment they are applied; what is on its way ends as it began")
    func appliedSettings() throws {
        let world = FlowWorld()
        world.answer = { _ in nil }
        world.accept([(.event, "{}")], id: EventID(high: 1, low: 1))
        var config = RelayConfig()
        config.relay.mode = .managed
        config.http.encoding = .identity
        config.relay.upstream = UpstreamURL(isSecure: false, host: "other.example", port: 80)
        config.limits.maxConcurrentRequests = 2
        config.cache.envelopeBufferSize = 2
        let before = world.flow.upstream
        world.flow.apply(config)
        #expect(world.flow.upstream !== before)
        #expect(world.flow.upstream.settings.host == "other.example")
        #expect(world.accept([(.event, "{}")], id: EventID(high: 1, low: 2)) == .stored)
        #expect(
            world.accept([(.event, "{}")], id: EventID(high: 1, low: 3))
                == .full(limitName: "cache.envelope_buffer_size", limit: 2))
        #expect(world.requests.count == 2)
        #expect(
            world.requests.compactMap(\.envelope?.header.dsn?.headerText) == [
                "https://0123456789abcdef0123456789abcdef:@sentry.io/42",
                "http://0123456789abcdef0123456789abcdef:@other.example/42",
            ])
        world.answerAll(.success(FlowWorld.response(200)))
        #expect(world.flow.counters.delivered == 2)
        let client = world.flow.upstream
        world.flow.apply(config)
        #expect(world.flow.upstream === client)
    }

    @Test("State and configuration cross once per revision")
    func oncePerRevision() {
        let world = FlowWorld()
        for _ in 0..<5 { world.accept([(.event, "{}")]) }
        #expect(world.requests.count == 5)
        let states = world.projectsMessages.filter {
            if case .getProjectState = $0 { true } else { false }
        }
        let configurations = world.processorMessages.filter {
            if case .projectConfiguration = $0 { true } else { false }
        }
        #expect(states.count == 1)
        #expect(configurations.count == 1)
        let questions = world.projectsMessages.filter {
            if case .getEventAction = $0 { true } else { false }
        }
        #expect(questions.count == 1)
        world.advance(milliseconds: 1_100)
        world.verdict.revision = 8
        world.state.revision = 8
        world.accept([(.event, "{}")])
        #expect(world.requests.count == 6)
        #expect(
            world.processorMessages.contains(
                .projectConfiguration(
                    ProjectConfiguration(
                        revision: 8, projectID: ProjectID(rawValue: 42), state: Array("{}".utf8)))
            ))
    }

    @Test("The cached verdict waits 100 ms at most, and not at all without a link")
    func cachedVerdict() {
        let world = FlowWorld()
        let question = GetEventAction(
            projectKey: sampleMeta().projectKey, projectID: nil, origin: nil, freshness: .cached)
        var answers: [EventActionVerdict] = []
        world.verdict.verdict = .discard(.cors)
        world.flow.eventAction(question) { answers.append($0.verdict) }
        world.run()
        #expect(answers == [.discard(.cors)])
        world.isProjectsSilent = true
        world.flow.eventAction(question) { answers.append($0.verdict) }
        world.advance(milliseconds: 90, step: 10)
        #expect(answers.count == 1)
        world.advance(milliseconds: 20, step: 10)
        #expect(answers == [.discard(.cors), .accept])

        let alone = FlowWorld(isProjectsUp: false)
        var direct: EventActionVerdict?
        alone.flow.eventAction(question) { direct = $0.verdict }
        #expect(direct == .accept)
    }

    @Test("relay-projects away, then there: the event waits and is delivered")
    func projectsComeLate() {
        let world = FlowWorld()
        world.isProjectsSilent = true
        world.accept([(.event, "{}")])
        #expect(world.requests.isEmpty)
        world.isProjectsSilent = false
        // The unanswered question runs into its time-out, then the state is asked for.
        world.advance(milliseconds: 31_000, step: 500)
        #expect(world.requests.count == 1)
        #expect(world.flow.counters.isBalanced)
    }

    @Test("A pending state is asked for again, once per key however many events wait")
    func pending() {
        let world = FlowWorld()
        world.verdict.revision = 0
        world.state = ProjectStateAnswer(
            status: .pending, revision: 0, projectID: nil, organizationID: nil, isStale: false,
            state: [])
        for _ in 0..<10 { world.accept([(.event, "{}")]) }
        #expect(world.requests.isEmpty)
        let before = world.projectsMessages.count
        world.advance(milliseconds: 2_000)
        let asked = world.projectsMessages.count - before
        #expect(asked >= 2 && asked <= 12)
        world.state = ProjectStateAnswer(
            status: .enabled, revision: 3, projectID: ProjectID(rawValue: 42),
            organizationID: nil, isStale: false, state: [])
        world.verdict.revision = 3
        world.advance(milliseconds: 5_000)
        #expect(world.requests.count == 10)
        #expect(world.flow.envelopesStored == 0)
    }

    @Test("A discarding verdict after acceptance is an outcome")
    func discarded() {
        let world = FlowWorld()
        world.verdict.verdict = .discard(.projectID)
        world.accept([(.event, "{}"), (.session, "{}")])
        #expect(world.requests.isEmpty)
        #expect(world.flow.counters.invalidByReason[.projectID] == 2)
        #expect(world.flow.counters.isBalanced)
        #expect(world.flow.envelopesStored == 0)
    }

    @Test("429 of upstream: limits go to relay-projects, the rest counts as delivered")
    func rateLimits() throws {
        let world = FlowWorld()
        world.answer = { _ in
            .success(
                FlowWorld.response(429, ["X-Sentry-Rate-Limits": "30:error;default:key:quota"]))
        }
        world.accept([(.event, "{}"), (.session, "{}")])
        let update = try #require(
            world.projectsMessages.compactMap { message -> UpdateRateLimits? in
                guard case .updateRateLimits(let update) = message else { return nil }
                return update
            }.first)
        #expect(update.projectKey == sampleMeta().projectKey)
        #expect(
            update.rateLimits == [
                RateLimitAnswer(
                    scope: .key, categories: DataCategories(.default, .error),
                    reasonCode: "quota", remaining: .seconds(30))
            ])
        #expect(world.flow.counters.rateLimited == 1)
        #expect(world.flow.counters.delivered == 1)
        #expect(world.flow.counters.isBalanced)
    }

    @Test("Upstream away: everything is kept, few attempts are made, all arrives once")
    func outage() {
        let world = FlowWorld()
        world.answer = { _ in .failure(.connect("refused")) }
        for _ in 0..<50 { world.accept([(.event, "{}")]) }
        world.advance(milliseconds: 60_000, step: 100)
        #expect(world.flow.envelopesStored == 50)
        #expect(world.flow.counters.isBalanced)
        // One a second at first, then fewer: never a crowd.
        #expect(world.requests.count < 30)
        let failed = world.requests.count
        world.answer = { _ in .success(FlowWorld.response(200)) }
        world.advance(milliseconds: 130_000, step: 500)
        #expect(world.flow.counters.delivered == 50)
        #expect(world.requests.count == failed + 50)
        #expect(world.flow.envelopesStored == 0)
    }

    @Test("502, 503, 504, resets and time-outs are tried again; 400 ends the event")
    func statuses() {
        let world = FlowWorld()
        var results: [Result<UpstreamResponse, UpstreamError>] = [
            .success(FlowWorld.response(503)), .success(FlowWorld.response(502)),
            .success(FlowWorld.response(504)), .failure(.reset), .failure(.timeout),
        ]
        world.answer = { _ in
            results.isEmpty ? .success(FlowWorld.response(200)) : results.removeFirst()
        }
        world.accept([(.event, "{}")])
        world.advance(milliseconds: 60_000, step: 100)
        #expect(world.requests.count == 6)
        #expect(world.flow.counters.delivered == 1)
        #expect(world.flow.counters.deliveryRetries == 5)

        let refusing = FlowWorld()
        refusing.answer = { _ in .success(FlowWorld.response(400)) }
        refusing.accept([(.event, "{}")])
        refusing.advance(milliseconds: 10_000, step: 100)
        #expect(refusing.requests.count == 1)
        #expect(refusing.flow.counters.invalidByReason[.upstreamRefused] == 1)
        #expect(refusing.flow.envelopesStored == 0)
    }

    @Test("An undeliverable event expires, counted")
    func expiry() {
        let world = FlowWorld { $0.cache.envelopeExpiry = .seconds(20) }
        world.answer = { _ in .success(FlowWorld.response(503)) }
        world.accept([(.event, "{}")])
        world.advance(milliseconds: 15_000, step: 100)
        #expect(world.flow.envelopesStored == 1)
        world.advance(milliseconds: 6_000, step: 100)
        #expect(world.flow.counters.invalidByReason[.expired] == 1)
        #expect(world.flow.envelopesStored == 0)
        #expect(world.flow.counters.isBalanced)
    }

    @Test("Without any processor an event waits, and expires")
    func noProcessor() {
        let world = FlowWorld { $0.cache.envelopeExpiry = .seconds(20) }
        world.isProcessorUp = false
        world.killProcessor()
        world.accept([(.event, "{}")])
        world.advance(milliseconds: 10_000, step: 100)
        #expect(world.flow.envelopesStored == 1)
        world.advance(milliseconds: 11_000, step: 100)
        #expect(world.flow.counters.invalidByReason[.expired] == 1)
        #expect(world.flow.envelopesStored == 0)
    }

    @Test("A processor that dies takes no event along")
    func processorDies() {
        let world = FlowWorld()
        world.process = { _ in nil }
        for _ in 0..<5 { world.accept([(.event, "{}")]) }
        #expect(world.requests.isEmpty)
        world.process = FlowWorld.processed
        world.killProcessor()
        world.advance(milliseconds: 3_000)
        #expect(world.requests.count == 5)
        #expect(world.flow.counters.delivered == 5)
        #expect(world.flow.counters.quarantined == 0)
    }

    @Test("A deadly event is given up after three deaths; its neighbours arrive")
    func deadlyEvent() {
        let world = FlowWorld()
        let deadly = EventID(high: 6, low: 6)
        var deaths = 0
        // Nobody is answered before the first death, so all are suspects.
        world.process = { event in
            if event.eventID == deadly { deaths += 1 }
            return nil
        }
        for number in 1...4 {
            world.accept([(.event, "{}")], id: EventID(high: 1, low: UInt64(number)))
        }
        world.accept([(.event, "{}")], id: deadly)
        world.process = { event in
            guard event.eventID == deadly else { return FlowWorld.processed(event) }
            deaths += 1
            return nil
        }
        for _ in 0..<5 {
            world.killProcessor()
            world.advance(milliseconds: 5_000)
        }
        #expect(deaths == 3)
        #expect(world.flow.counters.quarantined == 1)
        #expect(world.flow.counters.invalidByReason[.internal] == 1)
        #expect(world.flow.counters.delivered == 4)
        #expect(world.flow.counters.isBalanced)
        #expect(world.flow.envelopesStored == 0)
    }

    @Test("What a processor makes of an item decides its type")
    func types() throws {
        let world = FlowWorld()
        world.process = { event in
            switch event.kind {
            case .rawSecurity: FlowWorld.processed(event, type: "csp")
            case .unspecified: FlowWorld.processed(event, type: "transaction")
            default: FlowWorld.rejected(.invalidTransaction)
            }
        }
        world.accept([(.rawSecurity, "{}"), (.event, "{}"), (.transaction, "{}")])
        let envelope = try #require(world.requests.first?.envelope)
        #expect(envelope.items.map(\.type) == [.security, .transaction])
        #expect(envelope.items.first?.contentType == "application/json")
        #expect(world.flow.counters.invalidByReason[.invalidTransaction] == 1)
    }

    @Test("Capture mode keeps the envelope, or why there is none")
    func capture() throws {
        let world = FlowWorld { $0.relay.mode = .capture }
        world.accept([(.event, #"{"raw":1}"#)], id: eventID)
        guard case .envelope(let bytes) = world.flow.captured(eventID) else {
            Issue.record("not captured")
            return
        }
        let envelope = try Envelope(parsing: bytes)
        #expect(envelope.header.eventID == eventID)
        #expect(Array(envelope.items[0].payload) == Array(#"{"clean":true}"#.utf8))
        #expect(world.requests.isEmpty)
        #expect(world.flow.counters.delivered == 1)

        world.process = { _ in FlowWorld.rejected(.invalidJSON) }
        let other = EventID(high: 2, low: 2)
        world.accept([(.event, "{")], id: other)
        #expect(world.flow.captured(other) == .failed("event dropped: invalid_json"))
        #expect(world.flow.captured(EventID(high: 3, low: 3)) == nil)
    }

    @Test("A request without a project id takes the state's; without any it ends")
    func projectIDs() {
        let world = FlowWorld()
        world.accept([(.event, "{}")], meta: sampleMeta(project: nil))
        #expect(world.requests.first?.path == "/api/42/envelope/")
        world.state.projectID = nil
        world.state.revision = 9
        world.verdict.revision = 9
        world.advance(milliseconds: 1_100)
        world.accept([(.event, "{}")], meta: sampleMeta(project: nil))
        #expect(world.requests.count == 1)
        #expect(world.flow.envelopesStored == 0)
        world.accept([(.event, "{}")])
        #expect(world.requests.count == 2)
    }

    @Test("The store is full by the bytes of what has not left, and says which setting")
    func full() {
        let world = FlowWorld { $0.cache.envelopeBufferBytes = 8_000 }
        world.answer = { _ in nil }
        let body = String(repeating: "a", count: 3_000)
        #expect(world.accept([(.session, body)]) == .stored)
        #expect(
            world.accept([(.session, body)])
                == .full(limitName: "cache.envelope_buffer_bytes", limit: 8_000))
        #expect(world.flow.canStore == false)
        #expect(world.flow.counters.accepted == 1)
        world.answerAll(.success(FlowWorld.response(200)))
        #expect(world.accept([(.session, body)]) == .stored)
    }

    @Test("Draining waits for what is on its way, and ends at the deadline")
    func drain() {
        let world = FlowWorld()
        world.answer = { _ in nil }
        world.accept([(.event, "{}")])
        var isDone = false
        world.flow.drain(deadline: world.now + .seconds(10)).assumeIsolated().whenSuccess {
            isDone = true
        }
        world.advance(milliseconds: 1_000)
        #expect(isDone == false)
        world.answerAll(.success(FlowWorld.response(200)))
        #expect(isDone)
        #expect(world.flow.counters.delivered == 1)

        let stuck = FlowWorld()
        stuck.answer = { _ in nil }
        stuck.accept([(.event, "{}")])
        var isEnded = false
        stuck.flow.drain(deadline: stuck.now + .seconds(10)).assumeIsolated().whenSuccess {
            isEnded = true
        }
        stuck.advance(milliseconds: 9_900)
        #expect(isEnded == false)
        stuck.advance(milliseconds: 200)
        #expect(isEnded)
        #expect(stuck.flow.counters.stored == 1)
        #expect(stuck.flow.counters.isBalanced)
    }

    @Test("The standing of relay-projects is known once it is connected")
    func status() {
        #expect(FlowWorld().flow.status?.isAuthenticated == true)
    }
}
