/// Whom a rate limit covers.
public enum RateLimitScope: UInt8, Sendable, CaseIterable {
    case organization = 0
    case project = 1
    case key = 2

    /// The name in `X-Sentry-Rate-Limits`.
    public var name: String {
        switch self {
        case .organization: "organization"
        case .project: "project"
        case .key: "key"
        }
    }

    /// Unknown scopes count as `key`, the narrowest (the original does the same).
    public init(name: some StringProtocol) {
        switch name {
        case "organization": self = .organization
        case "project": self = .project
        default: self = .key
        }
    }
}

/// A set of data categories; empty means all of them.
public struct DataCategories: Hashable, Sendable {
    /// Bit `n` stands for the category with raw value `n`; bit 63 for names unknown to this version,
    /// so that a limit upon only unknown categories matches nothing.
    public var bits: UInt64

    /// A set by its bits.
    public init(bits: UInt64 = 0) {
        self.bits = bits
    }

    /// A set of the given categories.
    public init(_ categories: DataCategory...) {
        bits = categories.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    }

    /// Marks a category name that this version does not know.
    public static let unknownBit: UInt64 = 1 << 63

    /// Adds a category.
    public mutating func insert(_ category: DataCategory) {
        bits |= 1 << UInt64(category.rawValue)
    }

    /// Whether a limit upon this set covers an item of the category.
    public func covers(_ category: DataCategory) -> Bool {
        bits == 0 || bits & (1 << UInt64(category.rawValue)) != 0
    }
}

/// An active refusal: items of these categories are refused for this scope until `expiresAt`.
public struct RateLimit: Hashable, Sendable {
    /// Whom the limit covers.
    public var scope: RateLimitScope
    /// Which items it covers; empty is all.
    public var categories: DataCategories
    /// Machine-readable reason of whoever set the limit, if one was given.
    public var reasonCode: String?
    /// When the limit ends.
    public var expiresAt: MonotonicTime

    /// A limit from its parts.
    public init(
        scope: RateLimitScope, categories: DataCategories, reasonCode: String?,
        expiresAt: MonotonicTime
    ) {
        self.scope = scope
        self.categories = categories
        self.reasonCode = reasonCode
        self.expiresAt = expiresAt
    }
}
