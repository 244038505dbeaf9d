import Foundation
import InboundFilters
import JSON

/// Measures decisions on events that all filters keep.
struct FilterMeasurement {
    /// Every filter, with patterns as users have them, that drops none of the events.
    static let settings = """
        {"browserExtensions":{"isEnabled":true},"webCrawlers":{"isEnabled":true},
         "localhost":{"isEnabled":true},
         "legacyBrowsers":{"isEnabled":true,"options":["ie","edge_pre_79","opera_mini","android"]},
         "errorMessages":{"patterns":["*ResizeObserver loop*","Script error.","*NetworkError*when*",
            "ChunkLoadError: Loading chunk *","*Non-Error promise rejection*","[a-f]?zz*"]},
         "releases":{"releases":["0.0.*","*-nightly-*","legacy-??"]},
         "clientIps":{"blacklistedIps":["10.0.0.0/8","2001:db8::/32"]},
         "csp":{"disallowedSources":["*.evil.example","chrome-extension://*"]},
         "ignoreTransactions":{"isEnabled":true,"patterns":["*healthcheck*","*/health","/ping","/live"]},
         "generic":{"version":1,"filters":[
            {"id":"hydration","isEnabled":true,"condition":{"op":"any","name":"event.exception.values",
             "inner":{"op":"and","inner":[{"op":"eq","name":"ty","value":"HydrationFault"},
              {"op":"glob","name":"value","value":["*hydrating*"]}]}}},
            {"id":"old","isEnabled":true,"condition":{"op":"and","inner":[
              {"op":"eq","name":"event.environment","value":"retired"},
              {"op":"glob","name":"event.transaction","value":["/old/*"]}]}}]}}
        """

    private let filters: InboundFilters
    private let agents: UserAgentReader?
    private let decider: FilterDecider
    private let request = FilterRequest(clientAddress: "93.184.216.34", userAgent: "Mozilla/5.0")
    private let document = JSONDocument()
    private let payloads: [[UInt8]]
    private let parsedCount: Int
    /// Bytes of all events.
    let byteCount: Int

    /// - Parameter agents: recognises browsers; a stand-in takes the place of a missing one.
    init(_ filters: InboundFilters, _ agents: UserAgentReader?, _ payloads: [[UInt8]]) {
        self.filters = filters
        self.agents =
            agents
            ?? UserAgentReader(
                browser: { _ in .init(family: "Chrome", version: ["120"]) },
                operatingSystem: { _ in nil }, device: { _ in nil })
        let decider = FilterDecider(userAgentReader: self.agents)
        let (document, request) = (document, request)
        var kept: [[UInt8]] = []
        var parsed = 0
        for payload in payloads {
            let before = decider.parsedCount
            let reason = payload.withUnsafeBytes {
                decider.reason(toDrop: $0, from: request, filters: filters)
            }
            guard reason == nil, (try? document.parse(payload)) != nil else { continue }
            if decider.parsedCount > before { parsed += 1 }
            kept.append(payload)
        }
        self.decider = decider
        self.payloads = kept
        parsedCount = parsed
        byteCount = kept.map(\.count).reduce(0, +)
    }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Nanoseconds of CPU time of one call.
    private func time(_ times: Int, _ body: () -> Void) -> Double {
        let start = Self.nanoseconds()
        for _ in 0..<times { body() }
        return Double(Self.nanoseconds() - start) / Double(times)
    }

    private func decide(_ payload: [UInt8], _ decider: FilterDecider) {
        payload.withUnsafeBytes { bytes in
            if decider.reason(toDrop: bytes, from: request, filters: filters) != nil {
                preconditionFailure("an event is dropped that was kept")
            }
        }
    }

    private func parse(_ payload: [UInt8]) {
        if (try? document.parse(payload)) == nil {
            preconditionFailure("an event is malformed that was not")
        }
    }

    /// Prints the sums over all events.
    func printSums(rounds: Int) {
        let passes = max(1, 4_000_000 / byteCount)
        var decisions: [Double] = []
        var coldDecisions: [Double] = []
        var parses: [Double] = []
        for round in 0...max(rounds, 1) {
            let parse = time(passes) { for payload in payloads { self.parse(payload) } }
            let decide = time(passes) { for payload in payloads { self.decide(payload, decider) } }
            let fresh = FilterDecider(userAgentReader: agents)
            let cold = time(1) { for payload in payloads { self.decide(payload, fresh) } }
            guard round > 0 else { continue }
            parses.append(parse)
            decisions.append(decide)
            coldDecisions.append(cold)
        }
        // The least disturbed round of each: other work on the machine only makes them slower.
        let parse = parses.min() ?? 0
        let decide = decisions.min() ?? 0
        let cold = coldDecisions.min() ?? 0
        let count = Double(payloads.count)
        func line(_ title: String, _ format: String, _ value: Double, _ unit: String) {
            print(title.padding(toLength: 40, withPad: " ", startingAt: 0), terminator: "")
            print(String(format: format, value) + unit)
        }
        print(
            "\(payloads.count) events that are kept, \(byteCount) bytes; "
                + "\(parsedCount) of them had to be parsed")
        line("parse into a tree", "%8.2f", parse / 1000 / count, " us/event")
        line("keep, all filters on", "%8.2f", decide / 1000 / count, " us/event")
        line("keep, no user agent seen before", "%8.2f", cold / 1000 / count, " us/event")
        line("keep / parse", "%8.4f", decide / parse, " (goal: at most 0.15)")
    }

    /// Prints a line for each event.
    func printEach() {
        for payload in payloads {
            let passes = max(1, 20_000 / payload.count)
            var parse = Double.infinity
            var decide = Double.infinity
            let before = decider.parsedCount
            for _ in 0..<15 {
                parse = min(parse, time(passes) { self.parse(payload) })
                decide = min(decide, time(passes) { self.decide(payload, decider) })
            }
            let isParsed = decider.parsedCount > before ? 1 : 0
            let start = String(decoding: payload.prefix(60).filter { $0 > 0x20 }, as: UTF8.self)
            print(payload.count, Int(parse), Int(decide), isParsed, start)
        }
    }
}
