import Model
import Wire

/// One frame of each message with every field set, and variants with optional fields absent.
enum Samples {
    static let key = ProjectKey(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718)
    static let eventID = EventID(high: 0xaabb_ccdd_eeff_0011, low: 0x2233_4455_6677_8899)

    static let limit = RateLimitAnswer(
        scope: .project, categories: DataCategories(.error, .attachment), reasonCode: "quota",
        remaining: .seconds(60))

    static let meta = RequestMeta(
        projectKey: key, projectID: ProjectID(rawValue: 42), protocolVersion: 7,
        client: "sdk/1", origin: "https://a.example", remoteAddress: "10.0.0.1",
        forwardedFor: "1.2.3.4, 10.0.0.1", clientAddress: "1.2.3.4", userAgent: "UA",
        receivedAt: WallTime(microseconds: 1_500_000_000_000_000))

    static let bareMeta = RequestMeta(
        projectKey: key, projectID: nil, protocolVersion: 7, client: nil, origin: nil,
        remoteAddress: nil, forwardedFor: "", clientAddress: nil, userAgent: nil,
        receivedAt: WallTime(microseconds: -1))

    static let messages: [Message] = [
        .hello(
            Hello(
                versionMax: 1, versionMin: 1, role: .processor, payloadBytesMax: 0x0100_0000,
                credits: 16, instance: "p1")),
        .hello(
            Hello(versionMax: 2, versionMin: 1, role: .ingest, payloadBytesMax: 1, credits: 0)),
        .ping, .pong, .drain, .getStatus,
        .getProject(GetProject(projectKey: key)),
        .project(ProjectAnswer(projectID: ProjectID(rawValue: 42))),
        .project(ProjectAnswer(projectID: nil)),
        .getProjectState(
            GetProjectState(projectKey: key, freshness: .fetched, isCacheBypassed: true)),
        .projectState(
            ProjectStateAnswer(
                status: .enabled, revision: 99, projectID: ProjectID(rawValue: 42),
                organizationID: 7, isStale: true, state: Array("{}".utf8))),
        .projectState(
            ProjectStateAnswer(
                status: .pending, revision: 0, projectID: nil, organizationID: nil,
                isStale: false, state: [])),
        .getEventAction(
            GetEventAction(
                projectKey: key, projectID: ProjectID(rawValue: 42), origin: "https://a",
                freshness: .cached, isCacheBypassed: true)),
        .getEventAction(
            GetEventAction(projectKey: key, projectID: nil, origin: nil, freshness: .fetched)),
        .eventAction(
            EventActionAnswer(
                verdict: .accept, rateLimits: [limit], revision: 5,
                projectID: ProjectID(rawValue: 42))),
        .eventAction(
            EventActionAnswer(
                verdict: .discard(.cors), rateLimits: [], revision: 5, projectID: nil)),
        .eventAction(
            EventActionAnswer(
                verdict: .retryAfter,
                rateLimits: [
                    RateLimitAnswer(
                        scope: .key, categories: DataCategories(), reasonCode: nil,
                        remaining: .milliseconds(1))
                ], revision: 0, projectID: nil)),
        .updateRateLimits(UpdateRateLimits(projectKey: key, rateLimits: [limit, limit])),
        .getRelayPublicKeys(GetRelayPublicKeys(relayIDs: ["a-b", "c"])),
        .relayPublicKeys(
            RelayPublicKeysAnswer(
                relays: [
                    RelayPublicKey(relayID: "a-b", publicKey: "KEY", isInternal: true),
                    RelayPublicKey(relayID: "c", publicKey: nil, isInternal: false),
                ], isComplete: true)),
        .getProjectKeys(GetProjectKeys(projectIDs: [ProjectID(rawValue: 42)])),
        .projectKeys(ProjectKeysAnswer(keys: [key, nil])),
        .status(
            ProjectsStatus(
                isAuthenticated: true, isDenied: false, isUpstreamDown: true, isReady: true)),
        .status(
            ProjectsStatus(
                isAuthenticated: false, isDenied: true, isUpstreamDown: false, isReady: false,
                relayID: "8f1c1c2e-0000-4000-8000-000000000001",
                figures: [
                    StatusFigure(kind: .counter, name: "project_state.received", value: 7),
                    StatusFigure(kind: .gauge, name: "project_cache.size", value: 2),
                ])),
        .projectConfiguration(
            ProjectConfiguration(
                revision: 5, projectID: ProjectID(rawValue: 42), state: Array("{}".utf8))),
        .forgetConfiguration(ForgetConfiguration(revision: 5)),
        .processEvent(
            ProcessEvent(
                revision: 5, kind: .event, eventID: eventID, meta: meta,
                sentAt: WallTime(microseconds: 1), payload: ArraySlice("{\"a\":1}".utf8),
                attributes: Array("{}".utf8))),
        .processEvent(
            ProcessEvent(
                revision: 0, kind: .minidump, eventID: eventID, meta: bareMeta, sentAt: nil,
                payload: [])),
        .eventProcessed(
            EventProcessed(
                verdict: .processed, category: .error, eventType: "error",
                payload: Array("{\"a\":2}".utf8), processingMicroseconds: 77,
                problems: ScrubbingProblems(
                    named: [.init(place: "rules.x", reason: "no pattern")], count: 3))),
        .eventProcessed(
            EventProcessed(
                verdict: .rejected(.invalidJSON, detail: "why"), category: .default,
                eventType: "", payload: [], processingMicroseconds: 0)),
        .eventProcessed(
            EventProcessed(
                verdict: .unknownRevision, category: .default, eventType: "", payload: [],
                processingMicroseconds: 0)),
        .grantCredits(GrantCredits(credits: 3)),
    ]

    static let frames: [Frame] = messages.enumerated().map {
        Frame(requestID: UInt64($0.offset) + 0x0100, message: $0.element)
    }

    static func bytes(_ frame: Frame) -> [UInt8] {
        var output: [UInt8] = []
        FrameWriter.append(frame, to: &output)
        return output
    }
}

/// Decodes all frames of bytes with a new decoder.
func decodeAll(_ bytes: [UInt8], payloadBytesMax: Int = 1 << 20) throws -> [Frame] {
    var decoder = FrameDecoder(payloadBytesMax: payloadBytesMax)
    bytes.withUnsafeBytes { decoder.append($0) }
    var frames: [Frame] = []
    while let frame = try decoder.next() { frames.append(frame) }
    return frames
}
