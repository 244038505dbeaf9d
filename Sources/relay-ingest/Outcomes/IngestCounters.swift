import Model

/// What became of items, counted since the start. At any moment
/// `accepted == delivered + filtered + rateLimited + invalid + stored`.
public struct IngestCounters: Hashable, Sendable {
    /// Items of envelopes that were answered 200.
    public private(set) var accepted: UInt64 = 0
    /// Items that upstream (or the capture store) took.
    public private(set) var delivered: UInt64 = 0
    /// Items that an inbound filter dropped.
    public private(set) var filtered: UInt64 = 0
    /// Items that a rate limit dropped after they had been accepted.
    public private(set) var rateLimited: UInt64 = 0
    /// Items that were dropped as invalid, unwanted, expired, or failed here.
    public private(set) var invalid: UInt64 = 0
    /// Items without an outcome yet; they are in the accept store.
    public private(set) var stored: UInt64 = 0
    /// `filtered` by project and reason. Bounded: what would be too many counts as `filtered` only.
    public private(set) var filteredByReason: [FilteredKey: UInt64] = [:]
    /// `invalid` by reason.
    public private(set) var invalidByReason: [DiscardReason: UInt64] = [:]
    /// Items whose processors died until they were given up; part of `invalid`.
    public internal(set) var quarantined: UInt64 = 0
    /// Deliveries that failed and were tried again.
    public internal(set) var deliveryRetries: UInt64 = 0

    /// All zero.
    public init() {}

    /// Whether the accounting identity holds.
    public var isBalanced: Bool {
        accepted == delivered &+ filtered &+ rateLimited &+ invalid &+ stored
    }

    /// Items were accepted and stored.
    mutating func count(accepted items: Int) {
        accepted &+= UInt64(clamping: items)
        stored &+= UInt64(clamping: items)
    }

    /// A stored item has its outcome.
    mutating func count(_ outcome: Outcome, project: ProjectID? = nil) {
        stored &-= 1
        switch outcome {
        case .accepted: delivered &+= 1
        case .filtered(let reason): count(filtered: reason, project)
        case .rateLimited: rateLimited &+= 1
        case .invalid(let reason):
            invalid &+= 1
            invalidByReason[reason, default: 0] &+= 1
        }
    }
}

extension IngestCounters {
    /// Which filter dropped something of which project.
    public struct FilteredKey: Hashable, Sendable {
        public var projectID: ProjectID?
        /// The reason of the outcome.
        public var reason: String

        /// A key from its parts.
        public init(projectID: ProjectID?, reason: String) {
            self.projectID = projectID
            self.reason = reason
        }
    }

    /// Pairs of project and reason that are counted at most.
    private static let filteredKeysMax = 16_384

    private mutating func count(filtered reason: String, _ project: ProjectID?) {
        filtered &+= 1
        let key = FilteredKey(projectID: project, reason: reason)
        guard filteredByReason[key] != nil || filteredByReason.count < Self.filteredKeysMax else {
            return
        }
        filteredByReason[key, default: 0] &+= 1
    }
}

extension Outcome {
    /// What the capture store tells of an event that did not get through.
    var captureText: String {
        switch self {
        case .filtered(let reason): "event dropped by the inbound filter \(reason)"
        default: "event dropped: \(reasonText)"
        }
    }

    /// The reason for logs.
    var reasonText: String {
        switch self {
        case .accepted: "accepted"
        case .filtered(let reason): reason
        case .rateLimited(let reasonCode): reasonCode ?? "rate_limited"
        case .invalid(let reason): reason.name
        }
    }
}
