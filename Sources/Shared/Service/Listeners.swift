import CSystemd
import Glibc

/// Creation of listening sockets, close-on-exec, for processes that inherit none.
public enum Listeners {
    /// Longest path of a Unix socket in bytes (`sun_path` less its zero).
    public static let unixPathBytesMax = 107

    /// Listens on a Unix socket. A file left behind by a process that is gone is replaced; one that
    /// somebody listens on is an error.
    public static func unix(
        path: String, mode: mode_t = 0o660, backlog: Int32 = 1024
    ) throws(SystemError) -> Int32 {
        let operation = "listen on \(path)"
        var address = try unixAddress(path: path, operation: operation)
        let descriptor = try makeSocket(AF_UNIX, operation: operation)
        do {
            try removeStaleSocket(path: path, operation: operation)
            try check(bindUnix(descriptor, &address), operation)
            // Before listen: nobody can connect while the mode is still the default.
            try check(chmod(path, mode), operation)
            try check(listen(descriptor, backlog), operation)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Receives datagrams on a Unix socket, mode 0600; a file left behind is replaced.
    public static func datagram(path: String) throws(SystemError) -> Int32 {
        let operation = "receive on \(path)"
        var address = try unixAddress(path: path, operation: operation)
        let descriptor = try makeSocket(AF_UNIX, type: SOCK_DGRAM, operation: operation)
        do {
            try removeStaleSocket(path: path, operation: operation)
            try check(bindUnix(descriptor, &address), operation)
            try check(chmod(path, 0o600), operation)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Listens on TCP. `host` is an address or a name, of whose addresses the first that works
    /// counts; `::` takes IPv4 as well. Port 0 takes a free one.
    public static func tcp(
        host: String, port: UInt16, backlog: Int32 = 1024
    ) throws(SystemError) -> Int32 {
        let operation = "listen on \(host.contains(":") ? "[\(host)]" : host):\(port)"
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, "\(port)", &hints, &found)
        guard status == 0 else {
            throw SystemError(operation, reason: String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(found) }
        var last = SystemError(operation, reason: "the name has no address")
        var next = found
        while let candidate = next {
            do {
                return try listenTCP(candidate.pointee, backlog: backlog, operation: operation)
            } catch {
                last = error
            }
            next = candidate.pointee.ai_next
        }
        throw last
    }

    private static func listenTCP(
        _ candidate: addrinfo, backlog: Int32, operation: String
    ) throws(SystemError) -> Int32 {
        let descriptor = try makeSocket(candidate.ai_family, operation: operation)
        do {
            set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            if candidate.ai_family == AF_INET6 {
                set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0)
            }
            try check(bind(descriptor, candidate.ai_addr, candidate.ai_addrlen), operation)
            try check(listen(descriptor, backlog), operation)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Address and port a TCP listener is bound to; nil for other sockets.
    public static func localAddress(of descriptor: Int32) -> (host: String, port: UInt16)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var service = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let hostLength = socklen_t(host.count)
        let serviceLength = socklen_t(service.count)
        let status = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(descriptor, address, &length) == 0
                    ? getnameinfo(
                        address, length, &host, hostLength, &service, serviceLength,
                        NI_NUMERICHOST | NI_NUMERICSERV) : EAI_FAIL
            }
        }
        guard status == 0, let port = UInt16(text(service)) else { return nil }
        return (text(host), port)
    }

    private static func text(_ characters: [CChar]) -> String {
        let end = characters.firstIndex(of: 0) ?? characters.endIndex
        return String(
            decoding: characters[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func unixAddress(
        path: String, operation: String
    ) throws(SystemError) -> sockaddr_un {
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count <= unixPathBytesMax, !bytes.contains(0) else {
            throw SystemError(
                operation,
                reason: "a socket path has 1 to \(unixPathBytesMax) bytes, this has \(bytes.count)")
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    /// A socket, stream by default.
    static func makeSocket(
        _ family: Int32, type: __socket_type = SOCK_STREAM, operation: String
    ) throws(SystemError) -> Int32 {
        let kind = Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw SystemError(operation) }
        return descriptor
    }

    static func bindUnix(_ descriptor: Int32, _ address: inout sockaddr_un) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Whether a socket's file was left behind by a process that is gone.
    public static func isAbandoned(path: String) throws(SystemError) -> Bool {
        let operation = "connect to \(path)"
        var address = try unixAddress(path: path, operation: operation)
        let probe = try makeSocket(AF_UNIX, operation: operation)
        defer { close(probe) }
        // A full listen queue must not make us wait: it is a sign of life.
        _ = fcntl(probe, F_SETFL, O_NONBLOCK)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return status != 0 && errno == ECONNREFUSED
    }

    /// Removes a socket file nobody listens on; anything else that is in the way is an error.
    static func removeStaleSocket(path: String, operation: String) throws(SystemError) {
        var information = stat()
        guard lstat(path, &information) == 0 else {
            guard errno == ENOENT else { throw SystemError(operation) }
            return
        }
        guard information.st_mode & S_IFMT == S_IFSOCK else {
            throw SystemError(operation, reason: "a file that is no socket is in the way")
        }
        guard try isAbandoned(path: path) else {
            throw SystemError(operation, reason: "another process listens on it")
        }
        try check(unlink(path), operation)
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func check(_ status: Int32, _ operation: String) throws(SystemError) {
        guard status == 0 else { throw SystemError(operation) }
    }
}
