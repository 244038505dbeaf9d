/// One key of `config.yml`: how it is read, shown and documented.
public struct Setting: Sendable {
    /// Dotted name, e.g. `limits.max_event_size`.
    public let name: String
    /// Older names that mean the same, dotted.
    public let aliases: [String]
    /// What values look like, for people.
    public let type: String
    /// What the setting does, one line.
    public let summary: String
    /// Puts a value into the configuration.
    let read: @Sendable (ConfigNode, inout RelayConfig) throws(SettingError) -> Void
    /// The value as `config show` prints it.
    public let show: @Sendable (RelayConfig) -> ShownValue
    /// Whether null is a value of its own rather than "keep the default".
    let isOptional: Bool
    /// Whether `config show` hides the value.
    let isSecret: Bool

    init(
        _ name: String, aliases: [String] = [], type: String, summary: String,
        isOptional: Bool = false, isSecret: Bool = false,
        read: @escaping @Sendable (ConfigNode, inout RelayConfig) throws(SettingError) -> Void,
        show: @escaping @Sendable (RelayConfig) -> ShownValue
    ) {
        self.name = name
        self.aliases = aliases
        self.type = type
        self.summary = summary
        self.read = read
        self.show = show
        self.isOptional = isOptional
        self.isSecret = isSecret
    }

    /// The setting's row in the tables of docs/CONFIG.md.
    public func documentationRow(_ defaults: RelayConfig) -> String {
        var value = ShownYaml.inline(show(defaults))
        if value == "~" { value = "–" } else { value = "`\(value)`" }
        let also = aliases.isEmpty ? "" : " Also `\(aliases.joined(separator: "`, `"))`."
        return "| `\(name)` | \(type) | \(value) | \(summary)\(also) |"
    }
}

/// A value is not what its key needs.
struct SettingError: Error {
    /// Below the key, e.g. an element of a list; nil is the key itself.
    var line: Int
    var problem: String

    init(_ node: ConfigNode, _ problem: String) {
        line = node.line
        self.problem = problem
    }
}

/// A value as it is printed.
public indirect enum ShownValue: Hashable, Sendable {
    case null
    /// Printed as it is: numbers, booleans, sizes.
    case plain(String)
    /// Quoted where YAML needs it.
    case text(String)
    case list([ShownValue])
    case section([ShownEntry])
}

/// A key and its value as printed.
public struct ShownEntry: Hashable, Sendable {
    public var key: String
    public var value: ShownValue
}
