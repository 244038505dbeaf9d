import Glibc
import Model

/// Reads the folder of local project files: blocking, so only ever on a thread of its own. Opens
/// nothing but regular files, and those without waiting.
struct DirectoryReader {
    let path: String
    let fileBytesMax: Int

    /// Entries of the folder that are looked at; what is beyond is not a folder of projects.
    static let entriesMax = 200_000

    /// The folder cannot be listed.
    struct Failure: Error {
        let reason: String
    }

    /// Lists the folder; one that does not exist is empty. Names that begin with a dot are left out:
    /// editors and atomic updates use them.
    func list() throws(Failure) -> LocalListing {
        var listing = LocalListing(entries: [:], takenAt: Self.wallNanoseconds())
        guard let directory = opendir(path) else {
            if errno == ENOENT { return listing }
            throw Failure(reason: Self.systemReason(errno))
        }
        defer { closedir(directory) }
        let descriptor = dirfd(directory)
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                if errno != 0 { throw Failure(reason: Self.systemReason(errno)) }
                return listing
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(".") { continue }
            guard listing.entries.count < Self.entriesMax else {
                throw Failure(reason: "more than \(Self.entriesMax) entries")
            }
            listing.entries[name] = Self.entry(name, in: descriptor)
        }
    }

    /// Reads one file whole, with the identity of what was really opened.
    func read(_ name: String) -> (identity: FileIdentity?, content: LocalContent) {
        let descriptor = open(path + "/" + name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            return (nil, .problem(.unreadable(reason: Self.systemReason(errno))))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            return (nil, .problem(.unreadable(reason: Self.systemReason(errno))))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            return (nil, .problem(.notAFile(kind: Self.kind(of: status.st_mode))))
        }
        let identity = FileIdentity(status)
        var bytes: [UInt8] = []
        let expected = min(max(0, Int(status.st_size)), fileBytesMax) + 1
        bytes.reserveCapacity(expected)
        var chunk = [UInt8](repeating: 0, count: min(max(expected, 512), 1 << 18))
        while true {
            let count = chunk.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return (identity, .problem(.unreadable(reason: Self.systemReason(errno))))
            }
            if count == 0 { return (identity, .bytes(bytes)) }
            bytes += chunk[..<count]
            if bytes.count > fileBytesMax {
                return (
                    identity,
                    .problem(.tooLarge(bytes: Int64(bytes.count), limit: fileBytesMax))
                )
            }
        }
    }

    private static func entry(_ name: String, in descriptor: Int32) -> LocalEntry {
        guard name.hasSuffix(".json") else { return .problem(.otherName) }
        var status = stat()
        guard fstatat(descriptor, name, &status, 0) == 0 else {
            return .problem(.unreadable(reason: systemReason(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            return .problem(.notAFile(kind: kind(of: status.st_mode)))
        }
        return .file(FileIdentity(status))
    }

    private static func kind(of mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "folder"
        case S_IFIFO: "named pipe"
        case S_IFSOCK: "socket"
        case S_IFCHR, S_IFBLK: "device"
        default: "special file"
        }
    }

    private static func systemReason(_ code: Int32) -> String {
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }

    private static func wallNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

extension FileIdentity {
    fileprivate init(_ status: stat) {
        self.init(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
            size: Int64(status.st_size), modifiedAt: Self.nanoseconds(status.st_mtim),
            changedAt: Self.nanoseconds(status.st_ctim))
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
