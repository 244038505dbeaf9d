/// Content encoding of requests to upstream.
public enum UpstreamEncoding: String, Hashable, Sendable, CaseIterable {
    case identity
    case deflate
    case gzip
    case brotli = "br"
    case zstd
}

extension RelayConfig {
    /// Section `http`: the way to upstream, and who is believed about the client's address.
    public struct HTTP: Hashable, Sendable {
        /// From the request's end to the response's headers.
        public var timeout = Duration.seconds(5)
        /// For name resolution, TCP and TLS together.
        public var connectionTimeout = Duration.seconds(3)
        /// Longest pause between two attempts.
        public var maxRetryInterval = Duration.seconds(60)
        /// First pause between two attempts.
        public var retryDelay = Duration.seconds(1)
        /// `Host` header towards upstream; nil is the upstream's own name.
        public var hostHeader: String?
        /// How often a registered relay registers again; nil is never.
        public var authInterval: Duration? = .seconds(600)
        /// Network failures for this long make an outage.
        public var outageGracePeriod = Duration.seconds(10)
        /// A project state that cannot be fetched for this long counts as failed in health and logs.
        public var projectFailureInterval = Duration.seconds(90)
        /// Encoding of envelopes sent upstream.
        public var encoding = UpstreamEncoding.gzip
        /// Whether requests to unknown `/api/` paths are forwarded to upstream.
        public var isForwardingEnabled = true
        /// Whose `X-Forwarded-For` decides about the client's address.
        public var trustedProxies = TrustedProxies.any

        public init() {}
    }
}
