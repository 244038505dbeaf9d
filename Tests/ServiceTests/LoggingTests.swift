import Glibc
import Logging
import Testing

@testable import Service

@Suite struct LogFilterTests {
    @Test func directivesChooseByLongestName() {
        let filter = LogFilter(
            directives: "warn, relay-ingest=debug,relay_ingest::http=trace,noise=off,x=banana",
            default: .info)
        #expect(filter.level(label: "relay-projects") == .warning)
        #expect(filter.level(label: "relay-ingest") == .debug)
        #expect(filter.level(label: "relay-ingest.flow") == .debug)
        #expect(filter.level(label: "relay-ingest.http") == .trace)
        #expect(filter.level(label: "relay-ingestion") == .warning)
        #expect(filter.level(label: "noise") == nil)
        #expect(filter.level(label: "x") == .warning)
    }

    @Test func offWritesNothing() {
        #expect(LogFilter(directives: "off", default: .info).level(label: "a") == nil)
        #expect(LogFilter(directives: "", default: .info).level(label: "a") == .info)
    }
}

@Suite struct LogLineTests {
    private let line = LogLine(
        wallMicroseconds: 1_767_323_045_678_901, level: .warning, label: "relay-ingest",
        message: "upstream refused", metadata: [("reason", "a \"b\"\nc"), ("status", "503")],
        file: "RelayIngest/A.swift", line: 7)

    private func text(_ format: LogLineFormat) -> String {
        String(decoding: line.bytes(format), as: UTF8.self)
    }

    @Test func simplified() {
        #expect(
            text(.simplified)
                == "2026-01-02T03:04:05.678Z [relay-ingest] WARN: upstream refused"
                + " reason=\"a \\\"b\\\"\\nc\" status=503\n")
    }

    @Test func json() {
        #expect(
            text(.json)
                == "{\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"level\":\"WARN\","
                + "\"logger\":\"relay-ingest\",\"message\":\"upstream refused\","
                + "\"module_path\":\"relay-ingest\",\"filename\":\"RelayIngest/A.swift\",\"lineno\":7,"
                + "\"fields\":{\"reason\":\"a \\\"b\\\"\\nc\",\"status\":\"503\"}}\n")
    }

    @Test func prettyHasAShortTime() {
        #expect(text(.pretty).contains("03:04:05.678"))
        #expect(text(.pretty).contains("\u{1b}[33mWARN "))
    }

    @Test func valuesCannotForgeLinesOrTerminals() {
        #expect(LogLine.escaped("a\nb\u{1b}[31m\u{7f}") == "a\\nb\\x1b[31m\\x7f")
        let long = String(repeating: "x", count: 10_000)
        #expect(LogLine.escaped(long).utf8.count < 5000)
    }

    @Test func oneWritePerLine() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        var logger = Logger(label: "t") { label in
            StandardErrorLogHandler(
                label: label, threshold: LogThreshold(level: .info, format: .simplified),
                descriptor: ends[1])
        }
        logger[metadataKey: "instance"] = "2"
        logger.debug("hidden")
        logger.info("shown", metadata: ["key": "value"])
        var bytes = [UInt8](repeating: 0, count: 500)
        let count = read(ends[0], &bytes, bytes.count)
        let text = String(decoding: bytes[..<max(0, count)], as: UTF8.self)
        #expect(text.hasSuffix(" [t] INFO: shown instance=2 key=value\n"))
        #expect(!text.contains("hidden"))
    }

    @Test func levelsChangeWhileLoggersAreInUse() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let threshold = LogThreshold(level: .info, format: .simplified)
        let logger = Logger(label: "t") { label in
            StandardErrorLogHandler(label: label, threshold: threshold, descriptor: ends[1])
        }
        logger.debug("hidden")
        threshold.set(level: .debug, format: .json)
        logger.debug("shown")
        threshold.set(level: nil, format: .json)
        logger.critical("off")
        var bytes = [UInt8](repeating: 0, count: 1000)
        let count = read(ends[0], &bytes, bytes.count)
        let text = String(decoding: bytes[..<max(0, count)], as: UTF8.self)
        #expect(text.hasPrefix("{"))
        #expect(text.contains("\"message\":\"shown\""))
        #expect(!text.contains("hidden") && !text.contains("off"))
    }

    @Test func thresholdsFollowTheFilterByLabel() {
        let thresholds = LogThresholds()
        let http = thresholds.box("relay-ingest.http")
        #expect(http.level == .info)
        #expect(http === thresholds.box("relay-ingest.http"))
        thresholds.set(
            LogFilter(directives: "warn,relay-ingest.http=trace", default: .info), .json)
        #expect(http.level == .trace)
        #expect(http.format == .json)
        #expect(thresholds.box("other").level == .warning)
    }
}
