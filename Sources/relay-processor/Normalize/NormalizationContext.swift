import JSON

/// What normalisation knows beside the event: the request's facts and the operator's choices.
///
/// The fields have the meaning of the reference's `StoreNormalizer` configuration.
public struct NormalizationContext: Sendable {
    /// User agent client hints of the request.
    public struct ClientHints: Sendable {
        /// `Sec-CH-UA-Platform`.
        public var platform: String?
        /// `Sec-CH-UA-Platform-Version`.
        public var platformVersion: String?
        /// `Sec-CH-UA`.
        public var brands: String?
        /// `Sec-CH-UA-Model`.
        public var model: String?

        /// No hints.
        public init() {}
    }

    /// Id that the event was accepted with: 32 hexadecimal digits, overrides the event's own; nil:
    /// the event's, or a random one.
    public var eventID: String?
    /// Id of the project, written to `project`.
    public var projectID: UInt64?
    /// Address of the sender.
    public var clientIP: String?
    /// Whether the sender's address replaces `{{auto}}` and fills missing user addresses.
    public var infersClientIP = true
    /// SDK name and version from the auth header, `name/version`.
    public var client: String?
    /// Id of the project key, written to `key_id`.
    public var keyID: String?
    /// Protocol version, written to `version`.
    public var protocolVersion: String?
    /// `User-Agent` of the request.
    public var userAgent: String?
    public var clientHints = ClientHints()
    /// When the event arrived: microseconds since 1970.
    public var receivedAtMicroseconds: Int64
    /// Age in seconds above which a timestamp is refused; nil = any.
    public var secondsInPastMax: Int64?
    /// Seconds ahead of us above which a timestamp is refused; nil = any.
    public var secondsInFutureMax: Int64?
    /// Whether long texts and large values are cut.
    public var enableTrimming = false
    /// Whether the event has been normalised before: only schema and clean-up then.
    public var isRenormalize = false
    /// Whether attributes that the protocol does not know are removed.
    public var removeOther = false
    /// Whether contexts are derived from the user agent.
    public var normalizeUserAgent = false
    /// Whether spans get exclusive times and more.
    public var normalizeSpans = false
    /// Written to `contexts.replay`.
    public var replayID: String?
    /// Written to `contexts.trace.client_sample_rate`.
    public var clientSampleRate: Double?
    /// Written to `grouping_config`.
    public var groupingConfig: JSONValue?
    /// How spans are summed up; nil: `breakdowns` stay as they are.
    public var breakdowns: [BreakdownRule]?
    /// Which measurements are kept; nil: all.
    public var measurements: MeasurementRules?
    /// When the sender's clock said that it sent the event, microseconds since 1970; nil: not known,
    /// its times are believed.
    public var sentAtMicroseconds: Int64?
    /// Whether transactions without `sentAtMicroseconds` count as sent at their `timestamp`.
    public var correctsTransactionDrift = false

    /// A context that changes nothing but what is always done.
    public init(receivedAtMicroseconds: Int64) {
        self.receivedAtMicroseconds = receivedAtMicroseconds
    }
}

/// Why an event was refused.
public struct EventRejection: Error, Sendable, Equatable {
    /// Discard reason, for example `invalid_transaction`.
    public var reason: String
    /// What exactly is wrong.
    public var detail: String

    public init(reason: String, detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
