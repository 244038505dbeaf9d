import JSON
import Model

/// Follows the folder of local project files: compares it with what it was, says which files to
/// read, and which keys' states change. It does no I/O.
///
/// A file that cannot be used is reported once per version and problem, harms no other file, and
/// its last good state stays. A file that is gone takes its states with it.
public struct LocalProjectPoller {
    /// Bounds of the folder.
    public struct Limits: Hashable, Sendable {
        /// Files in all.
        public var filesMax: Int
        /// Bytes of one file.
        public var fileBytesMax: Int
        /// Bytes of all files.
        public var totalBytesMax: Int64

        /// The bounds in use.
        public init(
            filesMax: Int = 50_000, fileBytesMax: Int = 8 << 20, totalBytesMax: Int64 = 512 << 20
        ) {
            self.filesMax = filesMax
            self.fileBytesMax = fileBytesMax
            self.totalBytesMax = totalBytesMax
        }
    }

    /// Something to tell the operator.
    public enum Notice: Hashable, Sendable {
        case problem(name: String, LocalFileProblem, isOldStateKept: Bool)
        case loaded(name: String, keys: Int)
        case removed(name: String)
        /// The folder itself cannot be read; everything stays as it was.
        case folderUnreadable(reason: String)
    }

    /// The outcome of one look at the folder.
    public struct Changes: Sendable {
        /// New states; nil where a key has none any more.
        public var states: [(key: ProjectKey, snapshot: ProjectSnapshot?)] = []
        public var notices: [Notice] = []
    }

    private struct File {
        /// The version that was read last, and whether it may have changed unseen since.
        var identity: FileIdentity?
        var isRacy = false
        /// The last good state.
        var snapshot: ProjectSnapshot?
        /// The problem reported last, for `identity`.
        var problem: LocalFileProblem?
        /// Problems with single keys reported last.
        var takenKeys: Set<ProjectKey> = []
    }

    private let limits: Limits
    /// Room to check a file in.
    private let document: JSONDocument
    private var files: [String: File] = [:]
    private var owners: [ProjectKey: (name: String, snapshot: ProjectSnapshot)] = [:]
    private var folderProblem: String?
    private var notices: [Notice] = []
    private var hasChanged = false

    /// A file whose last change is younger than this when it is read may change again without a
    /// different time stamp: it is read once more.
    static let racyNanoseconds: Int64 = 2_000_000_000

    /// A poller that has seen nothing.
    public init(limits: Limits = Limits()) {
        self.limits = limits
        document = JSONDocument(
            limits: JSONLimits(
                depthMax: 100, nodesMax: 1 << 20, inputBytesMax: limits.fileBytesMax,
                editNodesMax: 0, editTextBytesMax: 0))
    }

    /// Files with a usable state.
    public var projectCount: Int { files.values.count { $0.snapshot != nil } }

    /// The folder was listed.
    ///
    /// - Returns: names of the files to read now, in order.
    public mutating func listed(_ listing: LocalListing) -> [String] {
        folderProblem = nil
        for name in files.keys.sorted() where listing.entries[name] == nil {
            if files[name]?.snapshot != nil {
                hasChanged = true
                notices.append(.removed(name: name))
            }
            files[name] = nil
        }
        var toRead: [String] = []
        var fileCount = 0
        var byteCount: Int64 = 0
        for name in listing.entries.keys.sorted(by: Self.isBefore) {
            switch listing.entries[name] {
            case .none: break
            case .problem(let problem): report(problem, name: name)
            case .file(let identity):
                if identity.size > Int64(limits.fileBytesMax) {
                    report(
                        .tooLarge(bytes: identity.size, limit: limits.fileBytesMax), name: name,
                        identity: identity)
                    continue
                }
                fileCount += 1
                byteCount += max(0, identity.size)
                if fileCount > limits.filesMax {
                    report(.tooMany(limit: limits.filesMax), name: name, identity: identity)
                } else if byteCount > limits.totalBytesMax {
                    report(
                        .tooMany(limit: Int(clamping: limits.totalBytesMax)), name: name,
                        identity: identity)
                } else if isDue(name, identity: identity) {
                    files[name, default: File()].isRacy =
                        identity.changedAt > listing.takenAt - Self.racyNanoseconds
                    toRead.append(name)
                }
            }
        }
        return toRead
    }

    /// The folder could not be listed: nothing changes.
    public mutating func folderUnreadable(reason: String) -> Changes {
        guard folderProblem != reason else { return Changes() }
        folderProblem = reason
        return Changes(notices: [.folderUnreadable(reason: reason)])
    }

    /// A file was read.
    ///
    /// - Parameter identity: of the file that was opened, which may be newer than the listing.
    public mutating func read(
        _ name: String, identity: FileIdentity?, content: LocalContent
    ) {
        switch content {
        case .problem(let problem): report(problem, name: name, identity: identity)
        case .bytes(let bytes):
            switch Self.parse(bytes, name: name, document: document) {
            case .failure(let problem): report(problem, name: name, identity: identity)
            case .success(let snapshot):
                let before = files[name]?.snapshot
                files[name, default: File()].identity = identity
                files[name]?.problem = nil
                guard before?.revision != snapshot.revision else { return }
                files[name]?.snapshot = snapshot
                files[name]?.takenKeys = []
                hasChanged = true
                notices.append(.loaded(name: name, keys: snapshot.state.publicKeys.count))
            }
        }
    }

    /// The look is over: what changes.
    public mutating func finish() -> Changes {
        var changes = Changes()
        if hasChanged { changes.states = reindex() }
        changes.notices = notices
        notices = []
        hasChanged = false
        return changes
    }
}

// MARK: - Rules

extension LocalProjectPoller {
    /// Names are read in the order of their numbers, then of their text, so that the file that
    /// keeps a contested key is always the same.
    private static func isBefore(_ left: String, _ right: String) -> Bool {
        let (leftID, rightID) = (projectID(ofName: left), projectID(ofName: right))
        switch (leftID, rightID) {
        case (let left?, let right?) where left != right: return left.rawValue < right.rawValue
        case (.some, .none): return true
        case (.none, .some): return false
        default: return left < right
        }
    }

    /// The number that a name like `42.json` states.
    static func projectID(ofName name: String) -> ProjectID? {
        name.hasSuffix(".json") ? ProjectID(name.dropLast(5)) : nil
    }

    /// The whole file is checked strictly, not only the part that is used here: the processors get
    /// it as it is.
    private static func parse(
        _ bytes: [UInt8], name: String, document: JSONDocument
    ) -> Result<ProjectSnapshot, LocalFileFailure> {
        guard !bytes.isEmpty else { return .failure(LocalFileFailure(.empty)) }
        let state: ProjectState
        do throws(JSONError) {
            _ = try document.parse(bytes)
            document.reset()
        } catch {
            return .failure(LocalFileFailure(.malformed(reason: error.description)))
        }
        do throws(ProjectStateError) {
            state = try ProjectState(json: bytes)
        } catch {
            return .failure(LocalFileFailure(.malformed(reason: error.description)))
        }
        let snapshot = ProjectSnapshot(
            state: state, bytes: bytes, projectID: projectID(ofName: name))
        guard snapshot.projectID != nil else { return .failure(LocalFileFailure(.noProjectID)) }
        guard !state.publicKeys.isEmpty else { return .failure(LocalFileFailure(.noPublicKeys)) }
        return .success(snapshot)
    }

    private func isDue(_ name: String, identity: FileIdentity) -> Bool {
        guard let file = files[name] else { return true }
        return file.identity != identity || file.isRacy
    }

    /// Tells of a problem, unless it was told already for this version of the file.
    private mutating func report(
        _ failure: LocalFileFailure, name: String, identity: FileIdentity? = nil
    ) {
        report(failure.problem, name: name, identity: identity)
    }

    private mutating func report(
        _ problem: LocalFileProblem, name: String, identity: FileIdentity? = nil
    ) {
        let file = files[name] ?? File()
        let isKnown = file.problem == problem && file.identity == identity
        files[name, default: File()].identity = identity
        files[name]?.problem = problem
        guard !isKnown else { return }
        notices.append(
            .problem(name: name, problem, isOldStateKept: file.snapshot != nil))
    }

    /// Gives each key to the first file that names it, and tells what is different from before.
    private mutating func reindex() -> [(key: ProjectKey, snapshot: ProjectSnapshot?)] {
        var next: [ProjectKey: (name: String, snapshot: ProjectSnapshot)] = [:]
        for name in files.keys.sorted(by: Self.isBefore) {
            guard let file = files[name], let snapshot = file.snapshot else { continue }
            for publicKey in snapshot.state.publicKeys {
                if let owner = next[publicKey.key] {
                    guard owner.name != name, !file.takenKeys.contains(publicKey.key) else {
                        continue
                    }
                    files[name]?.takenKeys.insert(publicKey.key)
                    notices.append(
                        .problem(
                            name: name, .keyTaken(key: publicKey.key, by: owner.name),
                            isOldStateKept: false))
                } else {
                    next[publicKey.key] = (name, snapshot)
                    files[name]?.takenKeys.remove(publicKey.key)
                }
            }
        }
        var states: [(key: ProjectKey, snapshot: ProjectSnapshot?)] = []
        for (key, owner) in next where owners[key]?.snapshot !== owner.snapshot {
            states.append((key, owner.snapshot))
        }
        for key in owners.keys where next[key] == nil {
            states.append((key, nil))
        }
        owners = next
        return states
    }
}

/// A problem as an error.
private struct LocalFileFailure: Error {
    var problem: LocalFileProblem
    init(_ problem: LocalFileProblem) { self.problem = problem }
}
