/// Settings that flags or environment variables give; nil leaves the file's value.
public struct ConfigOverrides: Hashable, Sendable {
    public var mode: String?
    public var upstream: String?
    public var host: String?
    public var port: String?
    public var isProcessingEnabled: String?
    public var kafkaBrokerURL: String?
    public var redisURL: String?
    public var id: String?
    public var publicKey: String?
    public var secretKey: String?
    public var outcomeSource: String?
    public var processors: String?
    public var shutdownTimeoutSeconds: String?

    public init() {}

    /// One overridable setting: where it is kept, its variable, its flag, and its key in the file.
    struct Name: Sendable {
        let field: any WritableKeyPath<ConfigOverrides, String?> & Sendable
        let variable: String
        let flag: String
        let key: String
    }

    static let names: [Name] = [
        Name(field: \.mode, variable: "RELAY_MODE", flag: "--mode", key: "relay.mode"),
        Name(
            field: \.upstream, variable: "RELAY_UPSTREAM_URL", flag: "--upstream",
            key: "relay.upstream"),
        Name(field: \.host, variable: "RELAY_HOST", flag: "--host", key: "relay.host"),
        Name(field: \.port, variable: "RELAY_PORT", flag: "--port", key: "relay.port"),
        Name(
            field: \.isProcessingEnabled, variable: "RELAY_PROCESSING_ENABLED",
            flag: "--processing", key: "processing.enabled"),
        Name(
            field: \.kafkaBrokerURL, variable: "RELAY_KAFKA_BROKER_URL",
            flag: "--kafka-broker-url", key: "processing.kafka_config"),
        Name(
            field: \.redisURL, variable: "RELAY_REDIS_URL", flag: "--redis-url",
            key: "processing.redis"),
        Name(field: \.id, variable: "RELAY_ID", flag: "--id", key: "id"),
        Name(
            field: \.publicKey, variable: "RELAY_PUBLIC_KEY", flag: "--public-key",
            key: "public_key"),
        Name(
            field: \.secretKey, variable: "RELAY_SECRET_KEY", flag: "--secret-key",
            key: "secret_key"),
        Name(
            field: \.outcomeSource, variable: "RELAY_SOURCE_ID", flag: "--source-id",
            key: "outcomes.source"),
        Name(
            field: \.processors, variable: "RELAY_PROCESSORS", flag: "--processors",
            key: "limits.max_thread_count"),
        Name(
            field: \.shutdownTimeoutSeconds, variable: "RELAY_SHUTDOWN_TIMEOUT",
            flag: "--shutdown-timeout", key: "limits.shutdown_timeout"),
    ]

    /// What the environment says; empty variables count as absent.
    public init(environment: [String: String]) {
        self.init()
        for name in Self.names {
            if let value = environment[name.variable], !value.isEmpty {
                self[keyPath: name.field] = value
            }
        }
    }

    /// The same settings as environment variables: how the launcher hands flags to the daemons.
    public var environment: [String: String] {
        var variables: [String: String] = [:]
        for name in Self.names {
            if let value = self[keyPath: name.field] { variables[name.variable] = value }
        }
        return variables
    }
}
