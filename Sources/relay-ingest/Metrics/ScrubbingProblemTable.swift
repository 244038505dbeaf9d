import Model
import Wire

/// Which projects have scrubbing rules that cannot be used, as processors told it. Bounded; a
/// project's entry goes when the project works with another revision of its configuration.
struct ScrubbingProblemTable {
    struct Entry: Hashable {
        let revision: UInt64
        let problems: ScrubbingProblems
    }

    private let countMax: Int
    private(set) var entries: [ProjectID: Entry] = [:]

    init(countMax: Int = 1000) {
        self.countMax = max(1, countMax)
    }

    /// A processor told of problems of the project's configuration.
    mutating func insert(_ problems: ScrubbingProblems, _ project: ProjectID, revision: UInt64) {
        guard entries[project] != nil || entries.count < countMax else { return }
        entries[project] = Entry(revision: revision, problems: problems)
    }

    /// The project's events are processed by this revision now.
    mutating func isUsed(_ revision: UInt64, by project: ProjectID?) {
        guard !entries.isEmpty, let project, let entry = entries[project],
            entry.revision != revision
        else { return }
        entries[project] = nil
    }
}
