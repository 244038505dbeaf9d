import Model

/// Requests that wait for an answer, with their deadlines. `Waiter` is whatever is to be resumed.
struct PendingRequests<Waiter> {
    private var waiters: [UInt64: Waiter] = [:]
    /// A binary heap by deadline; entries of requests answered meanwhile stay until they come up.
    private var deadlines: [(deadline: MonotonicTime, id: UInt64)] = []
    private var lastID: UInt64 = 0

    var count: Int { waiters.count }

    /// When `expire` is due next.
    var nextDeadline: MonotonicTime? { deadlines.first?.deadline }

    /// Keeps a waiter and returns the id of its request.
    mutating func insert(_ waiter: Waiter, deadline: MonotonicTime) -> UInt64 {
        lastID &+= 1
        if lastID == 0 { lastID = 1 }
        waiters[lastID] = waiter
        dropStaleDeadlines()
        push((deadline, lastID))
        return lastID
    }

    /// The waiter of an answer; nil when it was not awaited (any more).
    mutating func remove(_ id: UInt64) -> Waiter? {
        let waiter = waiters.removeValue(forKey: id)
        dropStaleDeadlines()
        return waiter
    }

    /// The waiters whose time is over.
    mutating func expire(now: MonotonicTime) -> [Waiter] {
        var expired: [Waiter] = []
        while let first = deadlines.first, first.deadline <= now {
            popFirst()
            if let waiter = waiters.removeValue(forKey: first.id) { expired.append(waiter) }
        }
        dropStaleDeadlines()
        return expired
    }

    /// All waiters, for the end of the link.
    mutating func removeAll() -> [Waiter] {
        let all = waiters.sorted { $0.key < $1.key }.map(\.value)
        waiters.removeAll()
        deadlines.removeAll()
        return all
    }

    private mutating func dropStaleDeadlines() {
        while let first = deadlines.first, waiters[first.id] == nil { popFirst() }
        guard deadlines.count > 64, deadlines.count > waiters.count * 2 else { return }
        // Sorted arrays are heaps.
        deadlines = deadlines.filter { waiters[$0.id] != nil }.sorted { $0.deadline < $1.deadline }
    }

    private mutating func push(_ entry: (deadline: MonotonicTime, id: UInt64)) {
        deadlines.append(entry)
        var child = deadlines.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if deadlines[parent].deadline <= deadlines[child].deadline { break }
            deadlines.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func popFirst() {
        guard let last = deadlines.popLast(), !deadlines.isEmpty else { return }
        deadlines[0] = last
        var parent = 0
        while true {
            let left = parent * 2 + 1
            let right = left + 1
            var least = parent
            if left < deadlines.count, deadlines[left].deadline < deadlines[least].deadline {
                least = left
            }
            if right < deadlines.count, deadlines[right].deadline < deadlines[least].deadline {
                least = right
            }
            if least == parent { break }
            deadlines.swapAt(parent, least)
            parent = least
        }
    }
}
