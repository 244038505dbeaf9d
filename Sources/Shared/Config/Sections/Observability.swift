import Metrics

/// Form of log lines on standard error.
public enum LogFormat: String, Hashable, Sendable, CaseIterable {
    /// `pretty` on a terminal, else `simplified`.
    case auto
    /// Colours and short times.
    case pretty
    /// One plain line: time, module, level, message.
    case simplified
    /// One JSON object per line.
    case json
}

/// Least severe level that is logged.
public enum LogLevel: String, Hashable, Sendable, CaseIterable {
    case off
    case error
    case warn
    case info
    case debug
    case trace
}

/// Who may read `/metrics`.
public enum MetricsReaders: String, Hashable, Sendable, CaseIterable {
    case none
    /// Processes of this machine.
    case loopback
    case all
}

extension RelayConfig {
    /// Section `logging`.
    public struct Logging: Hashable, Sendable {
        public var level = LogLevel.info
        public var format = LogFormat.auto

        public init() {}
    }

    /// Section `metrics`: statsd.
    public struct Metrics: Hashable, Sendable {
        /// `host:port` of a statsd server; nil sends nothing.
        public var statsd: String?
        public var prefix = "sentry.relay"
        /// Tags of every metric, in the file's order.
        public var defaultTags: [Tag] = []
        /// Name of a tag that carries the host name.
        public var hostnameTag: String?
        /// Share of the metrics that is sent, 0 to 1.
        public var sampleRate = 1.0
        /// Who may read `/metrics`.
        public var prometheus = MetricsReaders.loopback
        /// How often metrics are sent.
        public var periodicInterval = Duration.seconds(5)

        /// Where metrics are sent; nil when nothing is to be sent.
        public var statsdSettings: StatsdSettings? {
            guard let statsd, sampleRate > 0 else { return nil }
            return StatsdSettings(
                address: statsd, prefix: prefix,
                tags: defaultTags.map { MetricTag($0.name, $0.value) },
                hostnameTag: hostnameTag, interval: periodicInterval)
        }

        /// A tag and its value.
        public struct Tag: Hashable, Sendable {
            public var name: String
            public var value: String
            public init(name: String, value: String) {
                self.name = name
                self.value = value
            }
        }

        public init() {}
    }

    /// Section `sentry`: errors of the relay itself.
    public struct SelfReporting: Hashable, Sendable {
        public var isEnabled = false
        public var dsn: String?

        public init() {}
    }

    /// Section `outcomes`.
    public struct Outcomes: Hashable, Sendable {
        public var emission = OutcomeEmission.clientReports
        public var batchSize = 1000
        public var batchInterval = Duration.milliseconds(500)
        /// Name of this relay in outcomes.
        public var source: String?

        public init() {}
    }
}

/// How outcomes reach upstream (`outcomes.emit_outcomes`).
public enum OutcomeEmission: String, Hashable, Sendable {
    /// Not at all.
    case disabled = "false"
    /// As items of envelopes.
    case clientReports = "as_client_reports"
    /// By requests to `/api/0/relays/outcomes/`.
    case outcomes = "true"
}
