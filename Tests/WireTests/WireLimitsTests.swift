import Model
import Testing
import Wire

/// The limits fit together.
@Suite struct WireLimitsTests {
    @Test func versionsAndHeaderMakeSense() {
        #expect(WireLimits.versionMin <= WireLimits.versionMax)
        #expect(WireLimits.versionMin > 0)
        #expect(WireLimits.headerBytes == 16)
    }

    @Test func theDefaultPayloadIsWithinTheMaximum() {
        #expect(WireLimits.payloadBytesDefault <= WireLimits.payloadBytesMax)
        #expect(WireLimits.payloadBytesMax <= Int(UInt32.max))
        #expect(WireLimits.helloPayloadBytesMax < WireLimits.payloadBytesDefault)
    }

    @Test func aHelloFitsBeforeTheLimitIsRaised() {
        let hello = Hello(
            versionMax: 1, versionMin: 1, role: .tool, payloadBytesMax: .max, credits: .max,
            instance: String(repeating: "i", count: WireLimits.instanceBytesMax * 2))
        let bytes = Samples.bytes(Frame(requestID: .max, message: .hello(hello)))
        #expect(bytes.count - WireLimits.headerBytes <= WireLimits.helloPayloadBytesMax)
    }

    @Test func whatAccompaniesAnEventFitsItsOverhead() {
        let text = String(repeating: "x", count: WireLimits.textBytesMax * 2)
        var meta = Samples.meta
        meta.client = text
        meta.origin = text
        meta.remoteAddress = text
        meta.forwardedFor = text
        meta.clientAddress = text
        meta.userAgent = text
        let event = ProcessEvent(
            revision: 1, kind: .event, eventID: Samples.eventID, meta: meta,
            sentAt: WallTime(microseconds: 1), payload: [],
            attributes: [UInt8](repeating: 0, count: WireLimits.attributesBytesMax))
        let size = Samples.bytes(Frame(requestID: 1, message: .processEvent(event))).count
        #expect(size - WireLimits.headerBytes <= WireLimits.eventOverheadBytesMax)
        #expect(
            WireLimits.payloadBytesDefault - WireLimits.eventOverheadBytesMax >= 16 * 1024 * 1024)
    }

    @Test func listsAtTheirLimitFitTheDefaultPayload() throws {
        let limit = RateLimitAnswer(
            scope: .key, categories: DataCategories(),
            reasonCode: String(repeating: "r", count: WireLimits.reasonCodeBytesMax),
            remaining: .seconds(1))
        let relay = RelayPublicKey(
            relayID: String(repeating: "i", count: WireLimits.relayIDBytesMax),
            publicKey: String(repeating: "k", count: WireLimits.publicKeyBytesMax),
            isInternal: true)
        for message: Message in [
            .updateRateLimits(
                UpdateRateLimits(
                    projectKey: Samples.key,
                    rateLimits: Array(repeating: limit, count: WireLimits.rateLimitsMax))),
            .relayPublicKeys(
                RelayPublicKeysAnswer(
                    relays: Array(repeating: relay, count: WireLimits.relayIDsMax),
                    isComplete: true)),
        ] {
            let bytes = Samples.bytes(Frame(requestID: 1, message: message))
            #expect(bytes.count <= WireLimits.payloadBytesDefault)
            #expect(
                try decodeAll(bytes, payloadBytesMax: WireLimits.payloadBytesDefault)
                    == [Frame(requestID: 1, message: message)])
        }
    }

    @Test func theTableAndTheHeaderOfRateLimitsAgreeWithTheWire() {
        #expect(WireLimits.rateLimitsMax >= RateLimitTable().limitsMax)
        #expect(WireLimits.rateLimitsMax >= RateLimitHeader.limitsMax)
    }

    @Test func requestsAreEvenAndAnswersFollowThem() {
        for type in MessageType.allCases where type.isAnswer {
            let request = MessageType(rawValue: type.rawValue - 1)
            #expect(request?.isRequest == true, "\(type)")
            #expect(type.rawValue % 2 == 1)
        }
        for type in MessageType.allCases where type.isRequest {
            #expect(MessageType(rawValue: type.rawValue + 1)?.isAnswer == true, "\(type)")
        }
    }
}
