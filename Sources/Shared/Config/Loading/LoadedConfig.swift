import Glibc

/// A configuration folder, read.
public struct LoadedConfig: Sendable {
    public var config: RelayConfig
    /// From flags, environment or `credentials.json`; nil when there are none.
    public var credentials: Credentials?
    /// Unknown keys, nulls and keys without effect.
    public var warnings: [ConfigProblem]
    /// The configuration folder, as given.
    public var directory: String
    /// Value of systemd's `STATE_DIRECTORY`, if set.
    var serviceStateDirectory: String?

    /// A path of the configuration: relative ones are below the configuration folder.
    public func resolve(path: String) -> String {
        path.hasPrefix("/") ? path : "\(directory)/\(path)"
    }

    /// Where state that outlives a restart is kept.
    public var stateDirectory: String {
        if let path = config.relay.stateDirectory { return resolve(path: path) }
        return serviceStateDirectory ?? "\(directory)/state"
    }

    /// Where the local project files are.
    public var projectsDirectory: String { "\(directory)/projects" }
}

/// What a process wants of `credentials.json`.
public enum CredentialsUse: Hashable, Sendable {
    /// It signs with them: a file that cannot be read is a problem.
    case required
    /// It names their id where it may read them: only the process that signs needs the right.
    case ifReadable
    /// It never looks at them.
    case unused
}

extension RelayConfig {
    /// Reads `config.yml` and `credentials.json` of a folder. A missing file counts as empty.
    ///
    /// Overrides win over the environment, and this over the files. All problems are collected.
    public static func load(
        directory: String, environment: [String: String],
        overrides: ConfigOverrides = ConfigOverrides(), credentials: CredentialsUse = .required
    ) throws(ConfigError) -> LoadedConfig {
        var loader = ConfigLoader(directory: directory)
        loader.readFile()
        if credentials != .unused {
            loader.readCredentialsFile(isOptional: credentials == .ifReadable)
        }
        loader.apply(ConfigOverrides(environment: environment)) {
            .environment(variable: $0.variable)
        }
        loader.apply(overrides) { .flag(name: $0.flag) }
        var loaded = try loader.finish()
        loaded.serviceStateDirectory = environment["STATE_DIRECTORY"]
            .flatMap { $0.split(separator: ":").first.map(String.init) }
        return loaded
    }

    /// The stored credentials of a folder, without a look at `config.yml`; nil without a file.
    public static func loadCredentials(directory: String) throws(ConfigError) -> Credentials? {
        var loader = ConfigLoader(directory: directory)
        loader.readCredentialsFile()
        return try loader.finish().credentials
    }

    /// The defaults with some settings given: for a new configuration.
    public static func defaults(with overrides: ConfigOverrides) throws(ConfigError) -> RelayConfig
    {
        var loader = ConfigLoader(directory: "")
        loader.apply(overrides) { .flag(name: $0.flag) }
        return try loader.finish().config
    }

    /// As `load` with the process's environment; problems are printed and end the process with
    /// status 78 before anything listens. For daemons.
    public static func loadOrExit(
        directory: String, credentials: CredentialsUse = .required
    ) -> LoadedConfig {
        do {
            return try load(
                directory: directory, environment: processEnvironment(), credentials: credentials)
        } catch {
            let text = Array((error.description + "\n").utf8)
            _ = text.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            exit(ConfigError.exitStatus)
        }
    }

    /// The environment of this process.
    public static func processEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return variables
    }
}
