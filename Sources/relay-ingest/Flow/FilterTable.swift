import DequeModule
import InboundFilters

/// The compiled inbound filters of project states, by revision. Bounded by number; the ones that came
/// first make room, and are compiled again when they are needed.
struct FilterTable {
    private let countMax: Int
    /// nil for a state that filters nothing.
    private var entries: [UInt64: InboundFilters?] = [:]
    private var order = Deque<UInt64>()

    init(countMax: Int = 4096) {
        self.countMax = max(1, countMax)
    }

    var count: Int { entries.count }

    /// The filters of a state, nil if there are none.
    /// - Parameter compiled: called when the filters were not known, with what is wrong with them.
    mutating func filters(
        revision: UInt64, state: [UInt8], compiled: (_ problems: [String]) -> Void
    ) -> InboundFilters? {
        if revision != 0, let known = entries[revision] { return known }
        let made = InboundFilters(projectState: state)
        compiled(made.problems)
        let filters = made.isEmpty ? nil : made
        guard revision != 0 else { return filters }
        entries[revision] = .some(filters)
        order.append(revision)
        if entries.count > countMax, let oldest = order.popFirst() {
            entries.removeValue(forKey: oldest)
        }
        return filters
    }
}
