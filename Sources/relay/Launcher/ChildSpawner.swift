import Glibc
import Service

/// Starts children by `posix_spawn`. Call it from the main thread only: the kernel kills children
/// when the thread that started them ends.
enum ChildSpawner {
    /// Starts a child in its own process group, so that a terminal's Ctrl-C reaches the launcher
    /// alone and the stop keeps its order. Its standard input is empty; output and log go where the
    /// launcher's go.
    static func start(_ child: ChildPlan) throws(SystemError) -> pid_t {
        let operation = "start \(child.name)"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        for (index, socket) in child.sockets.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, socket.descriptor, 3 + Int32(index))
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // SIGHUP waits until the child can handle it.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGHUP)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in Signals.handled + [SIGPIPE, SIGCHLD] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var environment = child.environment
        environment["NOTIFY_SOCKET"] = child.notifyPath
        let arguments = CStringArray(ExecShim.arguments(for: child, parent: getpid()))
        let variables = CStringArray(
            environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        var process = pid_t()
        let status = posix_spawn(
            &process, "/proc/self/exe", &actions, &attributes, arguments.pointers,
            variables.pointers)
        guard status == 0 else { throw SystemError(operation, code: status) }
        return process
    }
}

/// Receives what one child tells its service manager.
final class NotifySocket {
    let descriptor: Int32

    init(path: String) throws(SystemError) {
        descriptor = try Listeners.datagram(path: path)
    }

    deinit { close(descriptor) }

    /// What the waiting messages say together.
    struct News {
        var isReady = false
        /// A sign of life for the watchdog.
        var isAlive = false
    }

    /// Reads all waiting messages.
    func receive() -> News {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var news = News()
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return news }
            for line in buffer[..<count].split(separator: UInt8(ascii: "\n")) {
                if line.elementsEqual("READY=1".utf8) { news.isReady = true }
                if line.elementsEqual("WATCHDOG=1".utf8) { news.isAlive = true }
            }
        }
    }
}
