import Glibc
import InboundFilters
import JSON
import UserAgents

/// What `filter test` does with events: the very filters of `relay-ingest`.
final class FilterTrial {
    private let decider: FilterDecider
    private let filters: InboundFilters
    private let request: FilterRequest
    private var lineFilters: [[UInt8]: InboundFilters] = [:]
    /// Settings of lines that are kept compiled.
    private static let lineFiltersMax = 256

    init(filters: InboundFilters, request: FilterRequest) {
        self.filters = filters
        self.request = request
        decider = FilterDecider(
            userAgentReader: UserAgentRules(path: UserAgentRules.standardPath)
                .map { UserAgentReader($0) })
    }

    func reason(_ event: UnsafeRawBufferPointer) -> FilterReason? {
        decider.reason(toDrop: event, from: request, filters: filters)
    }

    /// One line out per line in.
    func processLines(_ input: InputReader, haveSettings: Bool) throws(CommandError) {
        var output = OutputWriter(descriptor: STDOUT_FILENO)
        while true {
            if input.isWaitNeeded { try output.flush() }
            guard let line = try input.nextLine() else { break }
            var reason: FilterReason?
            if case .bytes(let range) = line {
                reason = input.buffer.withUnsafeBytes {
                    let text = UnsafeRawBufferPointer(rebasing: $0[range])
                    return haveSettings ? reasonOfLine(text) : self.reason(text)
                }
            }
            let answer = JSONValue.object([("reason", reason.map { .string($0.name) } ?? .null)])
            try output.append(answer.serialized())
            try output.append(CollectionOfOne(UInt8(ascii: "\n")))
        }
        try output.flush()
    }

    /// A line `<filterSettings> TAB <event>`; without a tab nothing is filtered.
    private func reasonOfLine(_ line: UnsafeRawBufferPointer) -> FilterReason? {
        guard let tab = line.firstIndex(of: 0x09) else { return nil }
        let settings = Array(line[..<tab])
        var filters = lineFilters[settings]
        if filters == nil {
            if lineFilters.count >= Self.lineFiltersMax { lineFilters.removeAll() }
            filters = InboundFilters(settings: settings)
            lineFilters[settings] = filters
        }
        guard let filters else { return nil }
        return decider.reason(
            toDrop: UnsafeRawBufferPointer(rebasing: line[(tab + 1)...]), from: request,
            filters: filters)
    }
}
