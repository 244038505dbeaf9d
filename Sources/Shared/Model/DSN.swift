/// A client key: `scheme://publickey[:secret]@host[:port][/path]/project`.
public struct DSN: Hashable, Sendable, CustomStringConvertible {
    /// The schemes a DSN can have.
    public enum Scheme: String, Sendable, CaseIterable {
        case http, https

        /// The port when none is stated.
        public var defaultPort: UInt16 { self == .http ? 80 : 443 }
    }

    public var scheme: Scheme
    public var projectKey: ProjectKey
    /// Host name or address (IPv6 in brackets), lower case.
    public var host: String
    /// Stated or the scheme's default.
    public var port: UInt16
    /// Path before the project id, with slashes at both ends; `/` without one.
    public var path: String
    public var projectID: ProjectID

    /// A DSN from its parts.
    public init(
        scheme: Scheme, projectKey: ProjectKey, host: String, port: UInt16? = nil,
        path: String = "/", projectID: ProjectID
    ) {
        self.scheme = scheme
        self.projectKey = projectKey
        self.host = host
        self.port = port ?? scheme.defaultPort
        self.path = path
        self.projectID = projectID
    }

    /// Reads a DSN; nil for anything else. A secret is ignored: it has no meaning any more.
    public init?(_ text: String) {
        guard text.utf8.count <= 1024, let schemeEnd = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<schemeEnd.lowerBound].lowercased())
        else { return nil }
        let rest = text[schemeEnd.upperBound...]
        guard let at = rest.firstIndex(of: "@") else { return nil }
        let user = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let keyText = user.first, let key = ProjectKey(keyText) else { return nil }
        let address = rest[rest.index(after: at)...]
        guard let slash = address.firstIndex(of: "/"),
            let (host, port) = Self.hostAndPort(address[..<slash])
        else { return nil }
        var segments = address[slash...].split(separator: "/")
        guard let last = segments.popLast(),
            let project = ProjectID(last.prefix { $0 != "?" && $0 != "#" })
        else { return nil }
        self.init(
            scheme: scheme, projectKey: key, host: host, port: port,
            path: segments.isEmpty ? "/" : "/" + segments.joined(separator: "/") + "/",
            projectID: project)
    }

    /// The parts of `host[:port]`; nil when the port is no number or the host is none.
    private static func hostAndPort(_ text: Substring) -> (String, UInt16?)? {
        let bracket = text.lastIndex(of: "]") ?? text.startIndex
        guard let colon = text[bracket...].lastIndex(of: ":") else {
            return isHost(text) ? (text.lowercased(), nil) : nil
        }
        let host = text[..<colon]
        guard isHost(host), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        return (host.lowercased(), port)
    }

    /// Whether a text can be the host of a URL: an IPv6 address in brackets, or anything without
    /// the characters that the URL standard forbids in a host.
    private static func isHost(_ text: Substring) -> Bool {
        if text.utf8.first == UInt8(ascii: "[") {
            let inside = text.utf8.dropFirst().dropLast()
            return text.utf8.last == UInt8(ascii: "]") && !inside.isEmpty
                && inside.allSatisfy { byte in
                    Hexadecimal.value(of: byte) != nil || byte == UInt8(ascii: ":")
                        || byte == UInt8(ascii: ".")
                }
        }
        return !text.isEmpty
            && text.utf8.allSatisfy { byte in
                byte > 0x20 && byte != 0x7f && !forbiddenInHost.contains(byte)
            }
    }

    private static let forbiddenInHost = Array("#/:<>?@[\\]^|%".utf8)

    /// The DSN without a secret, in its shortest form.
    public var description: String {
        let portText = port == scheme.defaultPort ? "" : ":\(port)"
        return "\(scheme.rawValue)://\(projectKey)@\(host)\(portText)\(path)\(projectID)"
    }

    /// The form that relays write into envelope headers, with an empty secret as the original has
    /// it.
    public var headerText: String {
        let portText = port == scheme.defaultPort ? "" : ":\(port)"
        return "\(scheme.rawValue)://\(projectKey):@\(host)\(portText)\(path)\(projectID)"
    }
}
