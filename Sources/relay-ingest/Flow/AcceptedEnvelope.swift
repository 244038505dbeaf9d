import Config
import Model
import Wire

/// An envelope that passed the front door: what the flow needs to know of it.
public struct AcceptedEnvelope {
    /// The envelope's event id; nil for envelopes without one (sessions, client reports …).
    public var id: EventID?
    /// The sender.
    public var meta: RequestMeta
    /// The `sent_at` header, for clock drift.
    public var sentAt: WallTime?
    /// Headers and items; the bytes are shared, not copied.
    public var envelope: Envelope
    /// The limits that the cached verdict named; items they cover are dropped by the flow.
    public var rateLimits: [RateLimitAnswer]
    /// When the request arrived; age is counted from here.
    public var receivedAt: MonotonicTime

    /// An envelope from its parts.
    public init(
        id: EventID?, meta: RequestMeta, sentAt: WallTime?, envelope: Envelope,
        rateLimits: [RateLimitAnswer], receivedAt: MonotonicTime
    ) {
        self.id = id
        self.meta = meta
        self.sentAt = sentAt
        self.envelope = envelope
        self.rateLimits = rateLimits
        self.receivedAt = receivedAt
    }
}

/// What became of an offered envelope.
public enum AcceptResult: Hashable, Sendable {
    /// It is in the accept store: the moment to answer 200.
    case stored
    /// The store has no room; the name of the setting that bounds it, and its value.
    case full(limitName: String, limit: Int)
}

/// What the capture store knows of an event.
public enum CapturedEvent: Hashable, Sendable {
    /// The processed envelope, serialised.
    case envelope([UInt8])
    /// The event did not get through; why, without any payload.
    case failed(String)
}
