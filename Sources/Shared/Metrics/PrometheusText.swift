/// A snapshot in the text form that Prometheus reads (exposition format 0.0.4): `relay_` before each
/// name, words joined by underscores, `_total` behind counters, `_seconds` behind timers.
public enum PrometheusText {
    /// The form's media type.
    public static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// The whole text.
    /// - Parameter labels: stand on every sample.
    public static func text(_ snapshot: MetricsSnapshot, labels: [MetricTag] = []) -> [UInt8] {
        var text = ""
        for group in groups(snapshot) {
            guard let first = group.first else { continue }
            let name = name(first)
            if !first.summary.isEmpty { text += "# HELP \(name) \(escapedHelp(first.summary))\n" }
            text += "# TYPE \(name) \(first.kind == .timer ? "histogram" : first.kind.rawValue)\n"
            for sample in group where sample.kind == first.kind {
                append(sample, name, labels + sample.tags, &text)
            }
        }
        return Array(text.utf8)
    }

    /// The samples of each name together, in the order in which the names first appear.
    private static func groups(_ snapshot: MetricsSnapshot) -> [[MetricSample]] {
        var positions: [String: Int] = [:]
        var groups: [[MetricSample]] = []
        for sample in snapshot.samples {
            if let position = positions[sample.name] {
                groups[position].append(sample)
            } else {
                positions[sample.name] = groups.count
                groups.append([sample])
            }
        }
        return groups
    }

    private static func name(_ sample: MetricSample) -> String {
        let words = String(sample.name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
        switch sample.kind {
        case .counter: return "relay_\(words)_total"
        case .gauge: return "relay_\(words)"
        case .timer: return "relay_\(words)_seconds"
        }
    }

    private static func append(
        _ sample: MetricSample, _ name: String, _ labels: [MetricTag], _ text: inout String
    ) {
        switch sample.value {
        case .counter(let count): text += "\(name)\(set(labels)) \(count)\n"
        case .gauge(let value): text += "\(name)\(set(labels)) \(value)\n"
        case .timer(let durations):
            var below: UInt64 = 0
            for bucket in durations.counts.indices {
                below &+= durations.counts[bucket]
                let bound = DurationHistogram.boundMicroseconds(bucket).map(seconds) ?? "+Inf"
                text += "\(name)_bucket\(set(labels + [MetricTag("le", bound)])) \(below)\n"
            }
            text += "\(name)_sum\(set(labels)) \(seconds(durations.sumMicroseconds))\n"
            text += "\(name)_count\(set(labels)) \(durations.count)\n"
        }
    }

    private static func seconds(_ microseconds: UInt64) -> String {
        "\(Double(microseconds) / 1_000_000)"
    }

    private static func set(_ labels: [MetricTag]) -> String {
        if labels.isEmpty { return "" }
        let parts = labels.map { label in
            let name = String(label.name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
            return "\(name)=\"\(escapedLabel(label.value))\""
        }
        return "{\(parts.joined(separator: ","))}"
    }

    private static func escapedHelp(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    private static func escapedLabel(_ text: String) -> String {
        escapedHelp(text).replacing("\"", with: "\\\"")
    }
}
