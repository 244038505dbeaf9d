import JSON
import Model

/// The question for project states: `POST /api/0/relays/projectconfigs/?version=3`.
public enum ProjectConfigsRequest {
    /// Version 3 is asked for; older upstreams answer as version 2 or 1, which is understood.
    public static let path = "/api/0/relays/projectconfigs/?version=3"

    /// The body.
    ///
    /// - Parameter isFullConfig: asks for everything in a state; upstream obeys for internal relays.
    /// - Parameter isBypassing: asks past upstream's cache (`no-cache` keys).
    public static func body(
        keys: [ProjectKey], isFullConfig: Bool, isBypassing: Bool
    ) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(keys.count * 35 + 64)
        body += Array("{\"publicKeys\":[".utf8)
        for (position, key) in keys.enumerated() {
            if position > 0 { body.append(UInt8(ascii: ",")) }
            body.append(UInt8(ascii: "\""))
            body += Array(key.description.utf8)
            body.append(UInt8(ascii: "\""))
        }
        body += Array("],\"fullConfig\":\(isFullConfig),\"noCache\":\(isBypassing)}".utf8)
        return body
    }
}
