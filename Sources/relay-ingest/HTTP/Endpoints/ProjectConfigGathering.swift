import JSON
import Model
import Wire

/// How a relay below us wants its states.
struct ProjectConfigsQuestion {
    var version: Int
    /// Whole states; else in the limited form.
    var isFull: Bool
    /// The settings for all projects too (version 3).
    var isGlobalWanted: Bool
    /// Past the caches (version 3).
    var isCacheBypassed: Bool
}

/// Collects the states a relay below us asked for and makes the answer once all are there.
final class ProjectConfigGathering {
    /// What the answer calls the projects: public keys, or numbers in version 1.
    private let names: [String]
    private let question: ProjectConfigsQuestion
    private let relay: RelayPublicKey
    private var states: [State]
    private var missing: Int

    private enum State {
        case waiting
        /// Upstream has not said yet.
        case pending
        case none
        case json([UInt8])
    }

    init(names: [String], question: ProjectConfigsQuestion, relay: RelayPublicKey) {
        self.names = names
        self.question = question
        self.relay = relay
        states = Array(repeating: .waiting, count: names.count)
        missing = names.count
    }

    var isComplete: Bool { missing == 0 }

    /// Takes the state at a position.
    /// - Parameter isKnown: there cannot be a state, so nil does not mean "not yet".
    func take(_ answer: ProjectStateAnswer?, at position: Int, isKnown: Bool) {
        guard case .waiting = states[position] else { return }
        missing -= 1
        guard let answer, answer.status != .pending else {
            states[position] = isKnown ? .none : .pending
            return
        }
        states[position] =
            !answer.state.isEmpty && mayRead(answer.state) ? .json(answer.state) : .none
    }

    /// Internal relays read every state, others those of projects that trust them.
    private func mayRead(_ json: [UInt8]) -> Bool {
        if relay.isInternal { return true }
        guard let key = relay.publicKey, let state = try? ProjectState(json: json) else {
            return false
        }
        return state.trustedRelays.contains(key)
    }

    /// The answer: `configs`, from version 3 on `pending`. Versions before have no way to say "not yet",
    /// and a missing state means that there is no project; so it is asked to come again.
    func answer(_ document: JSONDocument) -> Answer {
        var pending: [String] = []
        let writer = JSONWriter()
        writer.beginObject()
        writer.key("configs")
        writer.beginObject()
        for (position, name) in names.enumerated() {
            switch states[position] {
            case .waiting, .pending: pending.append(name)
            case .none:
                writer.key(name)
                writer.null()
            case .json(let state):
                writer.key(name)
                write(state, to: writer, document)
            }
        }
        writer.endObject()
        if question.version < 3, !pending.isEmpty {
            return Answer.failure(
                503, "project states are not available yet",
                causes: ["\(pending.count) of \(names.count) states are still being fetched"]
            ).with("retry-after", "1")
        }
        if !pending.isEmpty {
            writer.key("pending")
            writer.beginArray()
            for name in pending { writer.string(name) }
            writer.endArray()
        }
        if question.isGlobalWanted, question.version >= 3 {
            // There are no global settings here: their defaults.
            writer.key("global")
            writer.beginObject()
            writer.endObject()
            writer.key("global_status")
            writer.string("ready")
        }
        writer.endObject()
        return Answer(status: 200, contentType: Answer.jsonType, body: .bytes(Array(writer.bytes)))
    }

    private func write(_ state: [UInt8], to writer: JSONWriter, _ document: JSONDocument) {
        if question.isFull {
            state.withUnsafeBytes { writer.raw($0) }
            return
        }
        defer { document.reset() }
        guard let root = try? document.parse(state), document.kind(of: root) == .object else {
            writer.null()
            return
        }
        LimitedState.reduce(root, in: document)
        if (try? writer.write(root, from: document)) == nil { writer.null() }
    }
}

/// The form of a state that relays of other organisations get: enough to accept, filter and scrub
/// events, nothing about the organisation.
enum LimitedState {
    private static let fields: Set<String> = [
        "projectId", "lastChange", "rev", "disabled", "publicKeys", "slug", "organizationId",
        "config",
    ]
    private static let configFields: Set<String> = [
        "allowedDomains", "trustedRelays", "piiConfig", "datascrubbingSettings", "features",
        "filterSettings", "dynamicSampling", "eventRetention",
    ]

    /// Removes everything else.
    static func reduce(_ root: JSONNode, in document: JSONDocument) {
        keep(fields, of: root, in: document)
        let config = document.find("config", in: root)
        if document.kind(of: config) == .object { keep(configFields, of: config, in: document) }
    }

    private static func keep(_ names: Set<String>, of node: JSONNode, in document: JSONDocument) {
        for child in Array(document.children(of: node))
        where !names.contains(document.key(of: child)) {
            _ = document.remove(child, from: node)
        }
    }
}
