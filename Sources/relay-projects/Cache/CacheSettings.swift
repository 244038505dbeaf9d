import Model
import Wire

/// What the project objects go by: the part of `cache` and `limits` that concerns them, and the
/// bounds that keep strangers from filling the memory.
public struct CacheSettings: Hashable, Sendable {
    /// `cache.project_expiry`: a state younger than this is fresh.
    public var projectExpiry: Duration
    /// `cache.project_grace_period`: a state past its expiry is used this long while one refetch
    /// runs.
    public var gracePeriod: Duration
    /// `cache.project_refresh_interval`: a state in use that is older than this is refetched although
    /// it is fresh; nil is not before it is stale.
    public var refreshInterval: Duration?
    /// `cache.miss_expiry`: how long a miss, a disabled project or a malformed state is believed.
    public var missExpiry: Duration
    /// `limits.query_timeout`: how long somebody waits for a state of which nothing is known.
    public var queryTimeout: Duration
    /// How long somebody waits for a refetch when a last good state could be used instead
    /// (`http.timeout`, at most `queryTimeout`).
    public var staleWait: Duration
    /// `limits.conflict`: which of two limits of the same scope and categories stays.
    public var conflict: Model.RateLimitConflict
    /// An object that nobody asked for so long is forgotten.
    public var idleTime: Duration
    /// Two `no-cache` questions of one key within this time share one fetch, so that a client cannot
    /// turn each of its requests into one for upstream.
    public var bypassInterval: Duration
    /// Most projects with a state that are kept; the least recently asked go first.
    public var projectsMax: Int
    /// Most bytes of the states of these projects.
    public var stateBytesMax: Int
    /// Most keys without a state that are kept (pending, misses, malformed). They have their own
    /// bound so that made-up keys never push out a real project.
    public var unknownKeysMax: Int
    /// Most questions waiting at a time, over all keys.
    public var waitersMax: Int

    /// Most questions waiting for one key.
    public static let waitersPerProjectMax = 4096
    /// Most rate limits taken over from one message.
    public static let rateLimitsMax = 64

    /// Settings with the defaults of the configuration.
    public init(
        projectExpiry: Duration = .seconds(300), gracePeriod: Duration = .seconds(120),
        refreshInterval: Duration? = nil, missExpiry: Duration = .seconds(60),
        queryTimeout: Duration = .seconds(30),
        staleWait: Duration = .seconds(5), conflict: Model.RateLimitConflict = .sooner,
        idleTime: Duration = .seconds(900), bypassInterval: Duration = .seconds(1),
        projectsMax: Int = 100_000, stateBytesMax: Int = 256 << 20,
        unknownKeysMax: Int = 20_000, waitersMax: Int = 50_000
    ) {
        self.projectExpiry = projectExpiry
        self.gracePeriod = gracePeriod
        self.refreshInterval = refreshInterval
        self.missExpiry = missExpiry
        self.queryTimeout = queryTimeout
        self.staleWait = staleWait
        self.conflict = conflict
        self.idleTime = idleTime
        self.bypassInterval = bypassInterval
        self.projectsMax = projectsMax
        self.stateBytesMax = stateBytesMax
        self.unknownKeysMax = unknownKeysMax
        self.waitersMax = waitersMax
    }

    /// How long a snapshot is fresh: a disabled project is asked for as often as a miss, so that it
    /// works soon after it is enabled.
    func expiry(of snapshot: ProjectSnapshot) -> Duration {
        snapshot.status == .enabled ? projectExpiry : missExpiry
    }
}
