/// Where and how metrics are sent.
public struct StatsdSettings: Hashable, Sendable {
    /// Host name or address of the server.
    public var host: String
    public var port: UInt16
    /// Stands before each name.
    public var prefix: String
    /// Stand on every line.
    public var tags: [MetricTag]
    /// Name of the tag that carries the host's name; nil for none.
    public var hostnameTag: String?
    /// Time between two reports.
    public var interval: Duration

    /// The port of statsd servers.
    public static let portDefault: UInt16 = 8125

    /// Settings for a server.
    /// - Parameter address: `host`, `host:port`, or `[address]:port`; nil when it is none of them.
    public init?(
        address: String, prefix: String = "", tags: [MetricTag] = [], hostnameTag: String? = nil,
        interval: Duration = .seconds(5)
    ) {
        guard let (host, port) = Self.parts(address) else { return nil }
        self.host = host
        self.port = port
        self.prefix = prefix
        self.tags = tags
        self.hostnameTag = hostnameTag
        self.interval = interval
    }

    private static func parts(_ address: String) -> (String, UInt16)? {
        if address.hasPrefix("[") {
            guard let end = address.lastIndex(of: "]") else { return nil }
            let host = String(address[address.index(after: address.startIndex)..<end])
            let rest = address[address.index(after: end)...]
            if rest.isEmpty { return host.isEmpty ? nil : (host, portDefault) }
            guard !host.isEmpty, rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0
            else { return nil }
            return (host, port)
        }
        let parts = address.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty else { return nil }
        switch parts.count {
        case 1: return (String(host), portDefault)
        case 2:
            guard let port = UInt16(parts[1]), port > 0 else { return nil }
            return (String(host), port)
        default:
            // An IPv6 address without a port.
            return (address, portDefault)
        }
    }
}
