import Config
import Model
import Signing
import Wire

/// Questions of relays below us, signed with their keys: project states and public keys.
extension FrontDoor {
    /// Public keys, or project states, one request may ask for.
    static let keysMax = 10_000

    /// Checks the headers and reads the body. In proxy mode all questions are the upstream's.
    func beginRelayQuery(_ exchange: Exchange) {
        if settings.isForwarding, settings.mode == .proxy {
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

    /// Verifies the signature and answers the question.
    func finishRelayQuery(_ exchange: Exchange, _ body: [UInt8]) {
        if settings.isForwarding, settings.mode == .proxy {
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
            let signature = exchange.head.fields.relaySignature ?? ""
            do throws(SignatureError) {
                try key.verify(signature, body: body, now: wallClock())
            } catch {
                exchange.answer(
                    .failure(401, "invalid relay signature", causes: [Self.cause(error)]))
                return
            }
            guard seenSignatures.isFirstUse(signature, now: now) else {
                exchange.answer(
                    .failure(
                        401, "invalid relay signature",
                        causes: ["the signature was used before: each is good for one request"]))
                return
            }
            if exchange.route == .publicKeys {
                answerPublicKeys(exchange, body)
            } else {
                answerProjectConfigs(exchange, body, relay)
            }
        }
    }

    static let keysUnavailable = Answer.failure(
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
}
