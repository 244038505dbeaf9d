import Model
import Wire

/// What the flow does with one item, and what became of it.
struct EnvelopeItemFlow: Hashable {
    /// The way of an item.
    enum Handling: Hashable {
        /// Sent to a processor as this kind.
        case processed(EventItemKind)
        /// Sent to a processor as this kind if the project strips such files, else passed on.
        case stripped(EventItemKind)
        /// Passed on as it is.
        case passed

        /// What a processor is told it is; nil for what no processor sees.
        var kind: EventItemKind? {
            switch self {
            case .processed(let kind), .stripped(let kind): kind
            case .passed: nil
            }
        }
    }

    /// What it counts as; nil is never limited.
    var category: DataCategory?
    let handling: Handling
    /// Whether it is the envelope's event: its end takes dependent items along.
    let isEvent: Bool
    /// Whether it has no meaning without the envelope's event.
    let dependsOnEvent: Bool
    /// Its final fate, once known.
    var outcome: Outcome?
    /// Whether a processor has it now.
    var isAtProcessor = false

    init(_ item: EnvelopeItem) {
        category = item.type.category
        isEvent = item.type.createsEvent
        switch item.type {
        case .event: handling = .processed(.unspecified)
        case .transaction: handling = .processed(.transaction)
        case .security: handling = .processed(.event)
        case .rawSecurity: handling = .processed(.rawSecurity)
        case .feedback: handling = .processed(.feedback)
        case .attachment:
            handling = .stripped(item.attachmentType == .minidump ? .minidump : .attachment)
        default: handling = .passed
        }
        switch item.type {
        case .attachment, .formData, .profile: dependsOnEvent = !item.createsEvent
        default: dependsOnEvent = false
        }
    }

    /// An item by its parts, for tests.
    init(
        category: DataCategory?, handling: Handling, isEvent: Bool = false,
        dependsOnEvent: Bool = false
    ) {
        self.category = category
        self.handling = handling
        self.isEvent = isEvent
        self.dependsOnEvent = dependsOnEvent
    }
}

extension Collection<RateLimitAnswer> {
    /// The limit that covers a category for longest; nil when none does.
    func covering(_ category: DataCategory?) -> RateLimitAnswer? {
        guard let category else { return nil }
        return filter { $0.categories.covers(category) }.max { $0.remaining < $1.remaining }
    }
}

extension RateLimitAnswer {
    /// A limit with the time that remains.
    init(_ limit: RateLimit, now: MonotonicTime) {
        self.init(
            scope: limit.scope, categories: limit.categories, reasonCode: limit.reasonCode,
            remaining: limit.expiresAt - now)
    }
}
