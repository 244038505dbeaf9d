import JSON

/// Prints changes for people: path, rules, value before and after.
struct PiiChangePrinter {
    /// Whether the output understands colours.
    var hasColours: Bool

    /// Longer values are cut.
    static let valueCharactersMax = 2000

    private enum Style: String {
        case path = "1"
        case rule = "33"
        case before = "31"
        case after = "32"
    }

    private func styled(_ text: String, _ style: Style) -> String {
        hasColours ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// All changes and a summary.
    func text(_ changes: [PiiChange]) -> String {
        var lines: [String] = []
        for change in changes {
            lines.append(styled(Self.path(change.path), .path))
            for remark in change.remarks {
                let rule = styled(TerminalText.harmless(remark.rule), .rule)
                var line = "  \(rule) \(Self.name(remark.kind))"
                if let range = remark.range {
                    line += " \(range.lowerBound)–\(range.upperBound)"
                }
                lines.append(line)
            }
            if change.remarks.isEmpty { lines.append("  changed without a remark") }
            lines.append("  " + styled("- " + Self.value(change.before), .before))
            lines.append("  " + styled("+ " + Self.value(change.after), .after))
        }
        let rules = Set(changes.flatMap(\.remarks).map(\.rule))
        let values = changes.count == 1 ? "1 value" : "\(changes.count) values"
        lines.append(
            changes.isEmpty
                ? "nothing changed"
                : "\(values) changed by \(rules.count == 1 ? "1 rule" : "\(rules.count) rules")")
        return lines.joined(separator: "\n") + "\n"
    }

    /// What a remark's letter stands for.
    static func name(_ kind: String) -> String {
        switch kind {
        case "x": "removed"
        case "s": "substituted"
        case "m": "masked"
        case "p": "pseudonymized"
        case "e": "encrypted"
        case "a": "annotated"
        default: TerminalText.harmless(kind)
        }
    }

    private static func path(_ path: [String]) -> String {
        if path.isEmpty { return "(the event)" }
        return path.map { key in
            let isPlain = !key.isEmpty && key.utf8.allSatisfy(isPlainKeyByte)
            return isPlain ? key : "'\(TerminalText.harmless(key))'"
        }.joined(separator: ".")
    }

    private static func isPlainKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func value(_ value: JSONValue?) -> String {
        guard let value else { return "(nothing)" }
        let text = TerminalText.harmless(String(decoding: value.serialized(), as: UTF8.self))
        guard text.count > valueCharactersMax else { return text }
        return "\(text.prefix(valueCharactersMax))… (\(text.utf8.count) bytes)"
    }
}
