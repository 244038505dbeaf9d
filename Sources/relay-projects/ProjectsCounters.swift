/// What relay-projects did since it started.
public struct ProjectsCounters: Hashable, Sendable {
    /// Questions for project ids, states and event actions.
    public var questions = 0
    /// Of these, those that had to wait.
    public var waited = 0
    /// Answers with a state past its expiry.
    public var staleAnswers = 0
    /// Waits that ended without a state.
    public var unanswered = 0
    /// Questions for public keys of relays.
    public var relayKeyQuestions = 0
    /// Messages with rate limits.
    public var rateLimitUpdates = 0
    /// States that upstream gave, and among them: malformed ones; keys upstream does not know.
    public var statesFetched = 0
    public var statesInvalid = 0
    public var statesMissing = 0
    /// States taken from the disk.
    public var statesLoaded = 0
    /// Requests to upstream that failed.
    public var failedRequests = 0
    /// Project objects that were forgotten.
    public var evictions = 0
    /// Local files that could not be used, each version once.
    public var localProblems = 0
}
