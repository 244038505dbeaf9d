import JSON

/// What scrubbing did to one value of an event.
struct PiiChange: Equatable {
    /// A rule's trace in `_meta`.
    struct Remark: Equatable {
        var rule: String
        /// Letter of the kind, as in `_meta`: `x` removed, `s` substituted …
        var kind: String
        /// Bytes of the new text; nil for the whole value.
        var range: Range<Int>?
    }

    /// Keys and indexes from the event to the value.
    var path: [String]
    /// Empty when nothing tells why the value changed.
    var remarks: [Remark]
    /// Nil when the value was not there, or is not any more.
    var before: JSONValue?
    var after: JSONValue?

    /// Compares an event before and after scrubbing, `_meta` included, in the order of the event.
    static func all(before: JSONValue, after: JSONValue) -> [PiiChange] {
        var changes: [PiiChange] = []
        compare(
            Side(value: before, meta: before["_meta"]), Side(value: after, meta: after["_meta"]),
            [], &changes)
        return changes
    }

    /// A value and what `_meta` says about it.
    private struct Side {
        var value: JSONValue?
        var meta: JSONValue?

        var remarks: [JSONValue] {
            guard case .array(let remarks) = meta?[""]?["rem"] else { return [] }
            return remarks
        }

        func child(_ key: String) -> Side { Side(value: value?[member: key], meta: meta?[key]) }

        /// Keys or indexes of the children.
        var keys: [String] {
            switch value {
            case .object(let members): members.map(\.0)
            case .array(let elements): elements.indices.map { String($0) }
            default: []
            }
        }
    }

    private static func compare(
        _ before: Side, _ after: Side, _ path: [String], _ changes: inout [PiiChange]
    ) {
        let old = before.remarks
        let new = after.remarks.filter { !old.contains($0) }
        let keys = before.keys
        let hasChildren = !keys.isEmpty && !after.keys.isEmpty
        if !new.isEmpty || (!hasChildren && before.value != after.value) {
            changes.append(
                PiiChange(
                    path: path, remarks: new.compactMap(Remark.init), before: before.value,
                    after: after.value))
        }
        guard hasChildren || (before.value == after.value && !keys.isEmpty) else { return }
        let known = Set(keys)
        for key in keys + after.keys.filter({ !known.contains($0) }) {
            if path.isEmpty, key == "_meta" { continue }
            compare(before.child(key), after.child(key), path + [key], &changes)
        }
    }
}

extension PiiChange.Remark {
    fileprivate init?(_ json: JSONValue) {
        guard case .array(let parts) = json, parts.count >= 2, let rule = parts[0].stringValue,
            let kind = parts[1].stringValue
        else { return nil }
        self.rule = rule
        self.kind = kind
        if parts.count >= 4, case .number(let start) = parts[2], case .number(let end) = parts[3],
            let start = Int(start), let end = Int(end), start <= end
        {
            range = start..<end
        }
    }
}

extension JSONValue {
    /// The member of an object or the element of an array.
    fileprivate subscript(member key: String) -> JSONValue? {
        switch self {
        case .object: return self[key]
        case .array(let elements):
            guard let index = Int(key), elements.indices.contains(index) else { return nil }
            return elements[index]
        default: return nil
        }
    }
}
