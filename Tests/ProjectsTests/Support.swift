import Model
import Wire

@testable import RelayProjects

/// An instant of the virtual clock, in milliseconds.
func at(_ milliseconds: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: milliseconds * 1_000_000)
}

/// The n-th project key.
func key(_ number: UInt64) -> ProjectKey {
    ProjectKey(high: 0xa0a0_a0a0_a0a0_a0a0, low: number)
}

/// The text of a state with keys.
func stateText(
    project: UInt64?, keys: [ProjectKey], isDisabled: Bool = false, extra: String = ""
) -> String {
    let list = keys.map { "{\"publicKey\":\"\($0)\",\"isEnabled\":true}" }
        .joined(separator: ",")
    let number = project.map { "\"projectId\":\($0)," } ?? ""
    return "{\(number)\"disabled\":\(isDisabled),\"publicKeys\":[\(list)],"
        + "\"config\":{\"allowedDomains\":[\"*\"]}\(extra)}"
}

/// A state of a project with one key, as upstream gives it.
func snapshot(
    _ project: UInt64, key projectKey: ProjectKey, isDisabled: Bool = false, extra: String = ""
) throws -> ProjectSnapshot {
    let bytes = Array(
        stateText(project: project, keys: [projectKey], isDisabled: isDisabled, extra: extra)
            .utf8)
    return ProjectSnapshot(state: try ProjectState(json: bytes), bytes: bytes)
}

/// The n-th waiter.
func waiter(_ number: UInt64) -> WaiterID {
    WaiterID(link: 1, request: number)
}

extension AskAction {
    /// The answer to a question for a state, if it came at once.
    var state: ProjectStateAnswer? {
        guard case .answer(.state(let answer), _) = self else { return nil }
        return answer
    }

    /// The answer to a question for an event action, if it came at once.
    var eventAction: EventActionAnswer? {
        guard case .answer(.eventAction(let answer), _) = self else { return nil }
        return answer
    }

    /// What is to be got.
    var need: FetchNeed {
        switch self {
        case .answer(_, let need), .wait(_, let need): need
        }
    }

    /// Whether the waiter waits.
    var isWaiting: Bool {
        if case .wait = self { return true }
        return false
    }
}

extension ProjectReply {
    /// The status of a state answer.
    var status: ProjectStatus? {
        guard case .state(let answer) = self else { return nil }
        return answer.status
    }

    /// Whether it is a state past its expiry.
    var isStale: Bool {
        guard case .state(let answer) = self else { return false }
        return answer.isStale
    }
}
