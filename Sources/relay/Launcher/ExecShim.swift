import Glibc
import Service

/// The first steps of a child, between spawn and exec (`relay __exec PARENT NAMES PROGRAM …`).
///
/// Two things can only be done in the child's own process: asking the kernel to be killed together
/// with the parent, which exec keeps, and stating the own process id in `LISTEN_PID`. A program of
/// its own for these steps lets the launcher use `posix_spawn`: forking a Swift process is unsafe.
public enum ExecShim {
    /// First argument that selects this mode.
    public static let mode = "__exec"

    /// Arguments of the shim for a child.
    static func arguments(for child: ChildPlan, parent: pid_t) -> [String] {
        let names = child.sockets.map(\.name).joined(separator: ":")
        return ["relay", mode, "\(parent)", names, child.program] + child.arguments
    }

    /// Becomes the program; returns only by ending the process.
    public static func run(_ arguments: [String]) -> Never {
        guard arguments.count >= 3, let parent = pid_t(arguments[0]) else {
            Daemon.end("relay \(mode): for internal use", status: EX_USAGE)
        }
        guard ProcessProtection.dieWithParent(expectedParent: parent) else {
            exit(EX_OSERR)
        }
        let names = arguments[1].split(separator: ":")
        if !names.isEmpty {
            setenv("LISTEN_PID", "\(getpid())", 1)
            setenv("LISTEN_FDS", "\(names.count)", 1)
            setenv("LISTEN_FDNAMES", arguments[1], 1)
        }
        let program = arguments[2]
        let argv = CStringArray([program] + arguments.dropFirst(3))
        execv(program, argv.pointers)
        Daemon.end(
            "relay: cannot execute \(program): \(String(cString: strerror(errno)))", status: 127)
    }
}

/// A zero-terminated array of C strings, for exec and spawn.
final class CStringArray {
    private(set) var pointers: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [String]) {
        pointers = strings.map { strdup($0) } + [nil]
    }

    deinit {
        for pointer in pointers { free(pointer) }
    }
}
