/// Every key of `config.yml`. docs/CONFIG.md is checked against this table.
public enum SettingTable {
    /// All settings that have an effect, in the order of the documentation.
    public static let settings: [Setting] =
        relay + http + cache + limits + observability + processing

    /// Keys of the original that are accepted without an effect here, with the reason.
    public static let withoutEffect: [IgnoredSetting] = ignored

    /// A key that is known and does nothing.
    public struct IgnoredSetting: Sendable {
        /// Dotted name; a section stands for all keys in it.
        public let name: String
        public let reason: String
    }

    /// Old name to setting, and the name itself.
    static let byName: [String: Setting] = {
        var table: [String: Setting] = [:]
        for setting in settings {
            table[setting.name] = setting
            for alias in setting.aliases { table[alias] = setting }
        }
        return table
    }()

    static let ignoredByName: [String: IgnoredSetting] = {
        Dictionary(ignored.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }()

    /// Dotted names of sections, that is of everything above a setting.
    static let sections: Set<String> = {
        var names: Set<String> = []
        for name in Array(byName.keys) + Array(ignoredByName.keys) {
            var parts = name.split(separator: ".")
            while parts.count > 1 {
                parts.removeLast()
                names.insert(parts.joined(separator: "."))
            }
        }
        return names
    }()
}
