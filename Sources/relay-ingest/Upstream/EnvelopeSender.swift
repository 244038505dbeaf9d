import Logging
import Model
import NIOCore
import NIOHTTP1
import Upstream
import Wire

/// What became of a delivery.
enum DeliveryResult {
    case delivered
    /// Upstream refuses the items that these limits cover.
    case rateLimited([RateLimit])
    /// Upstream refuses the envelope for good, with this status.
    case refused(status: UInt)
    /// No good answer; another try may have one. `isSuspect`: the envelope may be the cause.
    case failed(isSuspect: Bool, reason: String)
}

/// Sends envelopes upstream, so many at a time, the projects taking turns, and no faster than upstream
/// bears.
final class EnvelopeSender {
    /// Sends a request; the client's `send` in the product.
    typealias Transport = (
        UpstreamRequest, @escaping (Result<UpstreamResponse, UpstreamError>) -> Void
    ) -> Void

    /// Where the sender gets requests from and reports to.
    struct Owner {
        /// The request of a ticket, built when it is its turn; nil when it is not wanted any more.
        var request: (StoreTicket) -> UpstreamRequest?
        var finished: (StoreTicket, DeliveryResult) -> Void
    }

    private var requestsMax: Int
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let transport: Transport
    private let owner: Owner
    private let wallNow: () -> WallTime
    private var gate: DeliveryGate
    private var queue = FairQueue<ProjectKey, StoreTicket>()
    private var onTheirWay: Set<StoreTicket> = []
    private var isTimerSet = false
    private var isPumping = false
    private var isPumpWanted = false
    private var generator: any RandomNumberGenerator

    init(
        requestsMax: Int, backoff: Backoff, eventLoop: any EventLoop, logger: Logger,
        wallNow: @escaping () -> WallTime, generator: any RandomNumberGenerator,
        transport: @escaping Transport, owner: Owner
    ) {
        self.requestsMax = max(1, requestsMax)
        self.eventLoop = eventLoop
        self.logger = logger
        self.transport = transport
        self.owner = owner
        self.wallNow = wallNow
        self.generator = generator
        gate = DeliveryGate(backoff: backoff)
    }

    /// From now on so many requests at a time, and such waits while upstream is away.
    func apply(requestsMax: Int, backoff: Backoff) {
        self.requestsMax = max(1, requestsMax)
        gate.backoff = backoff
        pump()
    }

    /// Whether upstream answered last time.
    var isUpstreamReachable: Bool { gate.isOpen }
    /// Envelopes that wait for their turn.
    var waitingCount: Int { queue.count }

    /// Whether a request for the ticket has been sent and is not answered.
    func isOnItsWay(_ ticket: StoreTicket) -> Bool { onTheirWay.contains(ticket) }

    /// Sends the envelope when it is its turn.
    func submit(_ ticket: StoreTicket, of project: ProjectKey) {
        queue.append(ticket, of: project)
        pump()
    }

    private var now: MonotonicTime { eventLoop.monotonicNow }

    /// Sends what may be sent. Results may come at once and submit more, which this loop then finds.
    private func pump() {
        isPumpWanted = true
        guard !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        while isPumpWanted {
            isPumpWanted = false
            while onTheirWay.count < requestsMax, queue.count > 0 {
                guard gate.admit(now: now) else { break }
                guard sendNext() else {
                    // The probe's envelope is gone: the next one takes its place.
                    gate.withdrawn(now: now)
                    continue
                }
            }
        }
        armTimer()
    }

    private func sendNext() -> Bool {
        guard let ticket = queue.popFirst(), let request = owner.request(ticket) else {
            return false
        }
        onTheirWay.insert(ticket)
        transport(request) { [weak self] result in self?.answered(ticket, result) }
        return true
    }

    private func armTimer() {
        guard queue.count > 0, !isTimerSet, let deadline = gate.nextDeadline else { return }
        isTimerSet = true
        let wait = max(0, (deadline - now).nanosecondsClamped)
        eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(wait)) { [weak self] in
            self?.isTimerSet = false
            self?.pump()
        }
    }

    private func answered(
        _ ticket: StoreTicket, _ answer: Result<UpstreamResponse, UpstreamError>
    ) {
        onTheirWay.remove(ticket)
        let (result, report) = judge(answer)
        let hasChanged = gate.reported(report, now: now, using: &generator)
        if hasChanged {
            if gate.isOpen {
                logger.info("upstream answers again")
            } else if case .failed(_, let reason) = result {
                logger.warning(
                    "upstream does not answer, envelopes are kept and sent later",
                    metadata: ["error": "\(reason)"])
            }
        }
        owner.finished(ticket, result)
        pump()
    }

    /// What an answer means for the envelope and what it says about upstream.
    private func judge(
        _ answer: Result<UpstreamResponse, UpstreamError>
    ) -> (DeliveryResult, DeliveryGate.Report) {
        switch answer {
        case .success(let response):
            return judge(response)
        case .failure(let error):
            let reason = "\(error)"
            switch error {
            case .nameResolution, .connect, .tls, .shutDown:
                return (.failed(isSuspect: false, reason: reason), .unreachable)
            case .timeout, .reset, .protocolViolation:
                return (.failed(isSuspect: false, reason: reason), .failing)
            case .queueFull:
                return (.failed(isSuspect: false, reason: reason), .answered)
            case .responseTooLarge:
                return (.failed(isSuspect: true, reason: reason), .answered)
            case .invalidRequest:
                return (.refused(status: 0), .answered)
            }
        }
    }

    private func judge(
        _ response: UpstreamResponse
    ) -> (DeliveryResult, DeliveryGate.Report) {
        let code = response.status.code
        switch code {
        case 200...299:
            return (.delivered, .answered)
        case 429:
            let limits = RetryAfter.limits(
                rateLimitLines: response.headers[RateLimitHeader.name],
                retryAfter: response.headers.first(name: "retry-after"), now: now,
                wallNow: wallNow())
            return (.rateLimited(limits), .answered)
        case 502, 503, 504:
            return (.failed(isSuspect: false, reason: "status \(code)"), .failing)
        case 408:
            return (.failed(isSuspect: true, reason: "status \(code)"), .answered)
        case 500...599:
            return (.failed(isSuspect: true, reason: "status \(code)"), .answered)
        default:
            return (.refused(status: code), .answered)
        }
    }
}

extension EventLoop {
    /// The loop's time, virtual where the loop's is.
    var monotonicNow: MonotonicTime {
        MonotonicTime(nanoseconds: Int64(clamping: now.uptimeNanoseconds))
    }
}
