/// The final fate of one item. Every item ends in exactly one.
public enum Outcome: Hashable, Sendable {
    /// Delivered upstream (or kept in the capture store).
    case accepted
    /// Dropped by an inbound filter; the filter's name.
    case filtered(reason: String)
    /// Dropped because a rate limit covers it; the limit's reason code.
    case rateLimited(reasonCode: String?)
    /// Dropped because it is invalid, unwanted, or failed here.
    case invalid(DiscardReason)
}
