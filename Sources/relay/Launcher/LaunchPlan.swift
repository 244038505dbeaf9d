import Config
import Glibc
import Service

/// A child of the launcher: what to execute and what it inherits.
struct ChildPlan {
    /// For people, e.g. `relay-processor@2`.
    var name: String
    /// Path of the executable.
    var program: String
    var arguments: [String]
    var environment: [String: String]
    /// Names and descriptors of its listeners.
    var sockets: [InheritedSockets.Entry]
    /// Stops in this order.
    var stage: Int
    /// Its messages to the service manager arrive here.
    var notifyPath: String
}

/// All children of `relay run`.
struct LaunchPlan {
    var children: [ChildPlan] = []

    /// Where the daemons are: beside the launcher, or where the package installs them.
    static func programFolders(launcher: String) -> [String] {
        let own = launcher.lastIndex(of: "/").map { String(launcher[..<$0]) } ?? "."
        return [own, "/usr/lib/relay"]
    }

    /// The first folder that has the program.
    static func find(_ program: String, in folders: [String]) throws(CommandError) -> String {
        for folder in folders where access("\(folder)/\(program)", X_OK) == 0 {
            return "\(folder)/\(program)"
        }
        throw CommandError(
            "cannot find \(program) in \(folders.joined(separator: " or ")); is Relay installed"
                + " completely?")
    }

    /// The plan for one front door, one project cache and some processors.
    init(
        folders: [String], configDirectory: String, runtime: RuntimeFolder,
        listeners: LauncherSockets, shutdownTimeout: Duration, environment: [String: String]
    ) throws(CommandError) {
        var base = Self.cleaned(environment)
        base["WATCHDOG_USEC"] = "\(Int(Supervisor.watchdogTimeout / .microseconds(1)))"
        let common = ["-c", configDirectory, "--runtime-directory", runtime.path]
        let drain = Supervisor.drainTimeout(of: shutdownTimeout)
        var frontDoor = base
        // A little less than the launcher waits, so that the child ends by itself.
        frontDoor["RELAY_SHUTDOWN_TIMEOUT"] = Self.seconds(drain - drain / 20)
        var others = base
        others["RELAY_SHUTDOWN_TIMEOUT"] = Self.seconds((shutdownTimeout - drain) * 7 / 10)

        children.append(
            ChildPlan(
                name: "relay-projects", program: try Self.find("relay-projects", in: folders),
                arguments: common, environment: others,
                sockets: [.init(name: "projects", descriptor: listeners.projects)], stage: 1,
                notifyPath: runtime.notifyPath("projects")))
        let processor = try Self.find("relay-processor", in: folders)
        for (index, descriptor) in listeners.processors.enumerated() {
            let instance = "\(index + 1)"
            children.append(
                ChildPlan(
                    name: "relay-processor@\(instance)", program: processor,
                    arguments: common + ["--instance", instance], environment: others,
                    sockets: [.init(name: "processor", descriptor: descriptor)], stage: 1,
                    notifyPath: runtime.notifyPath("processor-\(instance)")))
        }
        children.append(
            ChildPlan(
                name: "relay-ingest", program: try Self.find("relay-ingest", in: folders),
                arguments: common, environment: frontDoor,
                sockets: [.init(name: "http", descriptor: listeners.http)], stage: 0,
                notifyPath: runtime.notifyPath("ingest")))
    }

    /// The environment without what is meant for the launcher itself.
    private static func cleaned(_ environment: [String: String]) -> [String: String] {
        let own = [
            "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "NOTIFY_SOCKET", "WATCHDOG_USEC",
            "WATCHDOG_PID",
        ]
        return environment.filter { !own.contains($0.key) }
    }

    private static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        return "\(Double(milliseconds) / 1000)"
    }
}
