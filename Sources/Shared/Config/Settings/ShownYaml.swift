/// Settings as text: `relay config show`.
public enum ShownYaml {
    /// All settings as a YAML document that would be read as the same configuration.
    public static func text(of config: RelayConfig) -> String {
        var root: [ShownEntry] = []
        for setting in SettingTable.settings {
            let path = setting.name.split(separator: ".").map(String.init)
            let value = setting.isSecret ? hidden(setting.show(config)) : setting.show(config)
            insert(value, at: path[...], into: &root)
        }
        var text = "---\n"
        append(root, indent: 0, to: &text)
        return text
    }

    /// One line per setting, those that differ from the default marked.
    public static func debugText(of config: RelayConfig) -> String {
        let defaults = RelayConfig()
        var text = ""
        for setting in SettingTable.settings {
            let value = setting.isSecret ? hidden(setting.show(config)) : setting.show(config)
            let isChanged = setting.show(config) != setting.show(defaults)
            text += "\(setting.name) = \(inline(value))\(isChanged ? "" : "  (default)")\n"
        }
        return text
    }

    private static func hidden(_ value: ShownValue) -> ShownValue {
        value == .null ? value : .text("***")
    }

    private static func insert(
        _ value: ShownValue, at path: ArraySlice<String>, into entries: inout [ShownEntry]
    ) {
        guard let key = path.first else { return }
        guard path.count > 1 else {
            entries.append(ShownEntry(key: key, value: value))
            return
        }
        let index: Int
        if let found = entries.firstIndex(where: { $0.key == key }) {
            index = found
        } else {
            index = entries.count
            entries.append(ShownEntry(key: key, value: .section([])))
        }
        guard case .section(var inner) = entries[index].value else { return }
        insert(value, at: path.dropFirst(), into: &inner)
        entries[index].value = .section(inner)
    }

    private static func append(_ entries: [ShownEntry], indent: Int, to text: inout String) {
        let space = String(repeating: " ", count: indent)
        for entry in entries {
            text += "\(space)\(quotedIfNeeded(entry.key)):"
            if case .section(let inner) = entry.value, !inner.isEmpty {
                text += "\n"
                append(inner, indent: indent + 2, to: &text)
            } else {
                text += " \(inline(entry.value))\n"
            }
        }
    }

    /// A value on one line, in YAML's flow form.
    public static func inline(_ value: ShownValue) -> String {
        switch value {
        case .null: "~"
        case .plain(let text): text
        case .text(let text): quotedIfNeeded(text)
        case .list(let values): "[" + values.map(inline).joined(separator: ", ") + "]"
        case .section(let entries):
            "{"
                + entries.map { "\(quotedIfNeeded($0.key)): \(inline($0.value))" }
                .joined(separator: ", ") + "}"
        }
    }

    /// A text that is read back as itself.
    public static func quotedIfNeeded(_ text: String) -> String {
        let isSimple = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                || (0x61...0x7a).contains(byte) || "._-/".utf8.contains(byte)
        }
        let startsWithLetter =
            text.utf8.first.map { $0 >= 0x41 && $0 != UInt8(ascii: "_") } ?? false
        let isWord = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(text.lowercased())
        if isSimple, startsWithLetter, !isWord { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                quoted +=
                    "\\x" + (scalar.value < 16 ? "0" : "")
                    + String(scalar.value, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
