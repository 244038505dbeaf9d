/// What became of items, counted since the start. At any moment
/// `accepted == delivered + filtered + rateLimited + invalid + stored`.
public struct IngestCounters: Hashable, Sendable {
    /// Items of envelopes that were answered 200.
    public var accepted: UInt64 = 0
    /// Items that upstream (or the capture store) took.
    public var delivered: UInt64 = 0
    /// Items that an inbound filter dropped.
    public var filtered: UInt64 = 0
    /// Items that a rate limit dropped after they had been accepted.
    public var rateLimited: UInt64 = 0
    /// Items that were dropped as invalid, unwanted, expired, or failed here.
    public var invalid: UInt64 = 0
    /// Items of envelopes in the accept store.
    public var stored: UInt64 = 0

    /// All zero.
    public init() {}

    /// Whether the accounting identity holds.
    public var isBalanced: Bool {
        accepted == delivered &+ filtered &+ rateLimited &+ invalid &+ stored
    }
}
