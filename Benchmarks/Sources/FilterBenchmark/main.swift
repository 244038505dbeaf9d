import Foundation
import InboundFilters
import JSON
import Workload

/// FilterBenchmark [--events DIR] [--rounds N]: CPU time of the decision to keep an event with all
/// inbound filters on, as a ratio to parsing the event into a tree, measured in turns.
let arguments = BenchmarkArguments()

/// Every filter, with patterns as users have them, that drops none of the events.
let settings = """
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
let filters = InboundFilters(settings: Array(settings.utf8))
guard filters.problems.isEmpty else {
    print(filters.problems)
    exit(1)
}
/// A stand-in for the rules of uap-core, whose answers are remembered by user agent anyway.
let agents = UserAgentReader(
    browser: { _ in .init(family: "Chrome", version: ["120"]) }, operatingSystem: { _ in nil },
    device: { _ in nil })
let decider = FilterDecider(userAgentReader: agents)
let request = FilterRequest(clientAddress: "93.184.216.34", userAgent: "Mozilla/5.0")
let document = JSONDocument()

var payloads: [[UInt8]] = []
var parsed = 0
for payload in arguments.payloads() {
    let before = decider.parsedCount
    let reason = payload.withUnsafeBytes {
        decider.reason(toDrop: $0, from: request, filters: filters)
    }
    guard reason == nil, (try? document.parse(payload)) != nil else { continue }
    if decider.parsedCount > before {
        parsed += 1
        if arguments.contains("--show") { print(String(decoding: payload, as: UTF8.self)) }
    }
    payloads.append(payload)
}
let byteCount = payloads.map(\.count).reduce(0, +)
guard byteCount > 0 else {
    print("no payloads")
    exit(1)
}

func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

@MainActor func decideAll() {
    for payload in payloads {
        let reason = payload.withUnsafeBytes {
            decider.reason(toDrop: $0, from: request, filters: filters)
        }
        if reason != nil { exit(1) }
    }
}

@MainActor func parseAll() {
    for payload in payloads where (try? document.parse(payload)) == nil { exit(1) }
}

let passes = max(1, 4_000_000 / byteCount)
var decisions: [Double] = []
var parses: [Double] = []
for round in 0...(arguments.option("--rounds").flatMap { Int($0) } ?? 21) {
    let start = nanoseconds()
    if !arguments.contains("--decide-only") {
        for _ in 0..<passes { parseAll() }
    }
    let middle = nanoseconds()
    for _ in 0..<passes { decideAll() }
    let end = nanoseconds()
    guard round > 0 else { continue }
    parses.append(Double(middle - start) / Double(passes))
    decisions.append(Double(end - middle) / Double(passes))
}
let parse = parses.sorted()[parses.count / 2]
let decide = decisions.sorted()[decisions.count / 2]
print(
    "\(payloads.count) events that are kept, \(byteCount) bytes; \(parsed) of them had to be parsed"
)
print(
    String(
        format: "parse into a tree           %8.2f us/event", parse / 1000 / Double(payloads.count))
)
print(
    String(
        format: "keep, all filters on        %8.2f us/event", decide / 1000 / Double(payloads.count)
    ))
print(String(format: "keep / parse                %8.4f (at most 0.15)", decide / parse))
