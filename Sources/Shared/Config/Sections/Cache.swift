extension RelayConfig {
    /// Section `cache`: project states, and envelopes waiting in memory.
    public struct Cache: Hashable, Sendable {
        /// Ask upstream for full states (internal relays only).
        public var isFullProjectConfigRequested = false
        /// A state older than this is stale.
        public var projectExpiry = Duration.seconds(300)
        /// A stale state stays in use for this long while one refetch runs.
        public var projectGracePeriod = Duration.seconds(120)
        /// Refetches states in use this often, before they are stale; nil: only when asked for.
        public var projectRefreshInterval: Duration?
        /// Public keys of relays below us.
        public var relayExpiry = Duration.seconds(3600)
        /// An envelope that could not be delivered for this long is given up.
        public var envelopeExpiry = Duration.seconds(600)
        /// Most envelopes waiting; nil is bounded by bytes only, 0 accepts none.
        public var envelopeBufferSize: Int?
        /// Most bytes of envelopes accepted and not yet delivered, in memory.
        public var envelopeBufferBytes = 256 << 20
        /// Answers that a project or key does not exist.
        public var missExpiry = Duration.seconds(60)
        /// Keys asked for within this time go upstream in one request.
        public var batchInterval = Duration.milliseconds(100)
        /// The same for public keys of relays below us.
        public var downstreamRelaysBatchInterval = Duration.milliseconds(100)
        /// Most keys in one request.
        public var batchSize = 500
        /// How often the local project files are looked at.
        public var fileInterval = Duration.seconds(10)
        /// How often project objects nobody asks for are looked for.
        public var evictionInterval = Duration.seconds(60)
        /// How often the global configuration is fetched.
        public var globalConfigFetchInterval = Duration.seconds(10)

        public init() {}
    }

    /// Section `spool`: envelopes waiting on disk.
    public struct Spool: Hashable, Sendable {
        public var envelopes = Envelopes()

        /// `spool.envelopes`
        public struct Envelopes: Hashable, Sendable {
            /// File or folder of the spool; nil keeps accepted envelopes in memory.
            public var path: String?
            /// Most bytes on disk.
            public var maxDiskSize = 500 << 20
            /// An envelope older than this is given up.
            public var maxEnvelopeDelay = Duration.seconds(86_400)

            public init() {}
        }

        public init() {}
    }
}
