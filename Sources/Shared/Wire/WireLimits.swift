/// Every limit of the protocol in one place; `docs/PROTOCOL.md` lists them and `WireLimitsTests`
/// relates them.
public enum WireLimits {
    /// Highest protocol version this code speaks.
    public static let versionMax: UInt8 = 1
    /// Lowest protocol version this code speaks.
    public static let versionMin: UInt8 = 1
    /// Bytes of a frame header.
    public static let headerBytes = 16
    /// No hello may ask for more payload than this, whatever the configuration says.
    public static let payloadBytesMax = 256 * 1024 * 1024
    /// What a process accepts when nothing else is configured: a 16 MiB payload with everything
    /// that accompanies it.
    public static let payloadBytesDefault = 17 * 1024 * 1024
    /// The largest payload before the hello: no more than a hello needs.
    public static let helloPayloadBytesMax = 1024
    /// Bytes of a text that comes from an HTTP header (client, origin, addresses, user agent).
    public static let textBytesMax = 64 * 1024
    /// Bytes of an instance name.
    public static let instanceBytesMax = 128
    /// Rate limits of one message, as many as a `RateLimitTable` keeps.
    public static let rateLimitsMax = 64
    /// Bytes of a limit's reason code.
    public static let reasonCodeBytesMax = 256
    /// Relay ids of one question; askers with more split it.
    public static let relayIDsMax = 1000
    /// Bytes of a relay id (a hyphenated UUID has 36).
    public static let relayIDBytesMax = 64
    /// Bytes of a relay's public key (43 in base64url).
    public static let publicKeyBytesMax = 128
    /// Project ids of one question.
    public static let projectIDsMax = 10_000
    /// Bytes of an event's type.
    public static let eventTypeBytesMax = 64
    /// Bytes of the detail of a rejection.
    public static let detailBytesMax = 1024
    /// Figures of a status.
    public static let figuresMax = 64
    /// Bytes of a figure's name.
    public static let figureNameBytesMax = 64
    /// Problems of a scrubbing configuration that are named in an answer.
    public static let problemsMax = 20
    /// Bytes of a problem's place, and of its reason.
    public static let problemTextBytesMax = 240
    /// Bytes of the attributes of a `ProcessEvent`.
    public static let attributesBytesMax = 64 * 1024
    /// Bytes a `ProcessEvent` or `EventProcessed` may have beside its payload.
    public static let eventOverheadBytesMax = 1024 * 1024
    /// Credits one process can grant in total.
    public static let creditsMax: UInt32 = 65_536
}
