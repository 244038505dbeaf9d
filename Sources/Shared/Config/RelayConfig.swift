/// The settings of `config.yml`, typed, with the defaults of Sentry's Relay. Field names are the
/// file's keys in camelCase; sizes are bytes, times are `Duration`. Every key with its meaning is in
/// `SettingTable` and docs/CONFIG.md.
public struct RelayConfig: Hashable, Sendable {
    public var relay = Relay()
    public var http = HTTP()
    public var cache = Cache()
    public var spool = Spool()
    public var limits = Limits()
    public var logging = Logging()
    public var metrics = Metrics()
    public var sentry = SelfReporting()
    public var processing = Processing()
    public var outcomes = Outcomes()
    public var routing = Routing()
    public var normalization = Normalization()
    public var auth = Auth()
    public var geoip = GeoIP()

    /// The defaults of every key.
    public init() {}
}
