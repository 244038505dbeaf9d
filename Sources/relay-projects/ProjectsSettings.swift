import Config
import Model
import Upstream
import Wire

/// Every setting of relay-projects, taken from the configuration folder.
public struct ProjectsSettings: Hashable, Sendable {
    /// `relay.mode`.
    public var mode: RelayMode
    public var cache: CacheSettings
    public var fetch: FetchSettings
    /// The same for public keys of relays below us (`cache.downstream_relays_batch_interval`).
    public var relayKeyFetch: FetchSettings
    public var relayKeys: RelayKeyTable.Settings
    /// `auth.static_relays`.
    public var staticRelays: [RelayPublicKey]
    public var registration: RegistrationSettings
    public var states: ProjectStateLimits
    public var localFiles: LocalProjectPoller.Limits
    /// `<config>/projects`.
    public var localDirectory: String
    /// `cache.file_interval`.
    public var fileInterval: Duration
    /// `cache.eviction_interval`.
    public var evictionInterval: Duration
    /// File of the last good states; nil keeps none (modes that do not ask upstream).
    public var storePath: String?
    /// Whether upstream is asked for everything in a state (`cache.project_request_full_config`, or
    /// a processing relay).
    public var isFullConfig: Bool
    /// The upstream's address, for the log.
    public var upstreamName: String
    /// Who this relay is to upstream; nil without credentials.
    public var relayID: String?

    /// The name of the file in the state directory.
    public static let storeName = "project-states.sqlite"

    /// Takes the settings from a configuration.
    ///
    /// - Parameter stateDirectory: overrides `relay.state_directory`, systemd's `STATE_DIRECTORY`
    ///   and the default, `state` in the configuration folder.
    public init(_ loaded: LoadedConfig, stateDirectory: String? = nil) {
        let config = loaded.config
        mode = config.relay.mode
        let staleWait = min(config.http.timeout, config.limits.queryTimeout)
        let idleTime = max(
            config.cache.projectExpiry + config.cache.projectGracePeriod, config.cache.missExpiry)
        cache = CacheSettings(
            projectExpiry: config.cache.projectExpiry,
            gracePeriod: config.cache.projectGracePeriod,
            refreshInterval: config.cache.projectRefreshInterval,
            missExpiry: config.cache.missExpiry,
            queryTimeout: config.limits.queryTimeout, staleWait: staleWait,
            conflict: config.limits.conflict == .later ? .later : .sooner,
            idleTime: max(idleTime, config.cache.evictionInterval))
        fetch = FetchSettings(
            batchInterval: config.cache.batchInterval, batchSize: config.cache.batchSize,
            concurrencyMax: config.limits.maxConcurrentQueries,
            queryTimeout: config.limits.queryTimeout, retryDelay: config.http.retryDelay,
            retryIntervalMax: config.http.maxRetryInterval)
        relayKeyFetch = fetch
        relayKeyFetch.batchInterval = config.cache.downstreamRelaysBatchInterval
        relayKeyFetch.concurrencyMax = 1
        relayKeys = RelayKeyTable.Settings(
            relayExpiry: config.cache.relayExpiry, missExpiry: config.cache.missExpiry,
            queryTimeout: config.limits.queryTimeout, isUpstreamAsked: mode == .managed)
        staticRelays = config.auth.staticRelays.map {
            RelayPublicKey(relayID: $0.id, publicKey: $0.publicKey, isInternal: $0.isInternal)
        }
        registration = RegistrationSettings(
            renewalInterval: config.processing.isEnabled ? nil : config.http.authInterval,
            retryDelay: config.http.retryDelay, retryIntervalMax: config.http.maxRetryInterval,
            outageGracePeriod: config.http.outageGracePeriod)
        states = ProjectStateLimits()
        localFiles = LocalProjectPoller.Limits(fileBytesMax: states.stateBytesMax)
        localDirectory = loaded.projectsDirectory
        fileInterval = max(config.cache.fileInterval, .milliseconds(50))
        evictionInterval = max(config.cache.evictionInterval, .seconds(1))
        storePath =
            mode == .managed
            ? "\(stateDirectory ?? loaded.stateDirectory)/\(Self.storeName)" : nil
        isFullConfig = config.cache.isFullProjectConfigRequested || config.processing.isEnabled
        upstreamName = config.relay.upstream.description
        relayID = loaded.credentials?.id
    }

    /// Where states of keys without a local file come from.
    var source: ProjectTable.Source {
        switch mode {
        case .managed: .upstream
        case .static: .constant(.missing)
        case .proxy: .constant(.allowed)
        case .capture: .constant(.captured)
        }
    }
}
