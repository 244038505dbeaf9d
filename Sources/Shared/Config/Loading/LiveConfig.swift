import Synchronization

/// The configuration that a running process follows, with the way to read it again. May be used from
/// any thread.
public final class LiveConfig: Sendable {
    private let state: Mutex<LoadedConfig>
    private let environment: [String: String]
    private let overrides: ConfigOverrides
    private let credentials: CredentialsUse
    private let fixed: FixedSettings

    /// Begins with what was loaded at the start; the other parameters are those of `load`.
    public init(
        _ loaded: LoadedConfig, environment: [String: String] = RelayConfig.processEnvironment(),
        overrides: ConfigOverrides = ConfigOverrides(), credentials: CredentialsUse = .required,
        fixed: FixedSettings
    ) {
        state = Mutex(loaded)
        self.environment = environment
        self.overrides = overrides
        self.credentials = credentials
        self.fixed = fixed
    }

    /// What counts now.
    public var current: LoadedConfig { state.withLock { $0 } }

    /// Reads files and environment again. With any problem nothing changes.
    public func readAgain() throws(ConfigError) -> ConfigChange {
        let current = current
        var next = try RelayConfig.load(
            directory: current.directory, environment: environment, overrides: overrides,
            credentials: credentials)
        let needRestart = next.config.differences(from: current.config).filter {
            fixed.names.contains($0)
        }
        for entry in fixed.entries { entry.keep(current.config, &next.config) }
        let change = ConfigChange(
            loaded: next, applied: next.config.differences(from: current.config),
            needRestart: needRestart, areCredentialsChanged: next.credentials != current.credentials
        )
        state.withLock { [next] in $0 = next }
        return change
    }

    /// Goes back to what counted before a change that turned out to be impossible.
    public func revert(to loaded: LoadedConfig) {
        state.withLock { $0 = loaded }
    }
}

/// What reading the configuration again brought.
public struct ConfigChange: Sendable {
    /// What counts from now on: the new configuration, with the fixed settings as they were.
    public var loaded: LoadedConfig
    /// Keys with a new value, dotted, in the order of the documentation.
    public var applied: [String]
    /// Keys whose new value counts after a restart of the process only.
    public var needRestart: [String]
    /// Whether the relay's identity is another one.
    public var areCredentialsChanged: Bool
}

extension RelayConfig {
    /// The keys whose values differ, in the order of the documentation.
    public func differences(from other: RelayConfig) -> [String] {
        guard self != other else { return [] }
        return SettingTable.settings.filter { $0.show(self) != $0.show(other) }.map(\.name)
    }
}
