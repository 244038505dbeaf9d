import Model
import Wire

extension ProjectReply {
    /// The answer that a snapshot gives.
    init(
        question: ProjectQuestion, key: ProjectKey, snapshot: ProjectSnapshot, isStale: Bool,
        rateLimits: RateLimitTable, now: MonotonicTime
    ) {
        switch question {
        case .state:
            self = .state(snapshot.answer(isStale: isStale))
        case .eventAction(let projectID, let origin):
            self = .eventAction(
                EventActionAnswer(
                    verdict: snapshot.verdict(
                        for: key, projectID: projectID, origin: origin, limits: rateLimits,
                        now: now),
                    rateLimits: rateLimits.answers(now: now), revision: snapshot.revision,
                    projectID: snapshot.projectID))
        }
    }

    /// The answer when nothing is known: no state, and an event is accepted unless a limit covers
    /// everything.
    init(
        pending question: ProjectQuestion, projectID: ProjectID? = nil,
        rateLimits: RateLimitTable = RateLimitTable(), now: MonotonicTime
    ) {
        switch question {
        case .state:
            self = .state(
                ProjectStateAnswer(
                    status: .pending, revision: 0, projectID: projectID, organizationID: nil,
                    isStale: false, state: []))
        case .eventAction:
            let isLimited = rateLimits.isEverythingLimited(now: now)
            self = .eventAction(
                EventActionAnswer(
                    verdict: isLimited ? .retryAfter : .accept,
                    rateLimits: rateLimits.answers(now: now), revision: 0, projectID: projectID))
        }
    }
}

extension ProjectSnapshot {
    /// The verdict upon an event: limits first, then the state.
    fileprivate func verdict(
        for key: ProjectKey, projectID: ProjectID?, origin: String?, limits: RateLimitTable,
        now: MonotonicTime
    ) -> EventActionVerdict {
        if limits.isEverythingLimited(now: now) { return .retryAfter }
        switch status {
        case .invalid: return .discard(.projectState)
        case .disabled where !hasState: return .discard(.projectID)
        case .pending: return .accept
        case .enabled, .disabled: break
        }
        if let stated = projectID, let own = self.projectID, stated != own {
            return .discard(.projectID)
        }
        guard
            let reason = state.discardReason(
                for: key, statedProjectID: projectID, origin: origin)
        else { return .accept }
        return .discard(reason)
    }
}

extension RateLimitTable {
    /// Whether a limit in force covers every category.
    func isEverythingLimited(now: MonotonicTime) -> Bool {
        !isEmpty && !activeForAllCategories(now: now).isEmpty
    }

    /// The limits in force in the form they have between processes.
    func answers(now: MonotonicTime) -> [RateLimitAnswer] {
        isEmpty
            ? []
            : active(now: now).map {
                RateLimitAnswer(
                    scope: $0.scope, categories: $0.categories, reasonCode: $0.reasonCode,
                    remaining: $0.expiresAt - now)
            }
    }
}
