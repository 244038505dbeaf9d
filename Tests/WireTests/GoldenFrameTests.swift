import Model
import Testing
import Wire

/// The bytes of each message: a change here is a change of the protocol.
@Suite struct GoldenFrameTests {
    private static let golden: [(Message, String)] = [
        (
            .hello(
                Hello(
                    versionMax: 2, versionMin: 1, role: .processor, payloadBytesMax: 0x1000,
                    credits: 16, instance: "p1")),
            """
            14000000 01 01 0000 0700000000000000
            01 02 03 00 00100000 10000000 0100 02000000 7031
            """
        ),
        (.ping, "00000000 01 02 0000 0700000000000000"),
        (.pong, "00000000 01 03 0000 0700000000000000"),
        (.drain, "00000000 01 04 0000 0700000000000000"),
        (
            .getProject(GetProject(projectKey: Samples.key)),
            """
            10000000 01 10 0000 0700000000000000
            0807060504030201 1817161514131211
            """
        ),
        (
            .project(ProjectAnswer(projectID: ProjectID(rawValue: 42))),
            """
            0e000000 01 11 0000 0700000000000000
            0100 08000000 2a00000000000000
            """
        ),
        (
            .getProjectState(
                GetProjectState(projectKey: Samples.key, freshness: .fetched, isCacheBypassed: true)
            ),
            """
            12000000 01 12 0000 0700000000000000
            0807060504030201 1817161514131211 01 01
            """
        ),
        (
            .projectState(
                ProjectStateAnswer(
                    status: .enabled, revision: 9, projectID: ProjectID(rawValue: 42),
                    organizationID: 7, isStale: true, state: Array("{}".utf8))),
            """
            2c000000 01 13 0000 0700000000000000
            01 01 0900000000000000 02000000 7b7d
            0100 08000000 2a00000000000000 0200 08000000 0700000000000000
            """
        ),
        (
            .getEventAction(
                GetEventAction(
                    projectKey: Samples.key, projectID: ProjectID(rawValue: 42), origin: "o",
                    freshness: .cached)),
            """
            27000000 01 14 0000 0700000000000000
            0807060504030201 1817161514131211 00 00
            0100 08000000 2a00000000000000 0200 01000000 6f
            """
        ),
        (
            .eventAction(
                EventActionAnswer(
                    verdict: .discard(.cors), rateLimits: [Samples.limit], revision: 9,
                    projectID: nil)),
            """
            25000000 01 15 0000 0700000000000000
            01 0f 0900000000000000
            0100 01 01 1200000000000000 0058 47f8 0d00 0000 0500 71756f7461
            """
        ),
        (
            .updateRateLimits(UpdateRateLimits(projectKey: Samples.key, rateLimits: [])),
            """
            12000000 01 16 0000 0700000000000000
            0807060504030201 1817161514131211 0000
            """
        ),
        (
            .getRelayPublicKeys(GetRelayPublicKeys(relayIDs: ["ab"])),
            """
            06000000 01 18 0000 0700000000000000
            0100 0200 6162
            """
        ),
        (
            .relayPublicKeys(
                RelayPublicKeysAnswer(
                    relays: [RelayPublicKey(relayID: "ab", publicKey: "K", isInternal: true)],
                    isComplete: true)),
            """
            0b000000 01 19 0000 0700000000000000
            01 0100 03 0200 6162 0100 4b
            """
        ),
        (
            .getProjectKeys(GetProjectKeys(projectIDs: [ProjectID(rawValue: 42)])),
            """
            0a000000 01 1c 0000 0700000000000000
            0100 2a00000000000000
            """
        ),
        (
            .projectKeys(ProjectKeysAnswer(keys: [nil, Samples.key])),
            """
            24000000 01 1d 0000 0700000000000000
            0200 00 0000000000000000 0000000000000000 01 0807060504030201 1817161514131211
            """
        ),
        (.getStatus, "00000000 01 1a 0000 0700000000000000"),
        (
            .status(
                ProjectsStatus(
                    isAuthenticated: true, isDenied: false, isUpstreamDown: true, isReady: true)),
            "01000000 01 1b 0000 0700000000000000 0d"
        ),
        (
            .status(
                ProjectsStatus(
                    isAuthenticated: true, isDenied: false, isUpstreamDown: true, isReady: true,
                    relayID: "ab")),
            "09000000 01 1b 0000 0700000000000000 0d 0100 02000000 6162"
        ),
        (
            .projectConfiguration(
                ProjectConfiguration(revision: 9, projectID: nil, state: Array("{}".utf8))),
            """
            0e000000 01 20 0000 0700000000000000
            0900000000000000 02000000 7b7d
            """
        ),
        (
            .forgetConfiguration(ForgetConfiguration(revision: 9)),
            "08000000 01 22 0000 0700000000000000 0900000000000000"
        ),
        (
            .processEvent(
                ProcessEvent(
                    revision: 9, kind: .event, eventID: Samples.eventID, meta: Samples.bareMeta,
                    sentAt: WallTime(microseconds: 1), payload: ArraySlice("{}".utf8))),
            """
            48000000 01 24 0000 0700000000000000
            0900000000000000 01 00 0700 1100ffeeddccbbaa 9988776655443322
            0807060504030201 1817161514131211 ffffffffffffffff 02000000 7b7d
            0800 08000000 0100000000000000
            """
        ),
        (
            .eventProcessed(
                EventProcessed(
                    verdict: .processed, category: .error, eventType: "csp",
                    payload: Array("{}".utf8), processingMicroseconds: 5)),
            """
            17000000 01 25 0000 0700000000000000
            01 00 01 00 05000000 02000000 7b7d 0100 03000000 637370
            """
        ),
        (
            .grantCredits(GrantCredits(credits: 3)),
            "04000000 01 26 0000 0700000000000000 03000000"
        ),
    ]

    @Test func everyMessageHasItsBytes() throws {
        for (message, text) in Self.golden {
            let frame = Frame(requestID: 7, message: message)
            let expected = Self.bytes(text)
            #expect(Samples.bytes(frame) == expected, "\(message.type)")
            #expect(try decodeAll(expected) == [frame], "\(message.type)")
        }
        #expect(Set(Self.golden.map(\.0.type)) == Set(MessageType.allCases))
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = text.filter { !$0.isWhitespace }
        var bytes: [UInt8] = []
        var rest = digits[...]
        while let byte = UInt8(rest.prefix(2), radix: 16) {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
