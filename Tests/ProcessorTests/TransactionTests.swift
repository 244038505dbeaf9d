import JSON
import Testing

@testable import RelayProcessor

/// Spans, breakdowns and measurements of transactions.
@Suite struct TransactionTests {
    let harness = EngineHarness()

    /// A transaction of ten seconds; spans as (id, parent, operation, start, end) in seconds.
    private func transaction(_ spans: [(String, String, String, Double, Double)]) -> String {
        let list = spans.map { id, parent, operation, start, end in
            #"{"span_id":"\#(id)","parent_span_id":"\#(parent)","trace_id":"\#(Self.trace)","#
                + #""op":"\#(operation)","start_timestamp":\#(1_699_999_000 + start),"#
                + #""timestamp":\#(1_699_999_000 + end)}"#
        }
        return #"{"type":"transaction","transaction":"/x","start_timestamp":1699999000,"#
            + #""timestamp":1699999010,"contexts":{"trace":{"trace_id":"\#(Self.trace)","#
            + #""span_id":"\#(Self.root)"}},"spans":[\#(list.joined(separator: ","))]}"#
    }

    private static let trace = String(repeating: "a", count: 32)
    private static let root = String(repeating: "b", count: 16)
    private static let one = String(repeating: "c", count: 16)
    private static let two = String(repeating: "d", count: 16)
    private static let three = String(repeating: "e", count: 16)

    @Test func exclusiveTimeIsWithoutChildren() throws {
        let text = transaction([
            (Self.one, Self.root, "db", 1, 4), (Self.two, Self.one, "http", 2, 3.5),
            (Self.three, Self.root, "http", 3, 6),
        ])
        let event = try harness.normalized(text) { $0.normalizeSpans = true }
        let times = (0..<3).map { event["spans"]?[$0]?["exclusive_time"]?.doubleValue }
        #expect(times == [1500, 1500, 3000])
        // Children of the transaction cover 1…6.
        #expect(event["contexts"]?["trace"]?["exclusive_time"]?.doubleValue == 5000)
        let plain = try harness.normalized(text)
        #expect(plain["spans"]?[0]?["exclusive_time"] == nil)
    }

    @Test func childrenOutsideTheirParentDoNotCount() throws {
        let text = transaction([
            (Self.one, Self.root, "db", 2, 4), (Self.two, Self.one, "a", 1, 2.5),
            (Self.three, Self.one, "a", 3.5, 9),
        ])
        let event = try harness.normalized(text) { $0.normalizeSpans = true }
        #expect(event["spans"]?[0]?["exclusive_time"]?.doubleValue == 1000)
    }

    @Test func breakdownsSumUpOperations() throws {
        let text = transaction([
            (Self.one, Self.root, "db.sql", 1, 4), (Self.two, Self.root, "db", 3, 5),
            (Self.three, Self.root, "ui", 0, 1),
        ])
        let rules = BreakdownRule.read(
            ["span_ops": ["type": "spanOperations", "matches": ["http", "db"]]])
        let event = try harness.normalized(text) { $0.breakdowns = rules }
        #expect(
            event["breakdowns"] == [
                "span_ops": [
                    "ops.db": ["unit": "millisecond", "value": .number("4000.0")],
                    "total.time": ["unit": "millisecond", "value": .number("5000.0")],
                ]
            ])
    }

    @Test func breakdownsOfSDKsAreNotBelieved() throws {
        let text = #"{"breakdowns":{"span_ops":{"ops.db":{"value":1}}}}"#
        #expect(try harness.normalized(text) { $0.breakdowns = [] }["breakdowns"] == nil)
    }

    @Test(arguments: ["1x", "", "a b"]) func breakdownNamesAreChecked(name: String) {
        let rule: JSONValue = ["type": "spanOperations", "matches": ["db"]]
        #expect(BreakdownRule.read(.object([(name, rule)])).isEmpty)
    }

    @Test func customMeasurementsAreLimited() throws {
        let rules = MeasurementRules([
            "builtinMeasurements": [["name": "lcp", "unit": "millisecond"]],
            "maxCustomMeasurements": 1,
        ])
        let text =
            transaction([]).dropLast() + #","measurements":{"lcp":{"value":-1},"#
            + #""a":{"value":-2},"b":{"value":3}}}"#
        let event = try harness.normalized(String(text)) { $0.measurements = rules }
        #expect(event["measurements"]?.objectValue?.map(\.0) == ["a"])
        let reasons = event["errors"]?.arrayValue?.compactMap { $0["reason"]?.stringValue } ?? []
        #expect(reasons.contains("Too many measurements: b"))
        #expect(
            reasons.contains("Negative value for measurement lcp not allowed: -1.0"))
    }

    @Test func clockDriftMovesAllTimes() throws {
        let text = transaction([(Self.one, Self.root, "db", 1, 4)])
        // Sent at 1699999010 by the sender's clock, received 990 s later: no drift.
        let right = try harness.normalized(text) {
            $0.sentAtMicroseconds = 1_699_999_010_000_000
        }
        #expect(right["timestamp"] == .number("1699999010.0"))
        #expect(right["errors"] == nil)
        // An hour behind.
        let wrong = try harness.normalized(text) {
            $0.sentAtMicroseconds = 1_699_996_400_000_000
        }
        #expect(wrong["timestamp"] == .number("1700002610.0"))
        #expect(wrong["spans"]?[0]?["timestamp"] == .number("1700002604.0"))
        #expect(wrong["errors"]?[0]?["type"] == "clock_drift")
    }
}
