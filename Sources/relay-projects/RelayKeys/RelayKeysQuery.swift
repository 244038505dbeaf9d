import JSON
import Wire

/// The question for public keys of relays: `POST /api/0/relays/publickeys/`.
public enum RelayKeysQuery {
    public static let path = "/api/0/relays/publickeys/"

    /// The body.
    public static func body(relayIDs: [String]) -> [UInt8] {
        JSONValue.object([("relay_ids", .array(relayIDs.map { .string($0) }))]).serialized()
    }

    /// Reads the answer: `relays{id:{publicKey,internal}}` of today, or `public_keys{id:key}` of
    /// 2019. One entry for each id asked for; without a key where upstream knows none.
    public static func read(
        _ body: [UInt8], relayIDs: [String]
    ) throws(UpstreamAnswerError) -> [RelayPublicKey] {
        let answer: JSONValue
        do {
            answer = try JSONValue(
                parsing: body, limits: JSONLimits(depthMax: 16, nodesMax: 1 << 18))
        } catch {
            throw .json(error)
        }
        let relays = answer["relays"]?.objectValue
        let keys = answer["public_keys"]?.objectValue
        guard relays != nil || keys != nil else { throw .unexpectedShape("relays") }
        var found: [String: RelayPublicKey] = [:]
        for (id, key) in keys ?? [] {
            found[id.lowercased()] = RelayPublicKey(
                relayID: id.lowercased(), publicKey: usable(key.stringValue), isInternal: false)
        }
        for (id, relay) in relays ?? [] {
            found[id.lowercased()] = RelayPublicKey(
                relayID: id.lowercased(), publicKey: usable(relay["publicKey"]?.stringValue),
                isInternal: relay["internal"]?.boolValue ?? false)
        }
        return relayIDs.map {
            found[$0] ?? RelayPublicKey(relayID: $0, publicKey: nil, isInternal: false)
        }
    }

    /// A public key has 43 characters; other texts would only be refused later.
    private static func usable(_ key: String?) -> String? {
        guard let key, key.utf8.count == 43 else { return nil }
        return key
    }
}
