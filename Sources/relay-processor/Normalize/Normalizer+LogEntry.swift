import JSON
import Model

/// The message: parameters are put into it, a lone message is the formatted one.
extension Normalizer {
    func normalizeLogEntry() {
        let entry = find(Key.logentry, in: event)
        guard kind(entry) == .object,
            document.children(of: entry).contains(where: { !isEmpty($0) })
        else { return }
        let message = find(Key.message, in: entry)
        let formatted = find(Key.formatted, in: entry)
        if !has(message), !has(formatted) {
            return rejectRecord(
                entry, record: "LogEntry", kind: "invalid_data", key: Key.reason,
                "no message present")
        }
        let params = find(Key.params, in: entry)
        if !has(formatted), has(params), let template = text(message) {
            if let result = MessageFormat.format(template, params, document, writer) {
                set(Key.formatted, in: entry, String(decoding: result, as: UTF8.self))
            }
        }
        let current = find(Key.formatted, in: entry)
        guard has(message) else { return }
        if !has(current) {
            let target = self.entry(Key.formatted, in: entry)
            meta.clear(target)
            document.moveValue(to: target, from: message)
            meta.move(from: message, to: target)
        } else if let left = text(current), let right = text(message),
            ByteText.compare(left, right) == 0
        {
            document.setNull(message)
        }
    }
}

extension Normalizer {
    /// Whether nothing is in a value and nothing was recorded for it.
    func isEmpty(_ node: JSONNode) -> Bool {
        guard meta.isEmpty(node) else { return false }
        switch kind(node) {
        case .missing, .null: return true
        case .string: return text(node)?.isEmpty == true
        case .array, .object: return document.childCount(of: node) == 0
        case .bool, .number: return false
        }
    }
}
