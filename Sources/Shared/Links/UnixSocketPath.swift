import Glibc

/// Paths of Unix sockets.
public enum UnixSocketPath {
    /// Bytes a path may have: the kernel's field holds 108 with the terminating zero.
    public static let bytesMax = 107

    /// Why a path cannot be used.
    public struct PathError: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    /// Throws for a path the kernel would refuse, with a message that names value and limit.
    public static func check(_ path: String) throws(PathError) {
        if path.utf8.count > bytesMax {
            throw PathError(
                description:
                    "socket path \(path) has \(path.utf8.count) bytes, the limit is \(bytesMax)")
        }
    }

    /// Whether the socket at a path belongs to root: then the service manager made it, and passed it
    /// to a service whose user nobody knows beforehand.
    static func isRootsSocket(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFSOCK && status.st_uid == 0
    }

    /// Removes a socket that nobody listens on any more. Anything else at the path is an error.
    public static func removeStale(_ path: String) throws(PathError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw PathError(description: "\(path) exists and is not a socket")
        }
        if isListening(path) {
            throw PathError(description: "another process listens on \(path)")
        }
        unlink(path)
    }

    private static func isListening(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        return withAddress(path) { connect(descriptor, $0, $1) == 0 } ?? false
    }

    /// Makes a listening socket at a path, mode 0600 from its first moment on; a stale one makes
    /// room. Returns its descriptor.
    public static func listen(_ path: String, backlog: Int32) throws(PathError) -> Int32 {
        try check(path)
        try removeStale(path)
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, flags, 0)
        guard descriptor >= 0 else { throw failure("cannot create a socket for", path) }
        // The file that `bind` makes has the socket's mode. The mask for new files would do as well,
        // but it is the whole process's: another thread's folder could not be entered.
        let isBound =
            fchmod(descriptor, 0o600) == 0
            && withAddress(path) { bind(descriptor, $0, $1) == 0 } ?? false
        guard isBound, Glibc.listen(descriptor, backlog) == 0 else {
            let error = failure("cannot listen on", path)
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func failure(_ what: String, _ path: String) -> PathError {
        PathError(description: "\(what) \(path): \(String(cString: strerror(errno)))")
    }

    /// The address of a path, for the socket calls; nil when the path is too long.
    public static func withAddress<Result>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result? {
        guard path.utf8.count <= bytesMax else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
