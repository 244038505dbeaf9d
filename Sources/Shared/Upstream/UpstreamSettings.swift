import Compression

/// Where the upstream is and how it is talked to.
public struct UpstreamSettings: Hashable, Sendable {
    /// Whether TLS is used.
    public var isSecure = true
    /// A name or an address; IPv6 without brackets.
    public var host: String
    public var port: UInt16
    /// The `Host` header (`http.host_header`, or else the upstream's own).
    public var hostHeader: String
    /// For name resolution, TCP and TLS together (`http.connection_timeout`).
    public var connectTimeout = Duration.seconds(3)
    /// From the request's end to the response's head, and the longest pause within the response
    /// (`http.timeout`).
    public var responseTimeout = Duration.seconds(5)
    /// Requests that are on their way at the same time (`limits.max_concurrent_requests`).
    public var requestsMax = 100
    /// Requests that wait for their turn; more are refused.
    public var queueMax = 1000
    /// How compressed requests are encoded (`http.encoding`); nil is not at all.
    public var encoding: CompressionEncoding? = .gzip
    /// An idle connection is kept this long for a next request.
    public var idleTimeout = Duration.seconds(30)
    /// A file with CA certificates in PEM form; nil trusts the system's.
    public var certificateAuthorityFile: String?

    /// Settings for an upstream, with the defaults of Relay.
    public init(isSecure: Bool, host: String, port: UInt16, hostHeader: String? = nil) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        let bracketed = host.contains(":") ? "[\(host)]" : host
        self.hostHeader =
            hostHeader ?? (port == (isSecure ? 443 : 80) ? bracketed : "\(bracketed):\(port)")
    }
}
