import Model

/// Envelopes whose project's state is not to be had now, by key. One question per key finds out when
/// it is; the waits between questions grow.
struct KeyWaiters {
    private struct Key {
        var tickets: [StoreTicket] = []
        var backoff: Backoff
        var isAsked = false
    }

    private var keys: [ProjectKey: Key] = [:]
    /// Of keys that are waited for from now on.
    var backoff: Backoff

    init(backoff: Backoff) {
        self.backoff = backoff
    }

    /// Keys that are waited for.
    var keyCount: Int { keys.count }

    /// An envelope waits for the key. The answer is when to ask about the key, nil when a question
    /// is planned or on its way already.
    mutating func wait(
        _ ticket: StoreTicket, for key: ProjectKey,
        using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        if keys[key] != nil {
            keys[key]?.tickets.append(ticket)
            return nil
        }
        var entry = Key(tickets: [ticket], backoff: backoff)
        let wait = entry.backoff.next(using: &generator)
        keys[key] = entry
        return wait
    }

    /// Time to ask: false when nobody waits for the key any more, or the question is on its way.
    mutating func askDue(_ key: ProjectKey) -> Bool {
        guard let entry = keys[key], !entry.isAsked else { return false }
        keys[key]?.isAsked = true
        return true
    }

    /// The question had no good answer: when to ask again.
    mutating func askFailed(
        _ key: ProjectKey, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        keys[key]?.isAsked = false
        return keys[key]?.backoff.next(using: &generator)
    }

    /// The state is known: whoever waited.
    mutating func release(_ key: ProjectKey) -> [StoreTicket] {
        keys.removeValue(forKey: key)?.tickets ?? []
    }

    /// Everybody who waits, e.g. because relay-projects is back.
    mutating func releaseAll() -> [StoreTicket] {
        let tickets = keys.values.flatMap(\.tickets)
        keys.removeAll()
        return tickets
    }

    /// An envelope waits no more; the last one takes its key along.
    mutating func forget(_ ticket: StoreTicket, key: ProjectKey) {
        guard keys[key] != nil else { return }
        keys[key]?.tickets.removeAll { $0 == ticket }
        if keys[key]?.tickets.isEmpty ?? false { keys[key] = nil }
    }
}
