/// Address of an upstream: scheme, host and port. A path is refused, because every endpoint is below
/// `/api/` of the root.
public struct UpstreamURL: Hashable, Sendable, CustomStringConvertible {
    /// Whether the connection is encrypted (`https`).
    public var isSecure: Bool
    /// A name or an address; IPv6 without brackets.
    public var host: String
    public var port: UInt16

    /// Where Sentry takes events.
    public static let sentry = UpstreamURL(isSecure: true, host: "sentry.io", port: 443)

    /// An address from its parts.
    public init(isSecure: Bool, host: String, port: UInt16) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
    }

    /// Why a text is no upstream address.
    public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        case scheme
        case host
        case port
        case credentials
        case path

        public var description: String {
            switch self {
            case .scheme: "must start with http:// or https://"
            case .host: "must name a host"
            case .port: "must have a port between 1 and 65535"
            case .credentials: "must not contain a user name or password"
            case .path: "must not contain a path, query or fragment"
            }
        }
    }

    /// Reads `scheme://host[:port][/]`.
    public init(_ text: some StringProtocol) throws(Problem) {
        let lowered = text.lowercased()
        let isSecure: Bool
        var rest: Substring
        if lowered.hasPrefix("https://") {
            isSecure = true
            rest = lowered.dropFirst(8)
        } else if lowered.hasPrefix("http://") {
            isSecure = false
            rest = lowered.dropFirst(7)
        } else {
            throw .scheme
        }
        if rest.hasSuffix("/") { rest.removeLast() }
        guard !rest.contains(where: { "/?#\\".contains($0) }) else { throw .path }
        guard !rest.contains("@") else { throw .credentials }
        let (host, port) = try Self.split(rest)
        self.init(isSecure: isSecure, host: host, port: port ?? (isSecure ? 443 : 80))
    }

    private static func split(_ text: Substring) throws(Problem) -> (String, UInt16?) {
        let host: Substring
        var portText: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .host }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":") else { throw .host }
                portText = rest.dropFirst()
            }
            guard host.contains(":"), IPAddress(host) != nil else { throw .host }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        } else {
            host = text
        }
        let isClean = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "%") }
        guard !host.isEmpty, host.utf8.count <= 253, isClean else { throw .host }
        guard let portText else { return (String(host), nil) }
        guard let port = UInt16(portText), port > 0 else { throw .port }
        return (String(host), port)
    }

    /// The host as it stands in a URL or `Host` header: IPv6 in brackets.
    public var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }

    /// `host`, or `host:port` when the port is not the scheme's own: the `Host` header.
    public var hostHeader: String {
        port == (isSecure ? 443 : 80) ? bracketedHost : "\(bracketedHost):\(port)"
    }

    /// `scheme://host[:port]/`
    public var description: String { "\(isSecure ? "https" : "http")://\(hostHeader)/" }
}
