import InboundFilters
import JSON
import Logging
import Model
import UserAgents
import Wire

/// Which items of an envelope an inbound filter of its project drops.
final class InboundFiltering {
    private var table = FilterTable()
    private let decider = FilterDecider()
    private let logger: Logger
    private var haveAgentRules = false

    init(logger: Logger) {
        self.logger = logger
    }

    /// The items that are dropped and why. Only events are filtered; what depends on one goes with
    /// it.
    func dropped(_ flow: EnvelopeInFlight) -> [(item: Int, reason: String)] {
        let filters = table.filters(revision: flow.revision, state: flow.state) { problems in
            guard !problems.isEmpty else { return }
            logger.warning(
                "inbound filters are ignored in part",
                metadata: [
                    "project_id": "\(flow.stateProjectID?.description ?? "unknown")",
                    "problems": "\(problems.joined(separator: "; "))",
                ])
        }
        guard let filters else { return [] }
        if filters.needsUserAgentRules { loadAgentRules() }
        var dropped: [(item: Int, reason: String)] = []
        for (index, item) in flow.machine.items.enumerated()
        where item.isEvent && flow.machine.isLeft(index) {
            guard case .processed(let kind) = item.handling else { continue }
            var request = FilterRequest(
                clientAddress: flow.meta.clientAddress, userAgent: flow.meta.userAgent)
            request.isTransaction = kind == .transaction
            request.isRawReport = kind == .rawSecurity
            if request.isRawReport {
                let part = flow.envelope.items[index]
                request.release = part.text("sentry_release")
                request.environment = part.text("sentry_environment")
            }
            let reason = flow.envelope.items[index].payload.withUnsafeBytes {
                decider.reason(toDrop: $0, from: request, filters: filters)
            }
            if let reason { dropped.append((index, reason.name)) }
        }
        return dropped
    }

    /// The rules that name browsers are big; they are read when the first project needs them.
    private func loadAgentRules() {
        guard !haveAgentRules else { return }
        haveAgentRules = true
        guard let rules = UserAgentRulesLoader(path: UserAgentRules.standardPath).wait() else {
            logger.warning(
                "old browsers cannot be filtered without the rules of uap-core",
                metadata: ["path": "\(UserAgentRules.standardPath)"])
            return
        }
        decider.userAgentReader = UserAgentReader(rules)
    }
}

extension EnvelopeItem {
    /// A text in the item's header.
    fileprivate func text(_ name: String) -> String? {
        (try? JSONValue(parsing: Array(headerBytes)))?[name]?.stringValue
    }
}
