import JSON
import Model
import Wire

/// `POST /api/0/relays/publickeys/`: the public keys of other relays, for relays below us.
extension FrontDoor {
    /// Answers with the keys that are known; the rest is null.
    func answerPublicKeys(_ exchange: Exchange, _ body: [UInt8]) {
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
}
