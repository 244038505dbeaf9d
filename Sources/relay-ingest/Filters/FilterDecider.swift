import JSON

/// Decides which events are dropped. Keeps room for its work, so one is made for each thread.
///
/// An event is first scanned once for the fields that the project's filters look at, which is enough
/// to keep nearly every event. If it may have to be dropped, or something about it is unusual, it is
/// parsed and judged as it would be after normalisation. An event whose JSON is malformed is kept:
/// it is for the processor to refuse it.
public final class FilterDecider {
    private let arena = TextArena()
    private let scanned: ScannedEvent
    private let document = JSONDocument()
    /// Kept behind a pointer, where access needs no checks.
    private let state = UnsafeMutablePointer<State>.allocate(capacity: 1)

    private struct State {
        var agents = UserAgentCache()
        var scratch: [UInt8] = []
        var senderText = ""
        var senderAddress: IPAddress?
    }

    /// Names browsers; without it no browser is known to be old.
    public var userAgentReader: UserAgentReader?
    /// Events that had to be parsed.
    public private(set) var parsedCount: UInt64 = 0

    /// A decider with empty caches.
    public init(userAgentReader: UserAgentReader? = nil) {
        self.userAgentReader = userAgentReader
        scanned = ScannedEvent(arena: arena)
        state.initialize(to: State())
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// The filter that drops an event; nil keeps it.
    /// - Parameter payload: the event's JSON as it was sent.
    public func reason(
        toDrop payload: UnsafeRawBufferPointer, from request: FilterRequest,
        filters: InboundFilters
    ) -> FilterReason? {
        if filters.isEmpty { return nil }
        defer { arena.reset() }
        if !request.isRawReport {
            do throws(Unsure) {
                try scanned.scan(payload, from: request)
                if try scanned.isIncomplete() { return nil }
                if try decide(scanned, request, filters) == nil { return nil }
            } catch {}
        }
        return parsedReason(toDrop: payload, from: request, filters: filters)
    }

    /// The decision on the parsed event alone, which must never differ; for tests.
    public func parsedReason(
        toDrop payload: UnsafeRawBufferPointer, from request: FilterRequest,
        filters: InboundFilters
    ) -> FilterReason? {
        parsedCount &+= 1
        defer {
            arena.reset()
            document.reset()
        }
        guard
            let root = try? document.parse(
                payload, options: [.pythonConstants, .replaceLoneSurrogates]),
            document.kind(of: root) == .object
        else { return nil }
        if request.isRawReport, !RawReport(document).becomeEvent(root, request) { return nil }
        let event = ParsedEvent(
            document, root: root, arena: arena, sender: request, agents: userAgentReader)
        guard TransactionRules.isComplete(event) else { return nil }
        return try? decide(event, request, filters)
    }

    /// The filters in the order today's Relay asks them.
    private func decide<View: EventView>(
        _ event: View, _ request: FilterRequest, _ filters: InboundFilters
    ) throws(Unsure) -> FilterReason? {
        if let id = try filters.generic.match(event, &state.pointee.scratch) { return .generic(id) }
        if try filters.policySources.matches(event) { return .invalidPolicyReport }
        if filters.clientAddresses.isActive, let address = address(of: request),
            filters.clientAddresses.matches(address)
        {
            return .clientAddress
        }
        if try filters.releases.matches(event, &state.pointee.scratch) { return .release }
        if try filters.errorMessages.matches(event, arena, &state.pointee.scratch) {
            return .errorMessage
        }
        if try filters.localhost.matches(event) { return .localhost }
        if try filters.browserExtensions.matches(event) { return .browserExtensions }
        if let reason = try userAgentReason(event, filters) { return reason }
        if try filters.ignoredTransactions.matches(event, &state.pointee.scratch) {
            return .ignoredTransaction
        }
        return nil
    }

    /// The sender's address, read once for the events of a request and the judges of an event.
    private func address(of request: FilterRequest) -> IPAddress? {
        guard let text = request.clientAddress else { return nil }
        if text != state.pointee.senderText {
            state.pointee.senderText = text
            state.pointee.senderAddress = IPAddress(text)
        }
        return state.pointee.senderAddress
    }

    private func userAgentReason<View: EventView>(
        _ event: View, _ filters: InboundFilters
    ) throws(Unsure) -> FilterReason? {
        let needsBrowser = filters.legacyBrowsers.isActive
        guard needsBrowser || filters.webCrawlers.isActive else { return nil }
        guard let agent = try event.userAgent() else { return nil }
        let verdict = state.pointee.agents.verdict(
            agent, needsBrowser: needsBrowser, userAgentReader)
        if filters.legacyBrowsers.matches(verdict.browser) { return .legacyBrowsers }
        return filters.webCrawlers.isActive && verdict.isCrawler ? .webCrawlers : nil
    }
}
