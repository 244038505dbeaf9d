/// How much of an event's normalisation this relay does.
public enum NormalizationLevel: String, Hashable, Sendable, CaseIterable {
    case `default`
    case full
}

/// When the ready check says yes (`auth.ready`).
public enum ReadyCondition: String, Hashable, Sendable, CaseIterable {
    /// Once registered with upstream, when the mode registers.
    case authenticated
    case always
}

extension RelayConfig {
    /// Section `processing`.
    public struct Processing: Hashable, Sendable {
        public var isEnabled = false
        /// A MaxMind database; `geoip.path` means the same.
        public var geoipPath: String?
        /// Timestamps further in the future are corrected.
        public var maxInFuture = Duration.seconds(60)
        /// Timestamps further in the past are corrected.
        public var maxInPast = Duration.seconds(2_592_000)
        public var maxSessionInPast = Duration.seconds(432_000)
        public var kafkaBrokerURL: String?
        public var redisURL: String?

        public init() {}
    }

    /// Section `routing`.
    public struct Routing: Hashable, Sendable {
        /// Whether items of unknown types pass; nil: yes unless processing is enabled.
        public var areUnknownItemsAccepted: Bool?

        public init() {}
    }

    /// Section `normalization`.
    public struct Normalization: Hashable, Sendable {
        public var level = NormalizationLevel.default

        public init() {}
    }

    /// Section `auth`.
    public struct Auth: Hashable, Sendable {
        public var ready = ReadyCondition.authenticated
        /// Relays below us that are known without asking upstream.
        public var staticRelays: [StaticRelay] = []

        public init() {}
    }

    /// Section `geoip`.
    public struct GeoIP: Hashable, Sendable {
        /// A MaxMind database.
        public var path: String?

        public init() {}
    }

    /// The database to use, of the two keys that name one.
    public var geoipDatabasePath: String? { geoip.path ?? processing.geoipPath }

    /// Whether items of unknown types pass.
    public var areUnknownItemsAccepted: Bool {
        routing.areUnknownItemsAccepted ?? !processing.isEnabled
    }
}

/// A relay below us that is known from the configuration (`auth.static_relays`).
public struct StaticRelay: Hashable, Sendable {
    /// Hyphenated UUID, lower case.
    public var id: String
    /// Base64url, 43 characters.
    public var publicKey: String
    /// Whether it gets full project states.
    public var isInternal: Bool

    public init(id: String, publicKey: String, isInternal: Bool) {
        self.id = id
        self.publicKey = publicKey
        self.isInternal = isInternal
    }
}
