import JSON
import Model

/// Points in time of events.
enum EventTime {
    /// Seconds since 1970; nil if the value is no time.
    static func seconds(_ node: JSONNode, _ document: JSONDocument) -> Double? {
        if let value = document.double(of: node) { return value.isFinite ? value : nil }
        guard let text = document.string(of: node) else { return nil }
        // Without a zone it is UTC.
        let time = WallTime(rfc3339: text) ?? WallTime(rfc3339: text + "Z")
        return time.map { Double($0.microseconds) / 1_000_000 }
    }
}
