import Model
import Wire

/// Verdicts of relay-projects that are used again for a moment: under load, a project's events ask
/// the same question hundreds of times a second. Only plain acceptance by a known state is kept, so
/// refusals and rate limits always come from relay-projects, and end there.
struct VerdictCache {
    private struct Question: Hashable {
        let projectKey: ProjectKey
        let projectID: ProjectID?
        let origin: String?
    }

    private struct Entry {
        let answer: EventActionAnswer
        let expiresAt: MonotonicTime
    }

    /// How long a verdict is used again.
    static let lifetime = Duration.seconds(1)

    private let countMax: Int
    private var entries: [Question: Entry] = [:]

    init(countMax: Int = 4096) {
        self.countMax = max(1, countMax)
    }

    var count: Int { entries.count }

    /// The verdict upon the same question a moment ago.
    func answer(to question: GetEventAction, now: MonotonicTime) -> EventActionAnswer? {
        guard !question.isCacheBypassed, let entry = entries[Self.key(question)],
            now < entry.expiresAt
        else { return nil }
        return entry.answer
    }

    /// Keeps a verdict, if it is of the kind that is kept.
    mutating func insert(
        _ answer: EventActionAnswer, to question: GetEventAction, now: MonotonicTime
    ) {
        guard answer.verdict == .accept, answer.revision != 0, answer.rateLimits.isEmpty else {
            entries[Self.key(question)] = nil
            return
        }
        if entries.count >= countMax { removeExpired(now: now) }
        entries[Self.key(question)] = Entry(answer: answer, expiresAt: now + Self.lifetime)
    }

    /// Forgets the verdicts of a key, because a limit has been set upon it.
    mutating func forget(_ key: ProjectKey) {
        entries = entries.filter { $0.key.projectKey != key }
    }

    /// Forgets everything, because relay-projects is another process now.
    mutating func removeAll() {
        entries.removeAll()
    }

    /// Makes room: what has expired goes, and if that is nothing, everything.
    private mutating func removeExpired(now: MonotonicTime) {
        entries = entries.filter { now < $0.value.expiresAt }
        if entries.count >= countMax { entries.removeAll() }
    }

    private static func key(_ question: GetEventAction) -> Question {
        Question(
            projectKey: question.projectKey, projectID: question.projectID,
            origin: question.origin)
    }
}
