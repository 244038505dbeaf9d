import Config
import Glibc
import Service

/// The private folder of a running launcher: its name is short, because socket paths are, and only
/// the owner may enter.
struct RuntimeFolder {
    let path: String

    private init(existing path: String) {
        self.path = path
    }

    /// Removes folders of launchers that were killed and could not do it themselves: own ones whose
    /// socket nobody listens on any more.
    private static func removeAbandoned(in parent: String) {
        for name in entries(of: parent)
        where name.utf8.count == "relay-XXXXXX".utf8.count && name.hasPrefix("relay-") {
            let folder = RuntimeFolder(existing: "\(parent)/\(name)")
            var information = stat()
            guard lstat(folder.path, &information) == 0, information.st_uid == geteuid(),
                information.st_mode & S_IFMT == S_IFDIR, information.st_mode & 0o777 == 0o700,
                (try? Listeners.isAbandoned(path: folder.projectsPath)) == true
            else { continue }
            folder.remove()
        }
    }

    /// Names of a folder's entries.
    private static func entries(of path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Creates a folder below systemd's or the session's runtime folder, else below /tmp.
    init(environment: [String: String]) throws(CommandError) {
        let longest = Listeners.unixPathBytesMax - "/relay-XXXXXX/processor/1024.sock".utf8.count
        let candidates =
            [environment["RUNTIME_DIRECTORY"], environment["XDG_RUNTIME_DIR"]]
            .compactMap { $0 } + ["/tmp"]
        for candidate in candidates where candidate.hasPrefix("/") {
            guard candidate.utf8.count <= longest, access(candidate, W_OK | X_OK) == 0 else {
                continue
            }
            Self.removeAbandoned(in: candidate)
            var template = Array("\(candidate)/relay-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { continue }
            let end = template.firstIndex(of: 0) ?? template.endIndex
            path = String(
                decoding: template[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard mkdir(processorFolder, 0o700) == 0, mkdir(notifyFolder, 0o700) == 0 else {
                throw CommandError("cannot create folders in \(path)")
            }
            return
        }
        throw CommandError(
            "cannot create a private folder for sockets in \(candidates.joined(separator: " or "))")
    }

    var projectsPath: String { "\(path)/projects.sock" }
    private var processorFolder: String { "\(path)/processor" }
    private var notifyFolder: String { "\(path)/notify" }

    func processorPath(_ instance: Int) -> String { "\(processorFolder)/\(instance).sock" }
    func notifyPath(_ name: String) -> String { "\(notifyFolder)/\(name)" }

    /// Removes the folder with its sockets.
    func remove() {
        for folder in [notifyFolder, processorFolder, path] {
            for name in Self.entries(of: folder) { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
    }
}

/// The listeners of all children. The launcher holds them for its whole life, so that the restart of
/// a child refuses nobody. Their numbers are high, out of the way of what children inherit.
struct LauncherSockets {
    let http: Int32
    let projects: Int32
    let processors: [Int32]

    /// Binds all; the HTTP listener may be inherited.
    init(
        config: RelayConfig, processors count: Int, runtime: RuntimeFolder,
        inherited: inout InheritedSockets
    ) throws(SystemError) {
        let backlog = Int32(clamping: config.limits.maxPendingConnections)
        if let listener = inherited.takeListener(named: "http", orAnyTCP: true) {
            http = try Self.moved(listener)
        } else {
            http = try Self.moved(
                Listeners.tcp(host: config.relay.host, port: config.relay.port, backlog: backlog))
        }
        projects = try Self.moved(Listeners.unix(path: runtime.projectsPath, mode: 0o600))
        var list: [Int32] = []
        for instance in 1...count {
            list.append(
                try Self.moved(
                    Listeners.unix(path: runtime.processorPath(instance), mode: 0o600)))
        }
        processors = list
    }

    private static func moved(_ descriptor: Int32) throws(SystemError) -> Int32 {
        let high = fcntl(descriptor, F_DUPFD_CLOEXEC, 64)
        guard high >= 0 else { throw SystemError("duplicate a listening socket") }
        close(descriptor)
        return high
    }
}
