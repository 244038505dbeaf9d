import Glibc

/// Why a file of the configuration folder cannot be read or written.
public struct ConfigFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public var path: String
    public var problem: String

    public init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    public var description: String { "\(path): \(problem)" }
}

/// Files of the configuration folder: bounded reads, atomic writes.
public enum ConfigFile {
    /// The file's bytes; nil when it does not exist. Only regular files are read, so that a pipe or
    /// device cannot stop the start.
    public static func read(
        _ path: String, bytesMax: Int = 4 << 20
    ) throws(ConfigFileError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw ConfigFileError(path: path, problem: "cannot be opened: \(errorText())")
        }
        defer { close(file) }
        var information = stat()
        guard fstat(file, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            throw ConfigFileError(path: path, problem: "is not a regular file")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw ConfigFileError(path: path, problem: "cannot be read: \(errorText())")
            }
            guard bytes.count + count <= bytesMax else {
                throw ConfigFileError(
                    path: path, problem: "is longer than the limit of \(bytesMax) bytes")
            }
            bytes += chunk[..<count]
        }
    }

    /// Replaces a file at once: readers see the old or the new text, whatever happens in between.
    /// Missing folders are created for the owner only.
    public static func write(
        _ bytes: [UInt8], to path: String, mode: mode_t
    ) throws(ConfigFileError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if !folder.isEmpty { try createFolder(folder) }
        let temporary = "\(path).\(getpid()).tmp"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else {
            throw ConfigFileError(path: path, problem: "cannot be written: \(errorText())")
        }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                Glibc.write(
                    file, raw.baseAddress?.advanced(by: written), raw.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        // The mode given to open is cut by the umask.
        let isComplete =
            written == bytes.count && fchmod(file, mode) == 0 && fsync(file) == 0
        let text = errorText()
        close(file)
        guard isComplete, rename(temporary, path) == 0 else {
            let problem = isComplete ? errorText() : text
            unlink(temporary)
            throw ConfigFileError(path: path, problem: "cannot be written: \(problem)")
        }
        syncFolder(folder.isEmpty ? "/" : folder)
    }

    /// Creates a folder and its parents, for the owner only; existing ones stay as they are.
    public static func createFolder(_ path: String) throws(ConfigFileError) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/\(part)"
            if mkdir(built, 0o700) != 0, errno != EEXIST {
                throw ConfigFileError(
                    path: built, problem: "cannot be created: \(errorText())")
            }
        }
    }

    private static func syncFolder(_ path: String) {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// The text of `errno`.
    static func errorText() -> String { String(cString: strerror(errno)) }
}
