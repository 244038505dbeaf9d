import JSON

/// How the spans of an event are summed up: `breakdownsV2` of the project configuration.
public struct BreakdownRule: Sendable, Equatable {
    /// Name in the event's `breakdowns`.
    public var name: String
    /// Beginnings of span operations; the first one that fits names the group.
    public var matches: [String]

    /// A rule of its parts.
    public init(name: String, matches: [String]) {
        self.name = name
        self.matches = matches
    }

    /// Reads `{"<name>": {"type": "spanOperations", "matches": ["<prefix>", …]}, …}`; rules of
    /// other types and with names that no breakdown may have are left out.
    public static func read(_ json: JSONValue) -> [BreakdownRule] {
        var rules: [BreakdownRule] = []
        for (name, rule) in json.objectValue ?? [] {
            let type = rule["type"]?.stringValue
            guard type == "spanOperations" || type == "span_operations", isName(name),
                let matches = rule["matches"]?.arrayValue?.compactMap(\.stringValue),
                !matches.isEmpty
            else { continue }
            rules.append(BreakdownRule(name: name, matches: matches))
        }
        return rules
    }

    /// Whether a breakdown may have the name: a letter, then letters, digits, `_`, `.`, `-`.
    static func isName(_ name: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool {
            let lower = ASCII.lower(byte)
            return lower >= 0x61 && lower <= 0x7A
        }
        guard let first = name.utf8.first, isLetter(first) else { return false }
        return name.utf8.allSatisfy {
            isLetter($0) || ASCII.isDigit($0) || $0 == 0x5F || $0 == 0x2E || $0 == 0x2D
        }
    }
}

/// Breakdowns: how long an event spent in which kind of operation, from its spans.
extension Normalizer {
    func normalizeBreakdowns() {
        guard let rules = context.breakdowns else { return }
        let old = find(Key.breakdowns, in: event)
        if old.exists {
            // What SDKs say is not believed.
            document.setNull(old)
            meta.clear(old)
        }
        let spans = find(Key.spans, in: event)
        guard kind(spans) == .array else { return }
        for rule in rules {
            guard let sums = operationTimes(spans, rule) else { continue }
            let breakdown = document.makeObject()
            for (index, microseconds) in sums.groups.enumerated() {
                guard let microseconds else { continue }
                append(microseconds, to: breakdown, "ops." + rule.matches[index])
            }
            append(sums.total, to: breakdown, "total.time")
            let breakdowns = objectEntry(Key.breakdowns, in: event)
            document.append(breakdown, to: breakdowns, key: rule.name)
        }
    }

    private func append(_ microseconds: Int64, to breakdown: JSONNode, _ name: String) {
        let measurement = document.makeObject()
        document.append(
            document.makeNumber(Double(microseconds) / 1000), to: measurement, key: Key.value)
        document.append(
            document.makeString(EventMeta.bytes("millisecond")), to: measurement, key: Key.unit)
        document.append(measurement, to: breakdown, key: name)
    }

    /// Microseconds per group (nil: no span of it) and of all groups together, where every operation
    /// that is in no group is one of its own; nil if there is no span with an operation.
    private func operationTimes(
        _ spans: JSONNode, _ rule: BreakdownRule
    ) -> (groups: [Int64?], total: Int64)? {
        var windows: [(group: Int, operation: JSONNode, window: TimeWindow)] = []
        windows.reserveCapacity(document.childCount(of: spans))
        for span in document.children(of: spans) {
            let operation = find(Key.op, in: span)
            guard let name = text(operation), let window = window(of: span) else { continue }
            let group = rule.matches.firstIndex { name.starts(with: $0.utf8) }
            windows.append((group ?? Int.max, operation, window))
        }
        guard !windows.isEmpty else { return nil }
        windows.sort {
            if $0.group != $1.group { return $0.group < $1.group }
            if $0.group == Int.max {
                let order = compareTexts($0.operation, $1.operation)
                if order != 0 { return order < 0 }
            }
            return $0.window.start < $1.window.start
        }
        var groups = [Int64?](repeating: nil, count: rule.matches.count)
        var total: Int64 = 0
        var end = Int64.min
        for (index, entry) in windows.enumerated() {
            if index == 0 || windows[index - 1].group != entry.group
                || (entry.group == Int.max
                    && compareTexts(windows[index - 1].operation, entry.operation) != 0)
            {
                end = Int64.min
            }
            // Time that an earlier span of the group covers counts once.
            let time = max(entry.window.end, end) - max(entry.window.start, end)
            end = max(entry.window.end, end)
            total += time
            if entry.group < groups.count { groups[entry.group, default: 0] += time }
        }
        return (groups, total)
    }

    private func compareTexts(_ left: JSONNode, _ right: JSONNode) -> Int {
        guard let left = text(left), let right = text(right) else { return 0 }
        return ByteText.compare(left, right)
    }
}

extension [Int64?] {
    fileprivate subscript(index: Int, default value: Int64) -> Int64 {
        get { self[index] ?? value }
        set { self[index] = newValue }
    }
}
