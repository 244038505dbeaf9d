import Model

/// The payload of each message, as `docs/PROTOCOL.md` specifies it.
enum MessageEncoder {
    static func encode(_ message: Message, to writer: inout WireWriter) {
        switch message {
        case .ping, .pong, .drain, .getStatus: break
        case .hello(let hello): encode(hello, to: &writer)
        case .getProject(let question): writer.projectKey(question.projectKey)
        case .project(let answer): writer.optional(1, answer.projectID?.rawValue)
        case .getProjectState(let question): encode(question, to: &writer)
        case .projectState(let answer): encode(answer, to: &writer)
        case .getEventAction(let question): encode(question, to: &writer)
        case .eventAction(let answer): encode(answer, to: &writer)
        case .updateRateLimits(let update):
            writer.projectKey(update.projectKey)
            encode(update.rateLimits, to: &writer)
        case .getRelayPublicKeys(let question): encode(question, to: &writer)
        case .relayPublicKeys(let answer): encode(answer, to: &writer)
        case .status(let status): encode(status, to: &writer)
        case .getProjectKeys(let question):
            let ids = question.projectIDs.prefix(WireLimits.projectIDsMax)
            writer.integer(UInt16(ids.count))
            for id in ids { writer.integer(id.rawValue) }
        case .projectKeys(let answer): encode(answer, to: &writer)
        case .projectConfiguration(let configuration):
            writer.integer(configuration.revision)
            writer.blob(configuration.state)
            writer.optional(1, configuration.projectID?.rawValue)
        case .forgetConfiguration(let forget): writer.integer(forget.revision)
        case .processEvent(let event): encode(event, to: &writer)
        case .eventProcessed(let answer): encode(answer, to: &writer)
        case .grantCredits(let grant): writer.integer(grant.credits)
        }
    }

    private static func encode(_ hello: Hello, to writer: inout WireWriter) {
        writer.integer(hello.versionMin)
        writer.integer(hello.versionMax)
        writer.integer(hello.role.rawValue)
        writer.integer(UInt8(0))
        writer.integer(hello.payloadBytesMax)
        writer.integer(hello.credits)
        writer.optional(1, hello.instance, bytesMax: WireLimits.instanceBytesMax)
    }

    private static func encode(_ question: GetProjectState, to writer: inout WireWriter) {
        writer.projectKey(question.projectKey)
        writer.integer(question.freshness.rawValue)
        writer.integer(UInt8(question.isCacheBypassed ? 1 : 0))
    }

    private static func encode(_ answer: ProjectStateAnswer, to writer: inout WireWriter) {
        writer.integer(answer.status.rawValue)
        writer.integer(UInt8(answer.isStale ? 1 : 0))
        writer.integer(answer.revision)
        writer.blob(answer.state)
        writer.optional(1, answer.projectID?.rawValue)
        writer.optional(2, answer.organizationID)
    }

    private static func encode(_ question: GetEventAction, to writer: inout WireWriter) {
        writer.projectKey(question.projectKey)
        writer.integer(question.freshness.rawValue)
        writer.integer(UInt8(question.isCacheBypassed ? 1 : 0))
        writer.optional(1, question.projectID?.rawValue)
        writer.optional(2, question.origin, bytesMax: WireLimits.textBytesMax)
    }

    private static func encode(_ answer: EventActionAnswer, to writer: inout WireWriter) {
        switch answer.verdict {
        case .accept:
            writer.integer(UInt8(0))
            writer.integer(UInt8(0))
        case .discard(let reason):
            writer.integer(UInt8(1))
            writer.integer(reason.rawValue)
        case .retryAfter:
            writer.integer(UInt8(2))
            writer.integer(UInt8(0))
        }
        writer.integer(answer.revision)
        encode(answer.rateLimits, to: &writer)
        writer.optional(1, answer.projectID?.rawValue)
    }

    private static func encode(_ limits: [RateLimitAnswer], to writer: inout WireWriter) {
        let limits = limits.prefix(WireLimits.rateLimitsMax)
        writer.integer(UInt16(limits.count))
        for limit in limits {
            writer.integer(limit.scope.rawValue)
            writer.integer(UInt8(limit.reasonCode == nil ? 0 : 1))
            writer.integer(limit.categories.bits)
            writer.integer(limit.remaining.nanosecondsClamped)
            writer.shortText(limit.reasonCode ?? "", bytesMax: WireLimits.reasonCodeBytesMax)
        }
    }

    private static func encode(_ question: GetRelayPublicKeys, to writer: inout WireWriter) {
        let ids = question.relayIDs.prefix(WireLimits.relayIDsMax)
        writer.integer(UInt16(ids.count))
        for id in ids { writer.shortText(id, bytesMax: WireLimits.relayIDBytesMax) }
    }

    private static func encode(_ answer: RelayPublicKeysAnswer, to writer: inout WireWriter) {
        let relays = answer.relays.prefix(WireLimits.relayIDsMax)
        writer.integer(UInt8(answer.isComplete ? 1 : 0))
        writer.integer(UInt16(relays.count))
        for relay in relays {
            writer.integer(
                UInt8(relay.isInternal ? 1 : 0) | UInt8(relay.publicKey == nil ? 0 : 2))
            writer.shortText(relay.relayID, bytesMax: WireLimits.relayIDBytesMax)
            writer.shortText(relay.publicKey ?? "", bytesMax: WireLimits.publicKeyBytesMax)
        }
    }

    private static func encode(_ answer: ProjectKeysAnswer, to writer: inout WireWriter) {
        let keys = answer.keys.prefix(WireLimits.projectIDsMax)
        writer.integer(UInt16(keys.count))
        for key in keys {
            writer.integer(UInt8(key == nil ? 0 : 1))
            writer.projectKey(key ?? ProjectKey(high: 0, low: 0))
        }
    }

    private static func encode(_ status: ProjectsStatus, to writer: inout WireWriter) {
        writer.integer(
            UInt8(status.isAuthenticated ? 1 : 0) | UInt8(status.isDenied ? 2 : 0)
                | UInt8(status.isUpstreamDown ? 4 : 0) | UInt8(status.isReady ? 8 : 0))
        writer.optional(1, status.relayID, bytesMax: WireLimits.relayIDBytesMax)
        writer.optional(2, status.figures)
    }

    private static func encode(_ event: ProcessEvent, to writer: inout WireWriter) {
        writer.integer(event.revision)
        writer.integer(event.kind.rawValue)
        writer.integer(UInt8(0))
        writer.integer(event.meta.protocolVersion)
        writer.eventID(event.eventID)
        writer.projectKey(event.meta.projectKey)
        writer.integer(event.meta.receivedAt.microseconds)
        writer.blob(event.payload)
        let textMax = WireLimits.textBytesMax
        writer.optional(1, event.meta.projectID?.rawValue)
        writer.optional(2, event.meta.client, bytesMax: textMax)
        writer.optional(3, event.meta.origin, bytesMax: textMax)
        writer.optional(4, event.meta.remoteAddress, bytesMax: textMax)
        if !event.meta.forwardedFor.isEmpty {
            writer.optional(5, event.meta.forwardedFor, bytesMax: textMax)
        }
        writer.optional(6, event.meta.clientAddress, bytesMax: textMax)
        writer.optional(7, event.meta.userAgent, bytesMax: textMax)
        writer.optional(8, event.sentAt?.microseconds)
        writer.optional(9, event.attributes)
    }

    private static func encode(_ answer: EventProcessed, to writer: inout WireWriter) {
        answer.payload.withUnsafeBytes { payload in
            encode(EventProcessedView(answer, payload: payload), to: &writer)
        }
    }

    static func encode(_ answer: EventProcessedView, to writer: inout WireWriter) {
        var detail: String?
        switch answer.verdict {
        case .processed:
            writer.integer(UInt8(1))
            writer.integer(UInt8(0))
        case .rejected(let reason, let text):
            writer.integer(UInt8(2))
            writer.integer(reason.rawValue)
            if !text.isEmpty { detail = text }
        case .unknownRevision:
            writer.integer(UInt8(3))
            writer.integer(UInt8(0))
        }
        writer.integer(answer.category.rawValue)
        writer.integer(UInt8(0))
        writer.integer(answer.processingMicroseconds)
        writer.blob(answer.payload)
        let eventType = answer.eventType.isEmpty ? nil : answer.eventType
        writer.optional(1, eventType, bytesMax: WireLimits.eventTypeBytesMax)
        writer.optional(2, detail, bytesMax: WireLimits.detailBytesMax)
        writer.optional(3, answer.problems)
    }
}
