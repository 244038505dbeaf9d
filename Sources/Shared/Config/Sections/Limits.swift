/// Which of two rate limits with the same scope and categories stays.
public enum RateLimitConflict: String, Hashable, Sendable, CaseIterable {
    /// The one that expires sooner.
    case sooner
    /// The one that expires later.
    case later
}

extension RelayConfig {
    /// Section `limits`. Sizes are bytes of decoded content.
    public struct Limits: Hashable, Sendable {
        // Requests
        public var maxConcurrentRequests = 100
        public var maxConcurrentQueries = 5
        /// Most time for one question to upstream, all attempts together.
        public var queryTimeout = Duration.seconds(30)

        // Sizes
        public var maxEventSize = 1 << 20
        public var maxAttachmentSize = 200 << 20
        public var maxAttachmentsSize = 200 << 20
        public var maxAttachmentCount = 30
        public var maxEnvelopeSize = 200 << 20
        /// Most items in one envelope.
        public var maxItemCount = 1000
        public var maxSessionCount = 100
        public var maxSessionsSize = 10 << 20
        public var maxClientReportsSize = 100 << 10
        public var maxClientReportsCount = 100
        public var maxCheckInSize = 100 << 10
        public var maxProfileSize = 50 << 20
        public var maxLogSize = 2 << 20
        public var maxTraceMetricSize = 1 << 20
        public var maxSpanSize = 10 << 20
        public var maxStandaloneSpanCount = 25
        public var maxContainerSize = 12 << 20
        public var maxStatsdSize = 1 << 20
        public var maxMetricBucketsSize = 1 << 20
        public var maxReplayCompressedSize = 10 << 20
        public var maxReplayUncompressedSize = 100 << 20
        public var maxReplayMessageSize = 15 << 20
        public var maxUploadSize = 1 << 30
        /// Forwarded requests, by path.
        public var maxAPIPayloadSize = 20 << 20
        public var maxAPIFileUploadSize = 40 << 20
        public var maxAPIChunkUploadSize = 100 << 20

        // Connections
        public var maxConnections = 25_000
        /// Connections accepted per second; nil is no limit.
        public var maxConnectionRate: Int?
        /// Length of the listen queue.
        public var maxPendingConnections = 2048
        /// An idle connection is kept this long for a next request.
        public var keepaliveTimeout = Duration.seconds(5)
        /// A connection on which no byte moves for this long is closed; nil is never.
        public var idleTimeout: Duration?
        /// From the first byte of a request to the end of its headers.
        public var headerTimeout = Duration.seconds(10)
        /// Most bytes of request line and headers.
        public var maxHeaderSize = 64 << 10
        /// Most header fields.
        public var maxHeaderCount = 100
        /// From the end of the headers to the end of the body; a body that keeps to
        /// `bodyRateMin` may take longer.
        public var bodyTimeout = Duration.seconds(60)
        /// Bytes per second: each time so many have arrived, the body gets one second more.
        public var bodyRateMin = 16 << 10

        // Processes
        /// Processors that `relay run` starts; nil is the number of cores.
        public var maxThreadCount: Int?
        /// Time for everything in flight after SIGTERM.
        public var shutdownTimeout = Duration.seconds(10)
        public var conflict = RateLimitConflict.sooner

        public init() {}
    }
}
