import Model

/// Deadlines in the order they come, as a binary heap of plain values. Entries are never searched
/// for or removed: whoever pops one checks whether it still means something.
struct DeadlineHeap<Item> {
    private var entries: [(deadline: MonotonicTime, item: Item)] = []

    /// The earliest deadline.
    var next: MonotonicTime? { entries.first?.deadline }
    var count: Int { entries.count }

    /// Forgets all entries.
    mutating func removeAll() {
        entries.removeAll()
    }

    /// Adds a deadline, in O(log n).
    mutating func push(_ item: Item, at deadline: MonotonicTime) {
        entries.append((deadline, item))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].deadline < entries[parent].deadline else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the earliest entry when its time has come, in O(log n).
    mutating func pop(dueAt now: MonotonicTime) -> Item? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first.item }
        entries[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].deadline < entries[smallest].deadline { smallest = child }
            }
            if smallest == parent { break }
            entries.swapAt(parent, smallest)
            parent = smallest
        }
        return first.item
    }
}
