import Foundation
import InboundFilters
import JSON
import UserAgents
import Workload

// FilterBenchmark [--events DIR] [--rounds N] [--settings JSON] [--each]: CPU time of the decision to
// keep an event with all inbound filters on, as a ratio to parsing the event into a tree, measured
// in turns. With --each a line for each event: bytes, ns to parse, ns to keep, whether it had to be
// parsed to keep it, and how it begins.
let arguments = BenchmarkArguments()
let filters = InboundFilters(
    settings: Array((arguments.option("--settings") ?? FilterMeasurement.settings).utf8))
guard filters.problems.isEmpty else {
    print(filters.problems)
    exit(1)
}
let rules = UserAgentRules(path: UserAgentRules.standardPath)
let measurement = FilterMeasurement(
    filters, rules.map { UserAgentReader($0) }, arguments.payloads())
guard measurement.byteCount > 0 else {
    print("no payloads")
    exit(1)
}
if arguments.contains("--each") {
    measurement.printEach()
    exit(0)
}
measurement.printSums(rounds: arguments.option("--rounds").flatMap { Int($0) } ?? 21)
