/// What is known of a request beside the event in it.
public struct FilterRequest: Hashable, Sendable {
    /// The address of the client as the front door sees it, `X-Forwarded-For` taken into account.
    public var clientAddress: String?
    /// The `User-Agent` header of the request; counts for reports that browsers send themselves.
    public var userAgent: String?
    /// Whether the client's address stands for a missing one of the user.
    public var infersAddress = true
    /// Whether the event came as a transaction item.
    public var isTransaction = false
    /// Whether the payload is a browser's security report as it came, see `release`.
    public var isRawReport = false
    /// Release and environment that the address of a report names.
    public var release: String?
    public var environment: String?

    /// A request of which nothing is known.
    public init(clientAddress: String? = nil, userAgent: String? = nil) {
        self.clientAddress = clientAddress
        self.userAgent = userAgent
    }

    /// The address that may become the user's.
    var inferredAddress: String? { infersAddress ? clientAddress : nil }

    /// Whether the client is on the same machine.
    var isLocal: Bool { clientAddress == "127.0.0.1" || clientAddress == "::1" }
}
