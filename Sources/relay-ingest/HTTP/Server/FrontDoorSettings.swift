import Config

/// What the front door needs of the configuration, and its own bounds.
struct FrontDoorSettings {
    var mode: RelayMode
    var limits: RelayConfig.Limits
    var trustedProxies: TrustedProxies
    /// Whether other `/api/` requests go to the upstream.
    var isForwarding: Bool
    /// Whether `ready` waits for the registration with upstream.
    var needsAuthentication: Bool
    var areUnknownItemsAccepted: Bool
    /// Longest wait for a project state or key that a relay below us asks for.
    var queryTimeout: Duration
    /// Who may read the metrics.
    var metricsReaders: MetricsReaders
    /// Value of `Server`.
    var serverName: String

    /// Bodies in progress, over all connections. At least one body of each size limit fits.
    var bodyBytesMax: Int
    /// Rest of a body that is still read after an early answer, so that the connection can be kept.
    var discardedBytesMax = 1 << 20
    /// Longest wait for such a rest, and for the peer's close after a last answer.
    var lingerTimeout = Duration.seconds(2)
    /// Requests that may wait behind one that is being answered.
    var pipelinedRequestsMax = 32
    /// While draining, an idle connection is kept this long for a request already on its way.
    var drainGrace = Duration.milliseconds(200)
    /// How often deadlines are looked at.
    var sweepInterval = Duration.milliseconds(250)

    /// Settings from the configuration.
    init(_ config: RelayConfig, version: String) {
        mode = config.relay.mode
        limits = config.limits
        trustedProxies = config.http.trustedProxies
        let hasUpstream = config.relay.mode == .managed || config.relay.mode == .proxy
        isForwarding = config.http.isForwardingEnabled && hasUpstream
        needsAuthentication = config.relay.mode == .managed && config.auth.ready == .authenticated
        areUnknownItemsAccepted = config.areUnknownItemsAccepted
        queryTimeout = config.limits.queryTimeout
        metricsReaders = config.metrics.prometheus
        serverName = "sentry-relay/\(version)"
        bodyBytesMax = max(
            256 << 20, config.limits.maxEnvelopeSize.clampedDouble,
            config.limits.maxAPIChunkUploadSize.clampedDouble)
    }
}

extension Int {
    fileprivate var clampedDouble: Int {
        let (product, overflow) = multipliedReportingOverflow(by: 2)
        return overflow ? .max : product
    }
}
