import Model

/// What tells one version of a file from another.
public struct FileIdentity: Hashable, Sendable {
    public var device: UInt64
    public var inode: UInt64
    public var size: Int64
    /// Nanoseconds since 1970.
    public var modifiedAt: Int64
    /// Nanoseconds since 1970; changes with each write, rename and change of permissions.
    public var changedAt: Int64

    /// An identity from its parts.
    public init(device: UInt64, inode: UInt64, size: Int64, modifiedAt: Int64, changedAt: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modifiedAt = modifiedAt
        self.changedAt = changedAt
    }
}

/// Why an entry of the folder, or a file's content, cannot be used.
public enum LocalFileProblem: Hashable, Sendable {
    /// Not a regular file.
    case notAFile(kind: String)
    /// Its name does not end in `.json`.
    case otherName
    /// It cannot be opened or read: the system's reason.
    case unreadable(reason: String)
    case tooLarge(bytes: Int64, limit: Int)
    case empty
    /// Its content is not a project state.
    case malformed(reason: String)
    /// Neither is its name a number nor does it hold a `projectId`.
    case noProjectID
    /// It has no `publicKeys`, so no request can belong to it.
    case noPublicKeys
    /// Another file has this key already.
    case keyTaken(key: ProjectKey, by: String)
    /// More files, or bytes in them, than are read.
    case tooMany(limit: Int)

    /// A sentence for the log.
    public var reason: String {
        switch self {
        case .notAFile(let kind): "is a \(kind), not a file"
        case .otherName: "the name does not end in .json"
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .tooLarge(let bytes, let limit): "has \(bytes) bytes; at most \(limit) are read"
        case .empty: "is empty"
        case .malformed(let reason): "holds no project state: \(reason)"
        case .noProjectID: "the name is no number and there is no projectId inside"
        case .noPublicKeys: "has no publicKeys"
        case .keyTaken(let key, let file): "public key \(key) belongs to \(file) already"
        case .tooMany(let limit): "over the limit of \(limit) bytes or files in all; not read"
        }
    }
}

/// One entry of the folder, as it was found.
public enum LocalEntry: Hashable, Sendable {
    case file(FileIdentity)
    case problem(LocalFileProblem)
}

/// The folder at one instant, by names.
public struct LocalListing: Hashable, Sendable {
    public var entries: [String: LocalEntry]
    /// When it was taken, nanoseconds since 1970, for files that were written at that very moment.
    public var takenAt: Int64

    /// A listing.
    public init(entries: [String: LocalEntry], takenAt: Int64) {
        self.entries = entries
        self.takenAt = takenAt
    }
}

/// The content of one file.
public enum LocalContent {
    case bytes([UInt8])
    case problem(LocalFileProblem)
}
