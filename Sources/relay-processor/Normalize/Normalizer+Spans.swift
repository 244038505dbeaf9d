import JSON

/// Spans: the time in which none of a span's children ran, and names of old SDKs.
extension Normalizer {
    func normalizeSpans() {
        guard context.normalizeSpans, isTransaction else { return }
        normalizeAppStartSpans()
        let contexts = find(Key.contexts, in: event)
        guard kind(contexts) == .object, let window = window(of: event) else { return }
        let spans = entry(Key.spans, in: event)
        if !has(spans) { document.setEmptyArray(spans) }
        guard kind(spans) == .array else { return }
        let children = ChildWindows(self, spans)
        let trace = eventContext(Key.trace, "trace")
        if trace.exists, !has(find(Key.exclusiveTime, in: trace)),
            let id = spanID(find(Key.spanID, in: trace))
        {
            setExclusiveTime(trace, children.exclusiveTime(of: window, id))
        }
        for span in document.children(of: spans) where kind(span) == .object {
            guard let id = spanID(find(Key.spanID, in: span)), let window = self.window(of: span)
            else { continue }
            setExclusiveTime(span, children.exclusiveTime(of: window, id))
        }
    }

    /// From when to when an event or a span took, earlier time first.
    func window(of node: JSONNode) -> TimeWindow? {
        guard let start = document.double(of: find(Key.startTimestamp, in: node)),
            let end = document.double(of: find(Key.timestamp, in: node)),
            let startTime = Timestamp(seconds: start), let endTime = Timestamp(seconds: end)
        else { return nil }
        return TimeWindow(startTime.microseconds, endTime.microseconds)
    }

    private func setExclusiveTime(_ node: JSONNode, _ microseconds: Int64) {
        let time = entry(Key.exclusiveTime, in: node)
        meta.clear(time)
        document.setNumber(time, Double(microseconds) / 1000)
    }

    fileprivate func spanID(_ node: JSONNode) -> UInt64? {
        guard let bytes = text(node), bytes.count == 16 else { return nil }
        var id: UInt64 = 0
        for byte in bytes {
            guard let digit = Hexadecimal.value(byte) else { return nil }
            id = id << 4 | UInt64(digit)
        }
        return id
    }

    /// React Native's SDK before 4.5 wrote the operation of its app start span with underscores.
    private func normalizeAppStartSpans() {
        let sdk = find(Key.sdk, in: event)
        guard isText(find(Key.name, in: sdk), "sentry.javascript.react-native"),
            let version = text(find(Key.version, in: sdk))
        else { return }
        let versions: [StaticString] = ["3", "4.0", "4.1", "4.2", "4.3", "4.4"]
        guard versions.contains(where: { version.starts(with: EventMeta.bytes($0)) }) else {
            return
        }
        for span in document.children(of: find(Key.spans, in: event)) {
            let operation = find(Key.op, in: span)
            if isText(operation, "app_start_cold") {
                return document.setString(operation, "app.start.cold")
            }
            if isText(operation, "app_start_warm") {
                return document.setString(operation, "app.start.warm")
            }
        }
    }
}

/// A stretch of time in microseconds since 1970.
struct TimeWindow {
    var start: Int64
    var end: Int64

    /// The two ends in any order.
    init(_ one: Int64, _ other: Int64) {
        start = min(one, other)
        end = max(one, other)
    }

    var microseconds: Int64 { end - start }
}

/// The time windows of an event's spans, to be found by the id of their parent.
private struct ChildWindows {
    /// Sorted by parent, then by start.
    private var windows: [(parent: UInt64, window: TimeWindow)] = []

    init(_ normalizer: Normalizer, _ spans: JSONNode) {
        windows.reserveCapacity(normalizer.document.childCount(of: spans))
        for span in normalizer.document.children(of: spans) {
            guard normalizer.kind(span) == .object,
                let parent = normalizer.spanID(normalizer.find(Key.parentSpanID, in: span)),
                let window = normalizer.window(of: span)
            else { continue }
            windows.append((parent, window))
        }
        windows.sort {
            $0.parent != $1.parent
                ? $0.parent < $1.parent : $0.window.start < $1.window.start
        }
    }

    /// Microseconds of a window in which no child of the span ran.
    func exclusiveTime(of window: TimeWindow, _ id: UInt64) -> Int64 {
        var remaining = window
        var time: Int64 = 0
        var index = firstIndex(of: id)
        while index < windows.count, windows[index].parent == id {
            let child = windows[index].window
            if child.start >= remaining.end { break }
            time += max(child.start - remaining.start, 0)
            remaining.start = min(max(child.end, remaining.start), remaining.end)
            index += 1
        }
        return time + remaining.microseconds
    }

    private func firstIndex(of parent: UInt64) -> Int {
        var low = 0
        var high = windows.count
        while low < high {
            let middle = (low + high) / 2
            if windows[middle].parent < parent { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
