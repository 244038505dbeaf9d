import Model
import Wire

/// 429: which limits are in force and for how long.
enum RateLimitAnswers {
    /// The refusal with both headers.
    static func refusal(_ limits: [RateLimitAnswer], now: MonotonicTime) -> Answer {
        let longest = limits.map(\.remaining.secondsRoundedUp).max() ?? 0
        let header = RateLimitHeader.format(
            limits.map {
                RateLimit(
                    scope: $0.scope, categories: $0.categories, reasonCode: $0.reasonCode,
                    expiresAt: now + $0.remaining)
            }, now: now)
        var answer = Answer.failure(
            429, "event rejected due to rate limit",
            causes: ["retry after \(max(1, longest)) seconds"]
        ).with("retry-after", String(max(1, longest)))
        if !limits.isEmpty { answer = answer.with(RateLimitHeader.name, header) }
        return answer
    }

    /// The limits that cover at least one item of an envelope.
    static func covering(_ envelope: Envelope, _ limits: [RateLimitAnswer]) -> [RateLimitAnswer] {
        limits.filter { limit in
            envelope.items.contains { item in
                item.type.category.map { limit.categories.covers($0) } ?? false
            }
        }
    }
}
