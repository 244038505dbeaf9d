/// A pattern of origins (`allowedDomains`, sources of CSP filters): scheme, domain and port, each of
/// which may be anything.
///
/// Forms: `*`, `example.com`, `*.example.com` (the domain itself and all below it), `*:8080`,
/// `https://example.com:8443`, `http://*`. Case does not matter; a path is ignored.
public struct OriginPattern: Hashable, Sendable {
    /// Nil matches any.
    public let scheme: String?
    /// Nil matches any; a leading `*` stands for any prefix.
    public let domain: String?
    /// Nil matches any.
    public let port: String?

    /// Reads a pattern.
    public init(_ text: some StringProtocol) {
        self.init(Substring(text), isURL: false)
    }

    /// Reads the origin of a URL, as browsers understand it: its authority also ends at `?`, `#` and
    /// `\`, and the host begins after the last `@`. What a client puts there to look like an allowed
    /// domain is no part of the domain.
    public init(url: some StringProtocol) {
        self.init(Substring(url), isURL: true)
    }

    private init(_ text: Substring, isURL: Bool) {
        var rest = text
        if let range = rest.firstRange(of: "://") {
            scheme = Self.component(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        } else {
            scheme = nil
        }
        var authority = rest.prefix { $0 != "/" && !(isURL && "?#\\".contains($0)) }
        if isURL, let at = authority.lastIndex(of: "@") {
            authority = authority[authority.index(after: at)...]
        }
        let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority[bracket...].lastIndex(of: ":") {
            domain = Self.component(authority[..<colon])
            port = Self.component(authority[authority.index(after: colon)...])
        } else {
            domain = Self.component(authority)
            port = nil
        }
    }

    private static func component(_ text: Substring) -> String? {
        text == "*" ? nil : text.lowercased()
    }

    /// Whether the pattern is `*` alone.
    public var matchesAnything: Bool { scheme == nil && domain == nil && port == nil }

    /// Whether the origin of a URL is covered.
    public func matches(_ origin: OriginPattern) -> Bool {
        if let scheme, origin.scheme != scheme { return false }
        if let port, origin.port != port { return false }
        guard let domain, origin.domain != domain else { return true }
        guard domain.utf8.first == UInt8(ascii: "*"), let stated = origin.domain else {
            return false
        }
        let suffix = domain.dropFirst()
        return stated.hasSuffix(suffix)
            || (suffix.first == "." && stated == suffix.dropFirst())
    }

    /// Whether one of the patterns covers a URL. Without a URL only `*` does.
    public static func anyMatches(_ patterns: [OriginPattern], url: String?) -> Bool {
        if patterns.contains(where: \.matchesAnything) { return true }
        guard let url else { return false }
        let origin = OriginPattern(url: url)
        return patterns.contains { $0.matches(origin) }
    }
}
