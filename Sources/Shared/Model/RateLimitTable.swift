/// Which of two limits of the same scope and categories stays (`limits.conflict`).
public enum RateLimitConflict: String, Sendable, CaseIterable {
    /// The one that expires sooner.
    case sooner
    /// The one that expires later.
    case later
}

/// The rate limits in force for one project key. Limits of the same scope and categories merge;
/// expired ones never count. Bounded.
public struct RateLimitTable: Hashable, Sendable {
    /// Limits kept at most; beyond it the one that expires first makes room.
    public let limitsMax: Int
    private var limits: [RateLimit] = []

    /// An empty table.
    public init(limitsMax: Int = 64) {
        self.limitsMax = max(1, limitsMax)
    }

    /// Whether nothing is kept, expired or not.
    public var isEmpty: Bool { limits.isEmpty }

    /// When the next limit ends, for timers; nil without limits.
    public var nextExpiry: MonotonicTime? { limits.map(\.expiresAt).min() }

    /// Adds a limit. An expired one is ignored, and an expired one in the table never wins.
    public mutating func merge(
        _ limit: RateLimit, conflict: RateLimitConflict, now: MonotonicTime
    ) {
        guard limit.expiresAt > now else { return }
        expire(now: now)
        let position = limits.firstIndex {
            $0.scope == limit.scope && $0.categories == limit.categories
        }
        guard let position else {
            limits.append(limit)
            if limits.count > limitsMax { removeSoonest() }
            return
        }
        let kept = limits[position].expiresAt
        let isReplaced =
            switch conflict {
            case .sooner: limit.expiresAt < kept
            case .later: limit.expiresAt > kept
            }
        if isReplaced { limits[position] = limit }
    }

    private mutating func removeSoonest() {
        let soonest = limits.indices.min { limits[$0].expiresAt < limits[$1].expiresAt }
        if let soonest { limits.remove(at: soonest) }
    }

    /// Removes what has ended.
    public mutating func expire(now: MonotonicTime) {
        limits.removeAll { $0.expiresAt <= now }
    }

    /// All limits in force.
    public func active(now: MonotonicTime) -> [RateLimit] {
        limits.filter { $0.expiresAt > now }
    }

    /// The limits in force that cover a category.
    public func active(for category: DataCategory, now: MonotonicTime) -> [RateLimit] {
        limits.filter { $0.expiresAt > now && $0.categories.covers(category) }
    }

    /// The limits in force that cover every category.
    public func activeForAllCategories(now: MonotonicTime) -> [RateLimit] {
        limits.filter { $0.expiresAt > now && $0.categories.bits == 0 }
    }
}

extension Collection<RateLimit> {
    /// The limit that ends last: the one whose reason and time a client is told.
    public var longest: RateLimit? {
        self.max { $0.expiresAt < $1.expiresAt }
    }
}
