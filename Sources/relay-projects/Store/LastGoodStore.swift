import Glibc
import Model

/// The last good state of each project, on disk, so that neither an upstream outage nor a restart
/// turns a known project into an unknown one. Blocking: used from one thread of its own.
///
/// The store is a convenience: whatever happens to the file, the process starts and serves. A file
/// that is damaged is set aside under another name, once, and a new one begun.
final class LastGoodStore {
    /// Bounds of the file.
    struct Limits: Hashable, Sendable {
        /// Most states; those that were confirmed longest ago go first.
        var statesMax = 100_000
        /// Most bytes of states.
        var bytesMax: Int64 = 512 << 20
    }

    /// A state as it was kept.
    struct Loaded: Sendable {
        var snapshot: ProjectSnapshot
        /// When upstream last confirmed it.
        var confirmedAt: WallTime
    }

    /// A change to be written.
    enum Change: Sendable {
        case save(bytes: [UInt8], projectID: ProjectID?, confirmedAt: WallTime)
        case touch(confirmedAt: WallTime)
        case delete
    }

    /// What an operator should know.
    enum Notice: Hashable, Sendable {
        /// The damaged file is kept under this name; a new one was begun.
        case setAside(path: String, keptAs: String, reason: String)
        /// Nothing is kept for now.
        case unusable(path: String, reason: String)
        /// One state was damaged and is dropped.
        case damagedState(key: ProjectKey)
    }

    private let path: String
    private let limits: Limits
    private let report: @Sendable (Notice) -> Void
    private var open: Open?
    private var isReported = false

    private struct Open {
        let database: SQLiteDatabase
        let select: SQLiteStatement
        let save: SQLiteStatement
        let touch: SQLiteStatement
        let delete: SQLiteStatement
        let byteCount: SQLiteStatement
        var count: Int
        var bytes: Int64
    }

    /// A store at a path; nothing is opened yet.
    init(path: String, limits: Limits = Limits(), report: @escaping @Sendable (Notice) -> Void) {
        self.path = path
        self.limits = limits
        self.report = report
    }

    /// Opens the file and names the keys in it. Empty when the file is new or of no use.
    func load() -> Set<ProjectKey> {
        var keys: Set<ProjectKey> = []
        perform { store throws(SQLiteError) in
            keys = []
            let statement = try store.database.prepare("SELECT key FROM states")
            while try statement.step() {
                if let key = ProjectKey(stored: statement.bytes(0)) { keys.insert(key) }
            }
        }
        return keys
    }

    /// The state of a key.
    func load(_ key: ProjectKey) -> Loaded? {
        var found: Loaded?
        var isDamaged = false
        perform { store throws(SQLiteError) in
            found = nil
            try store.select.bind(key.stored, at: 1)
            defer { store.select.reset() }
            guard try store.select.step() else { return }
            let bytes = store.select.bytes(0)
            guard store.select.integer(3) == Self.checksum(bytes) else {
                isDamaged = true
                return
            }
            guard let state = try? ProjectState(json: bytes) else {
                isDamaged = true
                return
            }
            let project = UInt64(bitPattern: store.select.integer(1))
            found = Loaded(
                snapshot: ProjectSnapshot(
                    state: state, bytes: bytes,
                    projectID: project == 0 ? nil : ProjectID(rawValue: project)),
                confirmedAt: WallTime(microseconds: store.select.integer(2)))
        }
        if isDamaged {
            report(.damagedState(key: key))
            write([(key, .delete)])
        }
        return found
    }

    /// Writes changes in one transaction and keeps the bounds.
    ///
    /// - Returns: keys that had to make room.
    @discardableResult
    func write(_ changes: [(ProjectKey, Change)]) -> [ProjectKey] {
        var dropped: [ProjectKey] = []
        perform { store throws(SQLiteError) in
            dropped = []
            var (count, bytes) = (store.count, store.bytes)
            try store.database.transaction { () throws(SQLiteError) in
                for (key, change) in changes {
                    try Self.apply(change, to: key, store, count: &count, bytes: &bytes)
                }
                if count > self.limits.statesMax || bytes > self.limits.bytesMax {
                    try self.makeRoom(
                        store.database, count: &count, bytes: &bytes, dropped: &dropped)
                }
            }
            store.count = count
            store.bytes = bytes
        }
        return dropped
    }

    /// Closes the file.
    func close() {
        open = nil
    }

    private static func apply(
        _ change: Change, to key: ProjectKey, _ store: Open, count: inout Int, bytes: inout Int64
    ) throws(SQLiteError) {
        switch change {
        case .touch(let confirmedAt):
            try store.touch.bind(confirmedAt.microseconds, at: 1)
            try store.touch.bind(key.stored, at: 2)
            try store.touch.execute()
        case .save(let state, let projectID, let confirmedAt):
            try remove(key, store, count: &count, bytes: &bytes)
            try store.save.bind(key.stored, at: 1)
            try store.save.bind(Int64(bitPattern: projectID?.rawValue ?? 0), at: 2)
            try store.save.bind(confirmedAt.microseconds, at: 3)
            try store.save.bind(checksum(state), at: 4)
            try store.save.bind(state, at: 5)
            try store.save.execute()
            count += 1
            bytes += Int64(state.count)
        case .delete:
            try remove(key, store, count: &count, bytes: &bytes)
        }
    }

    private static func remove(
        _ key: ProjectKey, _ store: Open, count: inout Int, bytes: inout Int64
    ) throws(SQLiteError) {
        try store.byteCount.bind(key.stored, at: 1)
        defer { store.byteCount.reset() }
        guard try store.byteCount.step() else { return }
        count -= 1
        bytes -= store.byteCount.integer(0)
        try store.delete.bind(key.stored, at: 1)
        try store.delete.execute()
    }

    /// Drops the states that were confirmed longest ago, a tenth more than needed.
    private func makeRoom(
        _ database: SQLiteDatabase, count: inout Int, bytes: inout Int64,
        dropped: inout [ProjectKey]
    ) throws(SQLiteError) {
        let oldest = try database.prepare(
            "SELECT key, length(state) FROM states ORDER BY confirmed_at")
        let countTarget = limits.statesMax - limits.statesMax / 10
        let bytesTarget = limits.bytesMax - limits.bytesMax / 10
        while count > countTarget || bytes > bytesTarget, try oldest.step() {
            if let key = ProjectKey(stored: oldest.bytes(0)) { dropped.append(key) }
            count -= 1
            bytes -= oldest.integer(1)
        }
        oldest.reset()
        let delete = try database.prepare("DELETE FROM states WHERE key = ?1")
        for key in dropped {
            try delete.bind(key.stored, at: 1)
            try delete.execute()
        }
    }

    // MARK: Opening

    /// Runs a block on the open database. Damage is answered by a new file and one more try, any
    /// other error by doing without.
    private func perform(_ body: (inout Open) throws(SQLiteError) -> Void) {
        for attempt in 1...2 {
            do throws(SQLiteError) {
                var store = try opened()
                try body(&store)
                open = store
                isReported = false
                return
            } catch {
                open = nil
                if error.isCorruption, attempt == 1 {
                    setAside(reason: error.message)
                    continue
                }
                if !isReported { report(.unusable(path: path, reason: error.message)) }
                isReported = true
                return
            }
        }
    }

    private func opened() throws(SQLiteError) -> Open {
        if let open { return open }
        Self.makeFolder(of: path)
        let database = try SQLiteDatabase(path: path)
        try database.run(
            """
            CREATE TABLE IF NOT EXISTS states (
                key BLOB PRIMARY KEY,
                project_id INTEGER NOT NULL,
                confirmed_at INTEGER NOT NULL,
                checksum INTEGER NOT NULL,
                state BLOB NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS states_by_age ON states (confirmed_at)
            """)
        let totals = try database.prepare(
            "SELECT count(*), coalesce(sum(length(state)), 0) FROM states")
        _ = try totals.step()
        let store = Open(
            database: database,
            select: try database.prepare(
                "SELECT state, project_id, confirmed_at, checksum FROM states WHERE key = ?1"),
            save: try database.prepare(
                "INSERT OR REPLACE INTO states (key, project_id, confirmed_at, checksum, state) "
                    + "VALUES (?1, ?2, ?3, ?4, ?5)"),
            touch: try database.prepare(
                "UPDATE states SET confirmed_at = ?1 WHERE key = ?2"),
            delete: try database.prepare("DELETE FROM states WHERE key = ?1"),
            byteCount: try database.prepare("SELECT length(state) FROM states WHERE key = ?1"),
            count: Int(totals.integer(0)), bytes: totals.integer(1))
        open = store
        return store
    }

    /// Moves the damaged file away, over the one that was set aside before: the damage is kept for
    /// a look, but does not pile up.
    private func setAside(reason: String) {
        open = nil
        let kept = path + ".damaged"
        for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
        if rename(path, kept) != 0 { unlink(path) }
        report(.setAside(path: path, keptAs: kept, reason: reason))
    }

    private static func makeFolder(of path: String) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        mkdir(String(path[..<slash]), 0o700)
    }

    /// Guards against damage that SQLite does not see.
    private static func checksum(_ bytes: [UInt8]) -> Int64 {
        Int64(
            bitPattern: Revision.number(
                of: bytes, key: RevisionKey(first: 0x5265_6c61_79, second: 0x7374_6174_65)))
    }
}

extension ProjectKey {
    /// The 16 bytes of the key in the file.
    fileprivate var stored: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { [UInt8]($0) }
    }

    fileprivate init?(stored bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        func word(_ slice: ArraySlice<UInt8>) -> UInt64 {
            slice.reduce(0) { $0 << 8 | UInt64($1) }
        }
        self.init(high: word(bytes[..<8]), low: word(bytes[8...]))
    }
}
