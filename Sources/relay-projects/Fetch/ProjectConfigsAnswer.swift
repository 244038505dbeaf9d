import JSON
import Model

/// Upstream's answer to a question for project states, in any of the protocol's versions:
///
/// * 1: `{"configs": {"<project id>": {state} | null}}`
/// * 2: `{"configs": {"<public key>": {state} | null}}`
/// * 3: as 2, with `"pending": ["<public key>"]` for states that upstream is still computing
///
/// A state that cannot be understood harms its own key only.
public struct ProjectConfigsAnswer {
    /// What the answer says of one key.
    public enum Entry {
        case state(ProjectSnapshot)
        /// Null or not mentioned: upstream does not know the key, or does not tell this relay.
        case missing
        /// Something that is no state.
        case invalid(reason: String)
        /// Upstream is still computing the state.
        case pending
    }

    /// One entry for each key asked for, in that order.
    public var entries: [(key: ProjectKey, entry: Entry)]
    /// Entries of the answer that were not asked for.
    public var unexpectedCount: Int
}

/// Why an answer is none.
public enum UpstreamAnswerError: Error, Equatable, Sendable, CustomStringConvertible {
    case json(JSONError)
    /// The named member is missing or not what it should be.
    case unexpectedShape(String)

    /// A phrase for the log.
    public var description: String {
        switch self {
        case .json(let error): error.description
        case .unexpectedShape(let member): "'\(member)' is not an object"
        }
    }
}

/// Reads answers; keep one and use it again.
public final class ProjectConfigsReader {
    private let document: JSONDocument
    private let writer = JSONWriter()
    private let limits: ProjectStateLimits

    /// A reader with bounds.
    public init(limits: ProjectStateLimits) {
        self.limits = limits
        document = JSONDocument(
            limits: JSONLimits(
                depthMax: limits.depthMax, nodesMax: limits.answerNodesMax,
                inputBytesMax: limits.answerBytesMax, editNodesMax: 0, editTextBytesMax: 0,
                outputBytesMax: limits.stateBytesMax))
    }

    /// Reads the answer to a question for `keys`.
    public func read(
        _ body: [UInt8], keys: [ProjectKey]
    ) throws(UpstreamAnswerError) -> ProjectConfigsAnswer {
        defer { document.reset() }
        let root: JSONNode
        do {
            root = try document.parse(body)
        } catch {
            throw .json(error)
        }
        guard document.kind(of: root) == .object else { throw .unexpectedShape("answer") }
        let configs = document.find("configs", in: root)
        guard document.kind(of: configs) == .object else { throw .unexpectedShape("configs") }

        let asked = Set(keys)
        var found: [ProjectKey: ProjectConfigsAnswer.Entry] = [:]
        var unexpected = 0
        for child in document.children(of: configs) {
            let name = document.keyBytes(of: child)
            if let key = ProjectKey(bytes: name) {
                guard asked.contains(key) else {
                    unexpected += 1
                    continue
                }
                found[key] = entry(of: child, projectID: nil)
            } else if let projectID = ProjectID(bytes: name) {
                readVersion1(child, projectID: projectID, asked: asked, into: &found)
            } else {
                unexpected += 1
            }
        }
        for child in document.children(of: document.find("pending", in: root)) {
            guard let bytes = document.stringBytes(of: child), let key = ProjectKey(bytes: bytes),
                asked.contains(key)
            else {
                unexpected += 1
                continue
            }
            found[key] = .pending
        }
        return ProjectConfigsAnswer(
            entries: keys.map { ($0, found[$0] ?? .missing) }, unexpectedCount: unexpected)
    }

    /// A state under a project's number counts for each key it names that was asked for.
    private func readVersion1(
        _ node: JSONNode, projectID: ProjectID, asked: Set<ProjectKey>,
        into found: inout [ProjectKey: ProjectConfigsAnswer.Entry]
    ) {
        guard case .state(let snapshot) = entry(of: node, projectID: projectID) else { return }
        for publicKey in snapshot.state.publicKeys where asked.contains(publicKey.key) {
            found[publicKey.key] = .state(snapshot)
        }
    }

    private func entry(
        of node: JSONNode, projectID: ProjectID?
    ) -> ProjectConfigsAnswer.Entry {
        switch document.kind(of: node) {
        case .null, .missing: return .missing
        case .object: break
        case .bool, .number, .string, .array: return .invalid(reason: "the state is no object")
        }
        writer.reset()
        do {
            try writer.write(node, from: document)
        } catch {
            return .invalid(reason: error.description)
        }
        let bytes = [UInt8](writer.bytes)
        do {
            let state = try ProjectState(json: bytes)
            return .state(ProjectSnapshot(state: state, bytes: bytes, projectID: projectID))
        } catch {
            return .invalid(reason: error.description)
        }
    }
}

/// Bounds of what is read from upstream and local files.
public struct ProjectStateLimits: Hashable, Sendable {
    /// Bytes of one state: it has to fit into a frame.
    public var stateBytesMax: Int
    /// Bytes of one answer of upstream.
    public var answerBytesMax: Int
    /// JSON values in one answer.
    public var answerNodesMax: Int
    /// Nested arrays and objects.
    public var depthMax: Int

    /// The bounds in use.
    public init(
        stateBytesMax: Int = 8 << 20, answerBytesMax: Int = 64 << 20,
        answerNodesMax: Int = 1 << 23, depthMax: Int = 100
    ) {
        self.stateBytesMax = stateBytesMax
        self.answerBytesMax = answerBytesMax
        self.answerNodesMax = answerNodesMax
        self.depthMax = depthMax
    }
}
