import Glibc

/// The first lines of every daemon's `main`.
public enum Daemon {
    /// Protects the process, blocks the signals it handles (deliver them by `Signals`), and reads
    /// the command line; wrong arguments end the process with status 64 (EX_USAGE).
    public static func begin(name: String) -> DaemonArguments {
        ProcessProtection.forbidDumps()
        Signals.ignoreBrokenPipe()
        Signals.block(Signals.handled)
        do {
            return try DaemonArguments(Array(CommandLine.arguments.dropFirst()))
        } catch {
            end("\(name): \(error)", status: EX_USAGE)
        }
    }

    /// Ends the process with a line on standard error.
    public static func end(_ message: String, status: Int32) -> Never {
        writeError(message)
        exit(status)
    }

    /// Writes a line to standard error, outside of logging.
    public static func writeError(_ message: String) {
        let bytes = Array((message + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
