import Glibc

/// A database file that is opened anew when another one has taken its place.
public final class GeoDatabaseFile {
    /// What a look at the file gave.
    public enum Change: Equatable, Sendable {
        /// Another file, now in use.
        case opened
        /// The file cannot be used; the last usable one stays in use.
        case failed(String)
    }

    /// Microseconds between looks at the file.
    static let intervalMicroseconds: Int64 = 10_000_000

    /// The database in use; nil: there was no usable one yet.
    public private(set) var database: GeoDatabase?
    private let path: String
    private var identity: Identity?
    private var nextLook = Int64.min

    private struct Identity: Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int64
        var nanoseconds: Int64
    }

    /// A file that need not exist yet.
    public init(path: String) {
        self.path = path
    }

    /// Looks at the file unless the last look was moments ago; to be called with every event.
    ///
    /// - Returns: what changed, nil if nothing.
    public func refresh(nowMicroseconds now: Int64) -> Change? {
        // A clock that was set back must not stop the looks.
        let isEarly = now < nextLook && nextLook &- now <= Self.intervalMicroseconds
        guard !isEarly else { return nil }
        nextLook = now &+ Self.intervalMicroseconds
        var status = stat()
        let found =
            stat(path, &status) == 0
            ? Identity(
                device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
                size: Int64(status.st_size), seconds: Int64(status.st_mtim.tv_sec),
                nanoseconds: Int64(status.st_mtim.tv_nsec)) : nil
        let isFirst = identity == nil && database == nil
        guard let found else {
            defer { identity = nil }
            return identity != nil || isFirst && !hasReported ? report("no such file") : nil
        }
        guard found != identity else { return nil }
        identity = found
        hasReported = false
        do throws(GeoDatabase.OpenError) {
            database = try GeoDatabase(path: path)
            return .opened
        } catch {
            return .failed(error.description)
        }
    }

    private var hasReported = false

    private func report(_ reason: String) -> Change {
        hasReported = true
        return .failed("\(path): \(reason)")
    }
}
