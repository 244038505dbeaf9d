@testable import InboundFilters

/// The reason to drop an event, from both readers, which must agree.
func reason(
    _ event: String, _ settings: String, from request: FilterRequest = FilterRequest()
) -> String? {
    let filters = InboundFilters(settings: Array(settings.utf8))
    let decider = FilterDecider(userAgentReader: testAgents)
    let bytes = Array(event.utf8)
    let quick = bytes.withUnsafeBytes {
        decider.reason(toDrop: $0, from: request, filters: filters)
    }
    let full = bytes.withUnsafeBytes {
        decider.parsedReason(toDrop: $0, from: request, filters: filters)
    }
    precondition(quick == full, "the quick and the full reader differ")
    return quick?.name
}

/// Whether an event is kept without having been parsed.
func isKeptByScan(_ event: String, _ settings: String) -> Bool {
    let filters = InboundFilters(settings: Array(settings.utf8))
    let decider = FilterDecider(userAgentReader: testAgents)
    let reason = Array(event.utf8).withUnsafeBytes {
        decider.reason(toDrop: $0, from: FilterRequest(), filters: filters)
    }
    return reason == nil && decider.parsedCount == 0
}

/// `Name/12.3` is browser `Name`, version 12.3.
let testAgents = UserAgentReader(
    browser: { agent in
        let parts = String(decoding: agent, as: UTF8.self).split(separator: "/")
        guard parts.count == 2 else { return nil }
        return .init(
            family: String(parts[0]), version: parts[1].split(separator: ".").map(String.init))
    },
    operatingSystem: { _ in nil }, device: { _ in nil })

func agent(_ text: String) -> String {
    #"{"request":{"headers":[["User-Agent","\#(text)"]]}}"#
}

func glob(_ pattern: String, _ text: String) -> Bool {
    var scratch: [UInt8] = []
    let list = GlobList([pattern]) { _ in }
    return Array(text.utf8).withUnsafeBytes { list.matches($0, &scratch) }
}
