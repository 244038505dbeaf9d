import Foundation
import Workload

/// JSONBenchmark [--events DIR] [--rounds N] [--no-foundation]: CPU time of reading, changing and
/// writing events, as ratios to references measured in the same run.
let arguments = BenchmarkArguments()
let payloads = arguments.payloads()
let byteCount = payloads.map(\.count).reduce(0, +)
guard byteCount > 0 else {
    print("no payloads")
    exit(1)
}
let rounds = arguments.option("--rounds").flatMap { Int($0) } ?? 21
let passes = max(1, 6_000_000 / byteCount)

let relay = RelayCore(payloads: payloads)
var candidates = [
    Candidate(name: "memcpy", passes: passes * 8, pass: relay.copyAll),
    Candidate(name: "relay parse", passes: passes, pass: relay.parseAll),
    Candidate(name: "relay parse+write", passes: passes, pass: relay.parseAndWriteAll),
    Candidate(name: "relay parse+mutate+write", passes: passes, pass: relay.parseMutateWriteAll),
]
#if HAS_YYJSON
    let yyjson = Yyjson(payloads: payloads)
    candidates += [
        Candidate(name: "yyjson parse", passes: passes, pass: yyjson.parseAll),
        Candidate(
            name: "yyjson parse+mutate+write", passes: passes, pass: yyjson.parseMutateWriteAll),
    ]
#endif
if !arguments.contains("--no-foundation") {
    let foundation = FoundationJSON(payloads: payloads.map { Data($0) })
    candidates += [
        Candidate(name: "Foundation parse", passes: 1, pass: foundation.parseAll),
        Candidate(name: "Foundation parse+write", passes: 1, pass: foundation.parseAndWriteAll),
    ]
}

let times = measure(candidates, rounds: rounds)
let timeByName = Dictionary(uniqueKeysWithValues: zip(candidates.map(\.name), times))
print("\(payloads.count) payloads, \(byteCount) bytes, median CPU time of \(rounds) rounds")
for (candidate, nanoseconds) in zip(candidates, times) {
    let name = candidate.name.padding(toLength: 28, withPad: " ", startingAt: 0)
    let rate = Double(byteCount) * 1000 / nanoseconds
    print(String(format: "\(name) %10.1f us %10.1f MB/s", nanoseconds / 1000, rate))
}
print("ratios (time / time of the reference)")
for (name, reference) in [
    ("relay parse", "memcpy"), ("relay parse", "yyjson parse"), ("relay parse", "Foundation parse"),
    ("relay parse+mutate+write", "memcpy"),
    ("relay parse+mutate+write", "yyjson parse+mutate+write"),
    ("relay parse+mutate+write", "Foundation parse+write"),
] {
    guard let one = timeByName[name], let other = timeByName[reference] else { continue }
    let label = "\(name) / \(reference)".padding(toLength: 56, withPad: " ", startingAt: 0)
    print(String(format: "\(label) %8.4f", one / other))
}
