import Wire

/// What relays below us ask, passed to relay-projects.
extension IngestFlow {
    /// A project state for a relay below us; waits for it up to `deadline`, nil when there is none by
    /// then or relay-projects is away.
    public func projectState(
        _ question: GetProjectState, deadline: Duration,
        completion: @escaping (ProjectStateAnswer?) -> Void
    ) {
        guard let projects else { return completion(nil) }
        projects.projectState(question, timeout: deadline, completion: completion)
    }

    /// The public keys of relays below us; nil when there is no answer by the deadline.
    public func relayPublicKeys(
        _ question: GetRelayPublicKeys, deadline: Duration,
        completion: @escaping (RelayPublicKeysAnswer?) -> Void
    ) {
        guard let projects else { return completion(nil) }
        projects.relayPublicKeys(question, timeout: deadline, completion: completion)
    }

    /// Keys of projects by their number, as far as their states are known; nil when there is no answer
    /// by the deadline.
    public func projectKeys(
        _ question: GetProjectKeys, deadline: Duration,
        completion: @escaping (ProjectKeysAnswer?) -> Void
    ) {
        guard let projects else { return completion(nil) }
        projects.projectKeys(question, timeout: deadline, completion: completion)
    }
}
