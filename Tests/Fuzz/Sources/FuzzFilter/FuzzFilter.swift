import FuzzSupport
import Glibc
import InboundFilters

@main
enum FuzzFilter {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                FilterTarget.shared.run(&input)
                return 0
            })
    }
}

/// An event, perhaps behind settings and a tab: the quick reader decides as the full one does.
private final class FilterTarget {
    /// libFuzzer runs on one thread.
    nonisolated(unsafe) static let shared = FilterTarget()

    private let decider = FilterDecider(
        userAgentReader: UserAgentReader(
            browser: { agent in
                agent.first == 0x43 ? .init(family: "Chrome", version: ["\(agent.count)"]) : nil
            }, operatingSystem: { _ in nil }, device: { _ in nil }))
    private let usual = InboundFilters(settings: Array(FilterTarget.settings.utf8))

    /// Every filter, and patterns that short inputs can match.
    private static let settings = """
        {"browserExtensions":{"isEnabled":true},"webCrawlers":{"isEnabled":true},
         "localhost":{"isEnabled":true},"legacyBrowsers":{"isEnabled":true,"options":["chrome"]},
         "errorMessages":{"patterns":["a*","*b?","[c-d]*e","{f,g}: *","","h"]},
         "releases":{"releases":["1*","*2"]},"csp":{"disallowedSources":["*.a","b:*"]},
         "ignoreTransactions":{"isEnabled":true,"patterns":["*/h","<u*"]},
         "generic":{"version":1,"filters":[
          {"id":"e","isEnabled":true,"condition":{"op":"eq","name":"event.environment","value":"x"}},
          {"id":"n","isEnabled":true,"condition":{"op":"and","inner":[
           {"op":"eq","name":"event.tags.t","value":null},
           {"op":"glob","name":"event.level","value":["w*"]}]}},
          {"id":"v","isEnabled":true,"condition":{"op":"any","name":"event.exception.values",
           "inner":{"op":"glob","name":"value","value":["z*"]}}}]}}
        """

    func run(_ input: inout FuzzInput) {
        let bytes = Array(input.rest())
        var event = bytes[...]
        var filters = usual
        if let tab = bytes.firstIndex(of: 0x09) {
            filters = InboundFilters(settings: Array(bytes[..<tab]))
            event = bytes[(tab + 1)...]
        }
        var request = FilterRequest(clientAddress: "127.0.0.1", userAgent: "Chrome")
        for isLocal in [false, true] {
            request.clientAddress = isLocal ? "127.0.0.1" : "10.0.0.1"
            event.withUnsafeBytes { text in
                let quick = decider.reason(toDrop: text, from: request, filters: filters)
                let full = decider.parsedReason(toDrop: text, from: request, filters: filters)
                promise(quick == full, "both readers decide alike")
            }
        }
    }
}
