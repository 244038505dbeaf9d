import CUserAgentRules
import Glibc

/// The rules of uap-core (https://github.com/ua-parser/uap-core) that name browser, operating system
/// and device in a `User-Agent`.
///
/// Read once from uap-core's `regexes.yaml` (Debian: package `uap-core`). Patterns that RE2 cannot
/// compile are skipped and counted.
public final class UserAgentRules {
    /// Where Debian's package installs the rules.
    public static let standardPath = "/usr/share/uap-core/regexes.yaml"

    /// Rules that were left out because RE2 does not know their syntax.
    public private(set) var skippedCount = 0
    /// Rules in use.
    public var count: Int { browsers.count + systems.count + devices.count }

    private var browsers = RuleList()
    private var systems = RuleList()
    private var devices = RuleList()

    /// A browser, operating system or device that a rule named.
    public struct Product: Equatable, Sendable {
        /// For example `Chrome`.
        public var family: String
        /// Version parts in order, as far as known.
        public var version: [String] = []
        /// Devices: manufacturer and model.
        public var brand: String?
        public var model: String?
    }

    /// Reads rules from the text of `regexes.yaml`.
    public init(yaml: UnsafeRawBufferPointer) {
        var list = 0
        var entry: [Substring: String] = [:]
        func finish() {
            guard entry["regex"] != nil else { return }
            add(entry, to: list)
            entry = [:]
        }
        for line in String(decoding: yaml, as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("user_agent_parsers:") || line.hasPrefix("os_parsers:")
                || line.hasPrefix("device_parsers:")
            {
                finish()
                list = line.hasPrefix("user") ? 0 : line.hasPrefix("os") ? 1 : 2
                continue
            }
            var rest = line.drop { $0 == " " }
            if rest.hasPrefix("#") || rest.isEmpty { continue }
            if rest.hasPrefix("- ") {
                finish()
                rest = rest.dropFirst(2).drop { $0 == " " }
            }
            guard let colon = rest.firstIndex(of: ":") else { continue }
            entry[rest[..<colon]] = Self.scalar(rest[rest.index(after: colon)...])
        }
        finish()
        browsers.compile()
        systems.compile()
        devices.compile()
    }

    /// Reads rules from a file; nil if it cannot be read.
    public convenience init?(path: String) {
        guard let bytes = Self.contents(path) else { return nil }
        self.init(yaml: UnsafeRawBufferPointer(bytes))
        bytes.deallocate()
        guard count > 0 else { return nil }
    }

    /// The value of a YAML scalar in quotes or plain.
    private static func scalar(_ text: Substring) -> String {
        let value = text.drop { $0 == " " }
        guard let quote = value.first, quote == "'" || quote == "\"" else {
            let end = value.range(ofComment: ()) ?? value.endIndex
            return String(value[..<end])
        }
        var result = ""
        var index = value.index(after: value.startIndex)
        while index < value.endIndex {
            let character = value[index]
            let following = value.index(after: index)
            if character == quote {
                guard quote == "'", following < value.endIndex, value[following] == "'" else {
                    return result
                }
                result.append("'")
                index = value.index(after: following)
            } else if quote == "\"", character == "\\", following < value.endIndex {
                result.append(value[following])
                index = value.index(after: following)
            } else {
                result.append(character)
                index = following
            }
        }
        return result
    }

    private func add(_ entry: [Substring: String], to list: Int) {
        guard let pattern = entry["regex"] else { return }
        let replacements: [String?]
        switch list {
        case 0:
            replacements = [
                entry["family_replacement"], entry["v1_replacement"], entry["v2_replacement"],
                entry["v3_replacement"],
            ]
        case 1:
            replacements = [
                entry["os_replacement"], entry["os_v1_replacement"],
                entry["os_v2_replacement"], entry["os_v3_replacement"],
            ]
        default:
            replacements = [
                entry["device_replacement"], entry["brand_replacement"],
                entry["model_replacement"],
            ]
        }
        let ignoresCase = entry["regex_flag"] == "i"
        let added: Bool
        switch list {
        case 0: added = browsers.add(pattern, ignoresCase, replacements)
        case 1: added = systems.add(pattern, ignoresCase, replacements)
        default: added = devices.add(pattern, ignoresCase, replacements)
        }
        if !added { skippedCount += 1 }
    }

    /// The browser, nil if no rule knows it.
    public func browser(_ agent: UnsafeRawBufferPointer) -> Product? {
        guard let match = browsers.match(agent) else { return nil }
        return versioned(match)
    }

    /// The operating system, nil if no rule knows it.
    public func operatingSystem(_ agent: UnsafeRawBufferPointer) -> Product? {
        guard let match = systems.match(agent) else { return nil }
        return versioned(match)
    }

    /// The device, nil if no rule knows it.
    public func device(_ agent: UnsafeRawBufferPointer) -> Product? {
        guard let match = devices.match(agent) else { return nil }
        guard let family = match.value(0, group: 1) else { return nil }
        return Product(
            family: family, brand: match.value(1, group: nil),
            model: match.value(2, group: 1))
    }

    private func versioned(_ match: RuleList.Match) -> Product? {
        guard let family = match.value(0, group: 1) else { return nil }
        var product = Product(family: family)
        for part in 1...3 {
            guard let value = match.value(part, group: part + 1) else { break }
            product.version.append(value)
        }
        return product
    }

    private static func contents(_ path: String) -> UnsafeMutableRawBufferPointer? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size > 0, status.st_size < 16 << 20 else {
            return nil
        }
        let size = Int(status.st_size)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
        var filled = 0
        while filled < size {
            let count = read(file, buffer.baseAddress.map { $0 + filled }, size - filled)
            guard count > 0 else {
                buffer.deallocate()
                return nil
            }
            filled += count
        }
        return buffer
    }
}

extension Substring {
    /// Where a comment starts behind a plain scalar.
    fileprivate func range(ofComment: Void) -> Index? {
        var previous: Character = "x"
        for index in indices {
            if self[index] == "#", previous == " " { return index }
            previous = self[index]
        }
        return nil
    }
}

/// An ordered list of rules and what they put in place of their groups.
private final class RuleList {
    private let rules = cua_rules_new()
    private var replacements: [[String?]] = []

    var count: Int { replacements.count }

    struct Match {
        let text: UnsafeRawBufferPointer
        let groups: [Range<Int>?]
        let replacements: [String?]

        /// The replacement with its `$1`… filled in, else the group; nil if empty.
        func value(_ index: Int, group: Int?) -> String? {
            var result: String
            if let replacement = replacements[index] {
                result = fill(replacement)
            } else if let group, group < groups.count, let range = groups[group] {
                result = String(decoding: text[range], as: UTF8.self)
            } else {
                return nil
            }
            while result.last == " " { result.removeLast() }
            while result.first == " " { result.removeFirst() }
            return result.isEmpty ? nil : result
        }

        private func fill(_ template: String) -> String {
            guard template.contains("$") else { return template }
            var result = ""
            var isGroup = false
            for character in template {
                if isGroup {
                    isGroup = false
                    if let number = character.wholeNumberValue {
                        if number < groups.count, let range = groups[number] {
                            result += String(decoding: text[range], as: UTF8.self)
                        }
                        continue
                    }
                    result += "$"
                }
                if character == "$" {
                    isGroup = true
                } else {
                    result.append(character)
                }
            }
            return result
        }
    }

    deinit {
        cua_rules_free(rules)
    }

    func add(_ pattern: String, _ ignoresCase: Bool, _ values: [String?]) -> Bool {
        var pattern = pattern
        let position = pattern.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cua_rules_add(rules, $0.baseAddress, $0.count, ignoresCase)
            }
        }
        guard position >= 0 else { return false }
        replacements.append(values)
        return true
    }

    func compile() {
        cua_rules_compile(rules)
    }

    func match(_ text: UnsafeRawBufferPointer) -> Match? {
        withUnsafeTemporaryAllocation(of: cua_span.self, capacity: 10) { spans in
            let position = cua_rules_match(
                rules, text.baseAddress?.assumingMemoryBound(to: CChar.self), text.count,
                spans.baseAddress, 10)
            guard position >= 0, Int(position) < replacements.count else { return nil }
            let groups = spans.map { span -> Range<Int>? in
                span.start >= 0 && span.end >= span.start
                    ? Int(span.start)..<Int(span.end) : nil
            }
            return Match(text: text, groups: groups, replacements: replacements[Int(position)])
        }
    }
}
