/// Command line of a daemon: `-c DIR --runtime-directory DIR [--instance NAME]`.
public struct DaemonArguments: Hashable, Sendable {
    /// Configuration folder.
    public var configDirectory = ".relay"
    /// Folder of the Unix sockets; nil when not given.
    public var runtimeDirectory: String?
    /// Name of this instance, e.g. `1`.
    public var instance: String?

    /// Why arguments cannot be used.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String
    }

    /// Reads the arguments after the program's name.
    public init(_ arguments: [String]) throws(Problem) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.first.map(String.init) ?? ""
            guard ["-c", "--config", "--runtime-directory", "--instance"].contains(name) else {
                throw Problem(description: "unknown argument \(argument)")
            }
            let value: String? =
                parts.count == 2 && name.hasPrefix("--") ? String(parts[1]) : rest.popFirst()
            guard let value, !value.isEmpty else {
                throw Problem(description: "\(name) needs a value")
            }
            switch name {
            case "--runtime-directory": runtimeDirectory = value
            case "--instance": instance = value
            default: configDirectory = value
            }
        }
    }
}
