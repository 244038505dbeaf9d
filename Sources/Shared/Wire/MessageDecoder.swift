import Model

/// Reads the payload of each message, as `docs/PROTOCOL.md` specifies it. Unknown optional fields
/// are skipped; anything else that is not understood is an error.
enum MessageDecoder {
    static func decode(
        _ type: MessageType, _ payload: UnsafeRawBufferPointer
    ) throws(WireError) -> Message {
        var reader = WireReader(payload)
        switch type {
        case .ping: return try empty(.ping, &reader)
        case .pong: return try empty(.pong, &reader)
        case .drain: return try empty(.drain, &reader)
        case .getStatus: return try empty(.getStatus, &reader)
        case .hello: return .hello(try hello(&reader))
        case .getProject: return .getProject(try getProject(&reader))
        case .project: return .project(try project(&reader))
        case .getProjectState: return .getProjectState(try getProjectState(&reader))
        case .projectState: return .projectState(try projectState(&reader))
        case .getEventAction: return .getEventAction(try getEventAction(&reader))
        case .eventAction: return .eventAction(try eventAction(&reader))
        case .updateRateLimits: return .updateRateLimits(try updateRateLimits(&reader))
        case .getRelayPublicKeys: return .getRelayPublicKeys(try getRelayPublicKeys(&reader))
        case .relayPublicKeys: return .relayPublicKeys(try relayPublicKeys(&reader))
        case .status: return .status(try status(&reader))
        case .getProjectKeys: return .getProjectKeys(try getProjectKeys(&reader))
        case .projectKeys: return .projectKeys(try projectKeys(&reader))
        case .projectConfiguration:
            return .projectConfiguration(try projectConfiguration(&reader))
        case .forgetConfiguration:
            let forget = ForgetConfiguration(revision: try reader.integer("revision"))
            return try empty(.forgetConfiguration(forget), &reader)
        case .processEvent:
            let view = try ProcessEventView(payload)
            return .processEvent(view.event(payload: Array(view.payload)[...]))
        case .eventProcessed: return .eventProcessed(try eventProcessed(&reader))
        case .grantCredits:
            let grant = GrantCredits(credits: try reader.integer("credits"))
            return try empty(.grantCredits(grant), &reader)
        }
    }

    /// A message without (further) known fields.
    private static func empty(
        _ message: Message, _ reader: inout WireReader
    ) throws(WireError) -> Message {
        try skipOptionals(&reader)
        return message
    }

    private static func skipOptionals(_ reader: inout WireReader) throws(WireError) {
        while try reader.nextOptional() != nil {}
    }

    private static func hello(_ reader: inout WireReader) throws(WireError) -> Hello {
        let versionMin: UInt8 = try reader.integer("version min")
        let versionMax: UInt8 = try reader.integer("version max")
        guard let role = PeerRole(rawValue: try reader.integer("role")) else {
            throw .invalidValue(field: "role")
        }
        _ = try reader.integer("reserved", as: UInt8.self)
        let payloadBytesMax: UInt32 = try reader.integer("payload bytes max")
        let credits: UInt32 = try reader.integer("credits")
        var hello = Hello(
            versionMax: versionMax, versionMin: versionMin, role: role,
            payloadBytesMax: payloadBytesMax, credits: credits)
        while let (tag, value) = try reader.nextOptional() {
            guard tag == 1 else { continue }
            hello.instance = try value.text("instance", bytesMax: WireLimits.instanceBytesMax)
        }
        return hello
    }

    private static func getProject(_ reader: inout WireReader) throws(WireError) -> GetProject {
        let question = GetProject(projectKey: try reader.projectKey())
        try skipOptionals(&reader)
        return question
    }

    private static func project(_ reader: inout WireReader) throws(WireError) -> ProjectAnswer {
        var answer = ProjectAnswer(projectID: nil)
        while let (tag, value) = try reader.nextOptional() {
            guard tag == 1 else { continue }
            answer.projectID = ProjectID(rawValue: try value.integer("project id"))
        }
        return answer
    }

    private static func freshness(
        _ reader: inout WireReader
    ) throws(WireError) -> StateFreshness {
        guard let freshness = StateFreshness(rawValue: try reader.integer("freshness")) else {
            throw .invalidValue(field: "freshness")
        }
        return freshness
    }

    private static func getProjectState(
        _ reader: inout WireReader
    ) throws(WireError) -> GetProjectState {
        let key = try reader.projectKey()
        let freshness = try freshness(&reader)
        let bits: UInt8 = try reader.integer("bits")
        try skipOptionals(&reader)
        return GetProjectState(
            projectKey: key, freshness: freshness, isCacheBypassed: bits & 1 != 0)
    }

    private static func projectState(
        _ reader: inout WireReader
    ) throws(WireError) -> ProjectStateAnswer {
        guard let status = ProjectStatus(rawValue: try reader.integer("status")) else {
            throw .invalidValue(field: "status")
        }
        let bits: UInt8 = try reader.integer("bits")
        let revision: UInt64 = try reader.integer("revision")
        var answer = ProjectStateAnswer(
            status: status, revision: revision, projectID: nil, organizationID: nil,
            isStale: bits & 1 != 0, state: Array(try reader.blob("state")))
        while let (tag, value) = try reader.nextOptional() {
            switch tag {
            case 1: answer.projectID = ProjectID(rawValue: try value.integer("project id"))
            case 2: answer.organizationID = try value.integer("organization id")
            default: break
            }
        }
        return answer
    }

    private static func getEventAction(
        _ reader: inout WireReader
    ) throws(WireError) -> GetEventAction {
        let key = try reader.projectKey()
        let freshness = try freshness(&reader)
        let bits: UInt8 = try reader.integer("bits")
        var question = GetEventAction(
            projectKey: key, projectID: nil, origin: nil, freshness: freshness,
            isCacheBypassed: bits & 1 != 0)
        while let (tag, value) = try reader.nextOptional() {
            switch tag {
            case 1: question.projectID = ProjectID(rawValue: try value.integer("project id"))
            case 2:
                question.origin = try value.text("origin", bytesMax: WireLimits.textBytesMax)
            default: break
            }
        }
        return question
    }

    private static func eventAction(
        _ reader: inout WireReader
    ) throws(WireError) -> EventActionAnswer {
        let verdictCode: UInt8 = try reader.integer("verdict")
        let reasonCode: UInt8 = try reader.integer("reason")
        let verdict: EventActionVerdict
        switch verdictCode {
        case 0: verdict = .accept
        case 1: verdict = .discard(DiscardReason(rawValue: reasonCode) ?? .internal)
        case 2: verdict = .retryAfter
        default: throw .invalidValue(field: "verdict")
        }
        let revision: UInt64 = try reader.integer("revision")
        var answer = EventActionAnswer(
            verdict: verdict, rateLimits: try rateLimits(&reader), revision: revision,
            projectID: nil)
        while let (tag, value) = try reader.nextOptional() {
            guard tag == 1 else { continue }
            answer.projectID = ProjectID(rawValue: try value.integer("project id"))
        }
        return answer
    }

    private static func rateLimits(
        _ reader: inout WireReader
    ) throws(WireError) -> [RateLimitAnswer] {
        let count = try reader.count("rate limits", max: WireLimits.rateLimitsMax, bytesEach: 20)
        var limits: [RateLimitAnswer] = []
        limits.reserveCapacity(count)
        for _ in 0..<count {
            guard let scope = RateLimitScope(rawValue: try reader.integer("scope")) else {
                throw .invalidValue(field: "scope")
            }
            let bits: UInt8 = try reader.integer("bits")
            let categories: UInt64 = try reader.integer("categories")
            let nanoseconds: Int64 = try reader.integer("remaining")
            let reason = try reader.shortText(
                "reason code", bytesMax: WireLimits.reasonCodeBytesMax)
            limits.append(
                RateLimitAnswer(
                    scope: scope, categories: DataCategories(bits: categories),
                    reasonCode: bits & 1 != 0 ? reason : nil,
                    remaining: .nanoseconds(nanoseconds)))
        }
        return limits
    }

    private static func updateRateLimits(
        _ reader: inout WireReader
    ) throws(WireError) -> UpdateRateLimits {
        let key = try reader.projectKey()
        let limits = try rateLimits(&reader)
        try skipOptionals(&reader)
        return UpdateRateLimits(projectKey: key, rateLimits: limits)
    }

    private static func getProjectKeys(
        _ reader: inout WireReader
    ) throws(WireError) -> GetProjectKeys {
        let count = try reader.count("project ids", max: WireLimits.projectIDsMax, bytesEach: 8)
        var ids: [ProjectID] = []
        ids.reserveCapacity(count)
        for _ in 0..<count { ids.append(ProjectID(rawValue: try reader.integer("project id"))) }
        try skipOptionals(&reader)
        return GetProjectKeys(projectIDs: ids)
    }

    private static func projectKeys(
        _ reader: inout WireReader
    ) throws(WireError) -> ProjectKeysAnswer {
        let count = try reader.count("project keys", max: WireLimits.projectIDsMax, bytesEach: 17)
        var keys: [ProjectKey?] = []
        keys.reserveCapacity(count)
        for _ in 0..<count {
            let bits: UInt8 = try reader.integer("bits")
            let key = try reader.projectKey()
            keys.append(bits & 1 != 0 ? key : nil)
        }
        try skipOptionals(&reader)
        return ProjectKeysAnswer(keys: keys)
    }

    private static func getRelayPublicKeys(
        _ reader: inout WireReader
    ) throws(WireError) -> GetRelayPublicKeys {
        let count = try reader.count("relay ids", max: WireLimits.relayIDsMax, bytesEach: 2)
        var ids: [String] = []
        ids.reserveCapacity(count)
        for _ in 0..<count {
            ids.append(try reader.shortText("relay id", bytesMax: WireLimits.relayIDBytesMax))
        }
        try skipOptionals(&reader)
        return GetRelayPublicKeys(relayIDs: ids)
    }

    private static func relayPublicKeys(
        _ reader: inout WireReader
    ) throws(WireError) -> RelayPublicKeysAnswer {
        let isComplete = try reader.integer("bits", as: UInt8.self) & 1 != 0
        let count = try reader.count("relays", max: WireLimits.relayIDsMax, bytesEach: 5)
        var relays: [RelayPublicKey] = []
        relays.reserveCapacity(count)
        for _ in 0..<count {
            let bits: UInt8 = try reader.integer("bits")
            let id = try reader.shortText("relay id", bytesMax: WireLimits.relayIDBytesMax)
            let key = try reader.shortText("public key", bytesMax: WireLimits.publicKeyBytesMax)
            relays.append(
                RelayPublicKey(
                    relayID: id, publicKey: bits & 2 != 0 ? key : nil, isInternal: bits & 1 != 0))
        }
        try skipOptionals(&reader)
        return RelayPublicKeysAnswer(relays: relays, isComplete: isComplete)
    }

    private static func status(_ reader: inout WireReader) throws(WireError) -> ProjectsStatus {
        let bits: UInt8 = try reader.integer("bits")
        var status = ProjectsStatus(
            isAuthenticated: bits & 1 != 0, isDenied: bits & 2 != 0,
            isUpstreamDown: bits & 4 != 0, isReady: bits & 8 != 0)
        while let (tag, value) = try reader.nextOptional() {
            switch tag {
            case 1:
                status.relayID = try value.text("relay id", bytesMax: WireLimits.relayIDBytesMax)
            case 2: status.figures = try value.figures()
            default: break
            }
        }
        return status
    }

    private static func projectConfiguration(
        _ reader: inout WireReader
    ) throws(WireError) -> ProjectConfiguration {
        let revision: UInt64 = try reader.integer("revision")
        var configuration = ProjectConfiguration(
            revision: revision, projectID: nil, state: Array(try reader.blob("state")))
        while let (tag, value) = try reader.nextOptional() {
            guard tag == 1 else { continue }
            configuration.projectID = ProjectID(rawValue: try value.integer("project id"))
        }
        return configuration
    }

    private static func eventProcessed(
        _ reader: inout WireReader
    ) throws(WireError) -> EventProcessed {
        let verdictCode: UInt8 = try reader.integer("verdict")
        let reasonCode: UInt8 = try reader.integer("reason")
        let category: UInt8 = try reader.integer("category")
        _ = try reader.integer("reserved", as: UInt8.self)
        let microseconds: UInt32 = try reader.integer("processing microseconds")
        let payload = Array(try reader.blob("payload"))
        var eventType = ""
        var detail = ""
        var problems: ScrubbingProblems?
        while let (tag, value) = try reader.nextOptional() {
            switch tag {
            case 1:
                eventType = try value.text("event type", bytesMax: WireLimits.eventTypeBytesMax)
            case 2: detail = try value.text("detail", bytesMax: WireLimits.detailBytesMax)
            case 3: problems = try value.problems()
            default: break
            }
        }
        let verdict: EventVerdict
        switch verdictCode {
        case 1: verdict = .processed
        case 2:
            verdict = .rejected(DiscardReason(rawValue: reasonCode) ?? .internal, detail: detail)
        case 3: verdict = .unknownRevision
        default: throw .invalidValue(field: "verdict")
        }
        return EventProcessed(
            verdict: verdict, category: DataCategory(rawValue: category) ?? .default,
            eventType: eventType, payload: payload, processingMicroseconds: microseconds,
            problems: problems)
    }
}
