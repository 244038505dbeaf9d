import DequeModule

/// Decides which request goes next: at most `activeMax` at a time, queries before envelopes, first
/// come first served within a priority, and at most `waitingMax` waiting.
struct UpstreamRequestQueue<Element> {
    enum Admission {
        /// Start it now.
        case start
        /// It waits.
        case wait
        /// Too many wait already.
        case refuse(limit: Int)
    }

    let activeMax: Int
    let waitingMax: Int
    private(set) var active = 0
    private var queries = Deque<Element>()
    private var envelopes = Deque<Element>()

    init(activeMax: Int, waitingMax: Int) {
        self.activeMax = max(1, activeMax)
        self.waitingMax = max(0, waitingMax)
    }

    var waiting: Int { queries.count + envelopes.count }

    mutating func admit(_ element: Element, priority: UpstreamPriority) -> Admission {
        if active < activeMax {
            active += 1
            return .start
        }
        switch priority {
        case .query:
            // Queries have a quota of their own, so that waiting envelopes cannot shut them out.
            if queries.count >= max(waitingMax, 1) { return .refuse(limit: waitingMax) }
            queries.append(element)
        case .envelope:
            if envelopes.count >= waitingMax { return .refuse(limit: waitingMax) }
            envelopes.append(element)
        }
        return .wait
    }

    /// A request has ended: the one that takes its place, if any waits.
    mutating func finished() -> Element? {
        if let next = queries.popFirst() ?? envelopes.popFirst() { return next }
        active = max(0, active - 1)
        return nil
    }

    /// Everything that waits, which then waits no more.
    mutating func removeAllWaiting() -> [Element] {
        let all = Array(queries) + Array(envelopes)
        queries.removeAll()
        envelopes.removeAll()
        return all
    }
}
