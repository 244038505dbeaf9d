/// Something wrong with one setting.
public struct ConfigProblem: Hashable, Sendable, CustomStringConvertible {
    /// Where the setting comes from.
    public enum Source: Hashable, Sendable {
        case file(path: String, line: Int?)
        case environment(variable: String)
        case flag(name: String)
    }

    public var source: Source
    /// The setting, e.g. `limits.max_event_size`; nil when the file as a whole is meant.
    public var key: String?
    public var problem: String

    public init(source: Source, key: String?, problem: String) {
        self.source = source
        self.key = key
        self.problem = problem
    }

    /// `file:line: key: problem`
    public var description: String {
        let place: String
        switch source {
        case .file(let path, let line): place = line.map { "\(path):\($0)" } ?? path
        case .environment(let variable): place = "environment \(variable)"
        case .flag(let name): place = "flag \(name)"
        }
        return key.map { "\(place): \($0): \(problem)" } ?? "\(place): \(problem)"
    }
}

/// All that keeps a configuration from being used. Commands print each line and exit 78 (EX_CONFIG).
public struct ConfigError: Error, Hashable, Sendable, CustomStringConvertible {
    public var problems: [ConfigProblem]

    public init(problems: [ConfigProblem]) {
        self.problems = problems
    }

    /// One line per problem.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }

    /// Exit status for configuration errors, `EX_CONFIG` of sysexits.h.
    public static let exitStatus: Int32 = 78
}
