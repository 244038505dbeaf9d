/// Turns snapshots into statsd datagrams, `prefix.name:value|type|#tag:value,…`: counters as what was
/// added since the last snapshot, gauges as they are, timers in milliseconds. Durations are told by
/// bucket, as their mean with the rate that stands for their number (`@0.01`: a hundred of them), so
/// that a report's size does not depend on the traffic.
public struct StatsdEncoder: Sendable {
    /// Bytes of a datagram: what fits into a frame of Ethernet.
    public static let datagramBytesMax = 1432

    private let prefix: String
    private let tagsText: String
    /// The samples of the last snapshot.
    private var last: [SeriesKey: MetricSample.Value] = [:]

    private struct SeriesKey: Hashable {
        let name: String
        let tags: [MetricTag]
    }

    /// - Parameters:
    ///   - prefix: stands before each name, with a dot between; may be empty.
    ///   - tags: stand on every line.
    public init(prefix: String, tags: [MetricTag]) {
        self.prefix = prefix.isEmpty ? "" : Self.clean(prefix, allowed: ".") + "."
        tagsText = tags.map(Self.text).joined(separator: ",")
    }

    /// The datagrams of a snapshot. Counters and timers without anything new are not mentioned; a
    /// gauge that is gone is told once as 0, because servers keep the last value.
    public mutating func datagrams(_ snapshot: MetricsSnapshot) -> [[UInt8]] {
        var packer = DatagramPacker()
        var present: [SeriesKey: MetricSample.Value] = [:]
        present.reserveCapacity(snapshot.samples.count)
        for sample in snapshot.samples {
            let key = SeriesKey(name: sample.name, tags: sample.tags)
            for line in lines(sample, last: last.removeValue(forKey: key)) { packer.add(line) }
            present[key] = sample.value
        }
        for (key, value) in last {
            guard case .gauge = value else { continue }
            let gone = MetricSample(name: key.name, tags: key.tags, value: .gauge(0))
            for line in lines(gone, last: nil) { packer.add(line) }
        }
        last = present
        return packer.finish()
    }

    private func lines(_ sample: MetricSample, last: MetricSample.Value?) -> [String] {
        let name = prefix + Self.clean(sample.name, allowed: ".")
        let tags = tags(sample)
        switch sample.value {
        case .counter(let count):
            var added = count
            if case .counter(let before) = last { added = count &- before }
            return added == 0 ? [] : ["\(name):\(added)|c\(tags)"]
        case .gauge(let value):
            // A number with a sign would be read as a change.
            let line = "\(name):\(value)|g\(tags)"
            return value < 0 ? ["\(name):0|g\(tags)", line] : [line]
        case .timer(let durations):
            var added = durations
            if case .timer(let before) = last { added = durations.since(before) }
            return added.counts.indices.filter { added.counts[$0] > 0 }.map { bucket in
                let count = added.counts[bucket]
                let mean = Double(added.sumsMicroseconds[bucket]) / Double(count) / 1000
                let rate = count == 1 ? "" : "|@\(1 / Double(count))"
                return "\(name):\(mean)|ms\(rate)\(tags)"
            }
        }
    }

    private func tags(_ sample: MetricSample) -> String {
        var all = tagsText
        for tag in sample.tags {
            if !all.isEmpty { all += "," }
            all += Self.text(tag)
        }
        return all.isEmpty ? "" : "|#\(all)"
    }

    private static func text(_ tag: MetricTag) -> String {
        "\(clean(tag.name, allowed: ".")):\(clean(tag.value, allowed: ".:/ *$()[]"))"
    }

    /// The text without what has a meaning in a line.
    private static func clean(_ text: String, allowed: String) -> String {
        String(
            text.map { character in
                let isPlain = character.isASCII && (character.isLetter || character.isNumber)
                return isPlain || character == "_" || character == "-"
                    || allowed.contains(character)
                    ? character : "_"
            })
    }
}

/// Lines in as few datagrams as they fit into.
private struct DatagramPacker {
    private var full: [[UInt8]] = []
    private var current: [UInt8] = []

    /// Adds a line; one that fits into no datagram is left out.
    mutating func add(_ line: String) {
        let bytes = line.utf8
        guard bytes.count <= StatsdEncoder.datagramBytesMax else { return }
        if !current.isEmpty, current.count + 1 + bytes.count > StatsdEncoder.datagramBytesMax {
            full.append(current)
            current = []
        }
        if !current.isEmpty { current.append(UInt8(ascii: "\n")) }
        current += bytes
    }

    /// All datagrams.
    func finish() -> [[UInt8]] { current.isEmpty ? full : full + [current] }
}
