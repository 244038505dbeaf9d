import DequeModule

/// A queue in which everybody waits in a line of his own and the lines take turns: one project with
/// very many events delays the others by one event each, not by all of its own.
struct FairQueue<Key: Hashable, Element: Equatable> {
    private var lines: [Key: Deque<Element>] = [:]
    /// The keys with a line, in the order of their turns.
    private var turns = Deque<Key>()
    /// Elements in all lines.
    private(set) var count = 0

    /// Joins the end of the key's line.
    mutating func append(_ element: Element, of key: Key) {
        if lines[key] == nil { turns.append(key) }
        lines[key, default: []].append(element)
        count += 1
    }

    /// Comes back to the front of the key's line, whose turn is next.
    mutating func prepend(_ element: Element, of key: Key) {
        if lines[key] == nil { turns.prepend(key) }
        lines[key, default: []].prepend(element)
        count += 1
    }

    /// Takes the first of the line whose turn it is.
    mutating func popFirst() -> Element? {
        guard let key = turns.popFirst(), let element = lines[key]?.popFirst() else { return nil }
        count -= 1
        if lines[key]?.isEmpty ?? true {
            lines[key] = nil
        } else {
            turns.append(key)
        }
        return element
    }

    /// Leaves the key's line, wherever it stands there.
    mutating func remove(_ element: Element, of key: Key) {
        guard let position = lines[key]?.firstIndex(of: element) else { return }
        lines[key]?.remove(at: position)
        count -= 1
        if lines[key]?.isEmpty ?? true {
            lines[key] = nil
            turns.removeAll { $0 == key }
        }
    }
}
