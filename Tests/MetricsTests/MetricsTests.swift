import Metrics
import Testing

private enum SampleMetric: String, Metric {
    case requests = "requests.count"
    case size = "cache.size"
    case time = "event.time"
    case outcomes

    var kind: MetricKind {
        switch self {
        case .requests, .outcomes: .counter
        case .size: .gauge
        case .time: .timer
        }
    }
    var summary: String { "What \(rawValue) is." }
    var tags: [String] { self == .outcomes ? ["outcome", "reason"] : [] }
}

@Suite struct DurationHistogramTests {
    @Test(arguments: [
        (Int64(0), 0), (1, 0), (64, 0), (65, 1), (128, 1), (129, 2), (1000, 4), (1024, 4),
        (67_108_864, 20), (67_108_865, 21), (Int64.max, 21), (-5, 0),
    ])
    func bucketsDoubleInWidth(_ microseconds: Int64, _ bucket: Int) {
        var histogram = DurationHistogram()
        histogram.add(microseconds: microseconds)
        #expect(histogram.counts.firstIndex(of: 1) == bucket)
        #expect(histogram.count == 1)
        #expect(histogram.sumMicroseconds == UInt64(max(0, microseconds)))
        if let bound = DurationHistogram.boundMicroseconds(bucket) {
            #expect(UInt64(max(0, microseconds)) <= bound)
        }
    }

    @Test func differencesAreWhatCameSince() {
        var histogram = DurationHistogram()
        histogram.add(microseconds: 100)
        let earlier = histogram
        histogram.add(microseconds: 100)
        histogram.add(microseconds: 5000)
        let added = histogram.since(earlier)
        #expect(added.count == 2)
        #expect(added.sumMicroseconds == 5100)
    }
}

@Suite struct PrometheusTextTests {
    @Test func eachKindHasItsForm() {
        var snapshot = MetricsSnapshot()
        snapshot.add(SampleMetric.requests, 3)
        snapshot.add(SampleMetric.outcomes, 1, "invalid", "a \"b\" \\ c\nd")
        snapshot.add(SampleMetric.size, -2)
        snapshot.add(SampleMetric.outcomes, 2, "filtered", "")
        let text = String(
            decoding: PrometheusText.text(snapshot, labels: [MetricTag("host", "h")]), as: UTF8.self
        )
        #expect(
            text == """
                # HELP relay_requests_count_total What requests.count is.
                # TYPE relay_requests_count_total counter
                relay_requests_count_total{host="h"} 3
                # HELP relay_outcomes_total What outcomes is.
                # TYPE relay_outcomes_total counter
                relay_outcomes_total{host="h",outcome="invalid",reason="a \\"b\\" \\\\ c\\nd"} 1
                relay_outcomes_total{host="h",outcome="filtered",reason=""} 2
                # HELP relay_cache_size What cache.size is.
                # TYPE relay_cache_size gauge
                relay_cache_size{host="h"} -2

                """)
    }

    @Test func timersAreHistogramsInSeconds() {
        var times = DurationHistogram()
        times.add(microseconds: 50)
        times.add(microseconds: 1500)
        times.add(microseconds: 90_000_000)
        var snapshot = MetricsSnapshot()
        snapshot.add(SampleMetric.time, times)
        let lines = String(decoding: PrometheusText.text(snapshot), as: UTF8.self)
            .split(separator: "\n")
        #expect(lines[1] == "# TYPE relay_event_time_seconds histogram")
        #expect(lines.contains(#"relay_event_time_seconds_bucket{le="6.4e-05"} 1"#))
        #expect(lines.contains(#"relay_event_time_seconds_bucket{le="0.002048"} 2"#))
        #expect(lines.contains(#"relay_event_time_seconds_bucket{le="67.108864"} 2"#))
        #expect(lines.contains(#"relay_event_time_seconds_bucket{le="+Inf"} 3"#))
        #expect(lines.contains("relay_event_time_seconds_sum 90.00155"))
        #expect(lines.contains("relay_event_time_seconds_count 3"))
    }

    @Test func samplesAreBounded() {
        var snapshot = MetricsSnapshot()
        for number in 0..<MetricsSnapshot.samplesMax + 10 {
            snapshot.add(SampleMetric.requests, number)
        }
        #expect(snapshot.samples.count == MetricsSnapshot.samplesMax)
    }
}

@Suite struct StatsdEncoderTests {
    private static func lines(_ datagrams: [[UInt8]]) -> [String] {
        datagrams.flatMap {
            String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    @Test func countersTellWhatWasAdded() {
        var encoder = StatsdEncoder(prefix: "sentry.relay", tags: [MetricTag("host", "h")])
        var first = MetricsSnapshot()
        first.add(SampleMetric.requests, 3)
        first.add(SampleMetric.outcomes, 1, "invalid", "why|#not,so")
        #expect(
            Self.lines(encoder.datagrams(first)) == [
                "sentry.relay.requests.count:3|c|#host:h",
                "sentry.relay.outcomes:1|c|#host:h,outcome:invalid,reason:why__not_so",
            ])
        var second = MetricsSnapshot()
        second.add(SampleMetric.requests, 10)
        second.add(SampleMetric.outcomes, 1, "invalid", "why|#not,so")
        #expect(
            Self.lines(encoder.datagrams(second)) == ["sentry.relay.requests.count:7|c|#host:h"])
        #expect(encoder.datagrams(second) == [])
    }

    @Test func gaugesAreRepeatedAndEndWithZero() {
        var encoder = StatsdEncoder(prefix: "", tags: [])
        var snapshot = MetricsSnapshot()
        snapshot.add(SampleMetric.size, 4)
        #expect(Self.lines(encoder.datagrams(snapshot)) == ["cache.size:4|g"])
        #expect(Self.lines(encoder.datagrams(snapshot)) == ["cache.size:4|g"])
        #expect(Self.lines(encoder.datagrams(MetricsSnapshot())) == ["cache.size:0|g"])
        #expect(encoder.datagrams(MetricsSnapshot()) == [])
        var negative = MetricsSnapshot()
        negative.add(SampleMetric.size, -4)
        // A sign alone would be read as a change of what was there before.
        #expect(
            Self.lines(encoder.datagrams(negative)) == ["cache.size:0|g", "cache.size:-4|g"])
    }

    @Test func timersStandForManyByTheirRate() {
        var encoder = StatsdEncoder(prefix: "p", tags: [])
        var times = DurationHistogram()
        for _ in 0..<3 { times.add(microseconds: 1000) }
        times.add(microseconds: 2000)
        for _ in 0..<4 { times.add(microseconds: 200) }
        var snapshot = MetricsSnapshot()
        snapshot.add(SampleMetric.time, times)
        #expect(
            Self.lines(encoder.datagrams(snapshot)) == [
                "p.event.time:0.2|ms|@0.25", "p.event.time:1.0|ms|@0.3333333333333333",
                "p.event.time:2.0|ms",
            ])
        #expect(encoder.datagrams(snapshot) == [])
    }

    @Test func datagramsAreFilledAndNeverTooLong() {
        var encoder = StatsdEncoder(prefix: "", tags: [])
        var snapshot = MetricsSnapshot()
        for number in 1...200 { snapshot.add(SampleMetric.outcomes, 1, "o", "reason \(number)") }
        snapshot.add(
            SampleMetric.outcomes, 1, "o",
            String(repeating: "x", count: StatsdEncoder.datagramBytesMax))
        let datagrams = encoder.datagrams(snapshot)
        #expect(Self.lines(datagrams).count == 200)
        #expect(datagrams.allSatisfy { $0.count <= StatsdEncoder.datagramBytesMax })
        #expect(datagrams.count < 8)
    }
}

@Suite struct StatsdSettingsTests {
    @Test(arguments: [
        ("127.0.0.1:8126", "127.0.0.1", UInt16(8126)), ("statsd", "statsd", 8125),
        ("[::1]:9", "::1", 9), ("[::1]", "::1", 8125), ("fe80::1", "fe80::1", 8125),
    ])
    func addressesAreRead(_ text: String, _ host: String, _ port: UInt16) throws {
        let settings = try #require(StatsdSettings(address: text))
        #expect(settings.host == host)
        #expect(settings.port == port)
    }

    @Test(arguments: ["", ":1", "a:", "a:0", "a:70000", "a:x", "[", "[]", "[::1]x", "[::1]:x"])
    func othersAreRefused(_ text: String) {
        #expect(StatsdSettings(address: text) == nil)
    }
}
