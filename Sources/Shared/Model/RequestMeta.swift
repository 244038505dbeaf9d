/// What is known of the sender of an envelope: it travels with the envelope through the pipeline.
public struct RequestMeta: Hashable, Sendable {
    /// The public key of the DSN.
    public var projectKey: ProjectKey
    /// The project stated in the path or DSN; nil on the legacy path, which names none.
    public var projectID: ProjectID?
    /// The protocol version of the client, e.g. 7.
    public var protocolVersion: UInt16
    /// The client's own name for itself (`sentry_client`), e.g. `sentry.python/2.19.2`.
    public var client: String?
    /// `Origin` header or else `Referer`, http and https only.
    public var origin: String?
    /// Address of the connection's peer, textual, without a port.
    public var remoteAddress: String?
    /// `X-Forwarded-For` to be sent on: what was received, and the peer appended.
    public var forwardedFor: String
    /// The client address that counts for the event (`{{auto}}`).
    public var clientAddress: String?
    /// The `User-Agent` header.
    public var userAgent: String?
    /// When the request arrived.
    public var receivedAt: WallTime

    /// All parts by name.
    public init(
        projectKey: ProjectKey, projectID: ProjectID?, protocolVersion: UInt16, client: String?,
        origin: String?, remoteAddress: String?, forwardedFor: String, clientAddress: String?,
        userAgent: String?, receivedAt: WallTime
    ) {
        self.projectKey = projectKey
        self.projectID = projectID
        self.protocolVersion = protocolVersion
        self.client = client
        self.origin = origin
        self.remoteAddress = remoteAddress
        self.forwardedFor = forwardedFor
        self.clientAddress = clientAddress
        self.userAgent = userAgent
        self.receivedAt = receivedAt
    }
}
