import Config
import JSON
import Model
import Signing
import Wire

/// Questions of relays below us, signed with their keys: project states and public keys.
extension FrontDoor {
    /// Public keys, or project states, one request may ask for.
    static let keysMax = 10_000

    /// Checks the headers and reads the body. What this relay cannot answer is the upstream's: in
    /// proxy mode everything, and states by project id (version 1, which no state here is kept by).
    func beginRelayQuery(_ exchange: Exchange) {
        if settings.isForwarding, settings.mode == .proxy || version(exchange) == 1 {
            exchange.receiveBody(BodyPlan(limit: apiLimit, formats: []))
            return
        }
        let fields = exchange.head.fields
        if fields.relayID == nil {
            exchange.answer(.failure(401, "missing header: X-Sentry-Relay-Id"))
        } else if relayID(exchange) == nil {
            exchange.answer(.failure(401, "malformed header: X-Sentry-Relay-Id"))
        } else if fields.relaySignature == nil {
            exchange.answer(.failure(401, "missing header: X-Sentry-Relay-Signature"))
        } else if let formats = try? ContentCoding.formats(fields.contentEncodings) {
            exchange.receiveBody(BodyPlan(limit: apiLimit, formats: formats))
        } else {
            exchange.answer(.failure(400, "failed to decode request body"))
        }
    }

    private var apiLimit: BodyLimit {
        BodyLimit(settingName: "max_api_payload_size", bytes: settings.limits.maxAPIPayloadSize)
    }

    private func relayID(_ exchange: Exchange) -> String? {
        exchange.head.fields.relayID.flatMap { EventID($0) }?.hyphenated
    }

    /// The version a state question is asked in; 0 for key questions and versions nobody knows.
    private func version(_ exchange: Exchange) -> Int {
        guard exchange.route == .projectConfigs else { return 0 }
        guard let text = FormEncoding.text("version", in: exchange.head.target.query) else {
            return 1
        }
        return Int(text) ?? 0
    }

    /// Verifies the signature and answers the question.
    func finishRelayQuery(_ exchange: Exchange, _ body: [UInt8]) {
        if settings.isForwarding, settings.mode == .proxy || version(exchange) == 1 {
            finishForward(exchange, body)
            return
        }
        guard let id = relayID(exchange) else { return }
        flow.relayPublicKeys(
            GetRelayPublicKeys(relayIDs: [id]), deadline: settings.queryTimeout
        ) { [self] answer in
            guard let answer, let relay = answer.relays.first(where: { $0.relayID == id }) else {
                exchange.answer(Self.keysUnavailable)
                return
            }
            guard let text = relay.publicKey, let key = VerifyingKey(text) else {
                exchange.answer(
                    answer.isComplete ? .failure(401, "Unknown relay id") : Self.keysUnavailable)
                return
            }
            do throws(SignatureError) {
                let signature = exchange.head.fields.relaySignature ?? ""
                try key.verify(signature, body: body, now: wallClock())
            } catch {
                exchange.answer(
                    .failure(401, "invalid relay signature", causes: [Self.cause(error)]))
                return
            }
            if exchange.route == .publicKeys {
                answerPublicKeys(exchange, body)
            } else {
                answerProjectConfigs(exchange, body, relay)
            }
        }
    }

    private static let keysUnavailable = Answer.failure(
        503, "public keys of relays cannot be fetched now"
    ).with("retry-after", "1")

    private static func cause(_ error: SignatureError) -> String {
        switch error {
        case .malformed: "malformed signature"
        case .mismatch: "the signature does not match"
        case .missingTimestamp: "the signature states no time"
        case .expired(let ageSeconds): "the signature is \(ageSeconds) seconds old"
        case .inFuture(let aheadSeconds): "the signature is \(aheadSeconds) seconds in the future"
        }
    }

    // MARK: Public keys

    private func answerPublicKeys(_ exchange: Exchange, _ body: [UInt8]) {
        guard let request = try? JSONValue(parsing: body),
            let list = request["relay_ids"]?.arrayValue
        else {
            exchange.answer(.failure(400, "invalid JSON data", causes: ["relay_ids is required"]))
            return
        }
        guard list.count <= Self.keysMax else {
            exchange.answer(
                .failure(
                    413, "too many relay ids", causes: ["at most \(Self.keysMax) are answered"]))
            return
        }
        let asked = list.compactMap(\.stringValue)
        let ids = asked.compactMap { EventID($0)?.hyphenated }
        flow.relayPublicKeys(
            GetRelayPublicKeys(relayIDs: ids), deadline: settings.queryTimeout
        ) { answer in
            guard let answer, answer.isComplete else {
                exchange.answer(Self.keysUnavailable)
                return
            }
            var known: [String: RelayPublicKey] = [:]
            for relay in answer.relays { known[relay.relayID] = relay }
            let relays = asked.map { EventID($0).flatMap { known[$0.hyphenated] } }
            // `public_keys` is the form of 2019, `relays` today's.
            let keys = zip(asked, relays).map { id, relay in
                (id, relay?.publicKey.map { JSONValue.string($0) } ?? .null)
            }
            let details = zip(asked, relays).map { id, relay -> (String, JSONValue) in
                guard let relay, let key = relay.publicKey else { return (id, .null) }
                return (
                    id,
                    .object([("publicKey", .string(key)), ("internal", .bool(relay.isInternal))])
                )
            }
            let value = JSONValue.object([
                ("public_keys", .object(keys)), ("relays", .object(details)),
            ])
            exchange.answer(
                Answer(
                    status: 200, contentType: Answer.jsonType, body: .bytes(value.serialized())))
        }
    }

    // MARK: Project states

    private func answerProjectConfigs(
        _ exchange: Exchange, _ body: [UInt8], _ relay: RelayPublicKey
    ) {
        let version = version(exchange)
        guard version == 2 || version == 3 else {
            exchange.answer(
                .failure(400, "unsupported version", causes: ["versions 2 and 3 are answered"]))
            return
        }
        guard let request = try? JSONValue(parsing: body),
            let list = request["publicKeys"]?.arrayValue
        else {
            exchange.answer(.failure(400, "invalid JSON data", causes: ["publicKeys is required"]))
            return
        }
        guard list.count <= Self.keysMax else {
            exchange.answer(
                .failure(
                    413, "too many public keys", causes: ["at most \(Self.keysMax) are answered"]))
            return
        }
        let gathering = ProjectConfigGathering(
            keys: list.compactMap(\.stringValue), version: version,
            isFull: relay.isInternal && (request["fullConfig"]?.boolValue ?? false),
            isGlobalWanted: request["global"]?.boolValue ?? false, relay: relay)
        let isCacheBypassed = request["noCache"]?.boolValue ?? false
        // Both sides give up waiting for HTTP answers after `http.timeout`, 5 seconds by default.
        let deadline = min(settings.queryTimeout, .seconds(3))
        for (position, text) in gathering.keys.enumerated() {
            guard let key = ProjectKey(text) else {
                gathering.take(nil, at: position, isKnown: true)
                continue
            }
            let question = GetProjectState(
                projectKey: key, freshness: .fetched, isCacheBypassed: isCacheBypassed)
            flow.projectState(question, deadline: deadline) { [self] answer in
                gathering.take(answer, at: position, isKnown: false)
                if gathering.isComplete { exchange.answer(gathering.answer(document)) }
            }
        }
        if gathering.keys.isEmpty || gathering.isComplete {
            exchange.answer(gathering.answer(document))
        }
    }
}
