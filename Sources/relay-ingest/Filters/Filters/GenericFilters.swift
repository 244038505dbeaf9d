/// `generic`: filters with conditions, in their order; the first that matches names the reason.
struct GenericFilters: Sendable {
    struct Filter: Sendable {
        var id: String
        var condition: RuleCondition
    }

    /// Version of the settings that is understood; of later ones no filter is applied.
    static let versionMax = 1
    /// Generic filters of a project at most.
    static let countMax = 1000

    var filters: [Filter] = []

    var isActive: Bool { !filters.isEmpty }

    /// Id of the first filter that matches.
    func match<View: EventView>(
        _ event: View, _ scratch: inout [UInt8]
    ) throws(Unsure) -> String? {
        if filters.isEmpty { return nil }
        let matcher = ConditionMatcher()
        for filter in filters where try matcher.matches(filter.condition, event, &scratch) {
            return filter.id
        }
        return nil
    }
}
