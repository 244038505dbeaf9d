import Model

/// How often and how long registration is tried.
public struct RegistrationSettings: Hashable, Sendable {
    /// `http.auth_interval`: a registered relay registers again after this time; nil is never.
    public var renewalInterval: Duration?
    /// `http.retry_delay`: the first pause after a failure.
    public var retryDelay: Duration
    /// `http.max_retry_interval`: the longest pause.
    public var retryIntervalMax: Duration
    /// `http.outage_grace_period`: network failures for so long make an outage.
    public var outageGracePeriod: Duration
    /// A refused signature starts a new registration at most this often.
    public var refusalInterval: Duration

    /// Settings with the defaults of the configuration.
    public init(
        renewalInterval: Duration? = .seconds(600), retryDelay: Duration = .seconds(1),
        retryIntervalMax: Duration = .seconds(60), outageGracePeriod: Duration = .seconds(10),
        refusalInterval: Duration = .seconds(10)
    ) {
        self.renewalInterval = renewalInterval
        self.retryDelay = retryDelay
        self.retryIntervalMax = retryIntervalMax
        self.outageGracePeriod = outageGracePeriod
        self.refusalInterval = refusalInterval
    }
}

/// Makes the relay known to its upstream: challenge, response, renewal. No I/O, no clock.
///
/// The protocol is the original's: the relay sends its id and public key, upstream answers with a
/// token, the relay sends the token back; both requests are signed. 403 with `{"relay":"stop"}` is
/// a refusal for good. While a registered relay renews, network failures leave it registered.
public struct RegistrationStateMachine {
    private enum State: Hashable {
        /// `start` was not called. → challenging
        case idle
        /// The challenge was asked for. → responding, waiting, denied
        case challenging
        /// The response was sent. → registered, waiting, denied
        case responding
        /// An attempt failed. → challenging, by time
        case waiting(until: MonotonicTime)
        /// → challenging, by time or a refused signature
        case registered(renewAt: MonotonicTime?)
        /// For good.
        case denied
    }

    /// What to send.
    public enum Action: Hashable, Sendable {
        case doNothing
        /// `POST /api/0/relays/register/challenge/`
        case sendChallenge
        /// `POST /api/0/relays/register/response/`
        case sendResponse(token: String)
    }

    /// What became of a request of the registration.
    public enum Answer: Hashable, Sendable {
        case challenge(token: String)
        case accepted
        /// 403 with `{"relay":"stop"}`.
        case denied
        /// Any other answer.
        case refused
        /// None: the network's or upstream's trouble.
        case unreachable(retryAfter: Duration?)
    }

    private let settings: RegistrationSettings
    private var state = State.idle
    private var backoff: Backoff
    private var generator: SeededGenerator
    private var lastStartedAt: MonotonicTime?

    /// Whether upstream accepts our signatures, as far as we know.
    public private(set) var isRegistered = false
    /// Registrations that succeeded.
    public private(set) var registrationCount = 0

    /// A relay that has not been introduced.
    public init(settings: RegistrationSettings, seed: UInt64) {
        self.settings = settings
        backoff = Backoff(initial: settings.retryDelay, max: settings.retryIntervalMax)
        generator = SeededGenerator(seed: seed)
    }

    /// Whether upstream refused this relay for good.
    public var isDenied: Bool { state == .denied }

    /// Whether the last attempt failed and the next one is due later.
    public var isRetrying: Bool {
        if case .waiting = state { return true }
        return false
    }

    /// When `tick` has something to do.
    public var nextDeadline: MonotonicTime? {
        switch state {
        case .waiting(let until): until
        case .registered(let renewAt): renewAt
        case .idle, .challenging, .responding, .denied: nil
        }
    }

    /// Begins.
    public mutating func start(now: MonotonicTime) -> Action {
        guard state == .idle else { return .doNothing }
        return challenge(now: now)
    }

    /// Time has passed.
    public mutating func tick(now: MonotonicTime) -> Action {
        guard let nextDeadline, nextDeadline <= now else { return .doNothing }
        return challenge(now: now)
    }

    /// A request of the registration ended.
    public mutating func answered(_ answer: Answer, now: MonotonicTime) -> Action {
        switch (state, answer) {
        case (.challenging, .challenge(let token)):
            state = .responding
            return .sendResponse(token: token)
        case (.responding, .accepted):
            backoff.reset()
            isRegistered = true
            registrationCount += 1
            state = .registered(renewAt: settings.renewalInterval.map { now + $0 })
            return .doNothing
        case (.challenging, .denied), (.responding, .denied):
            isRegistered = false
            state = .denied
            return .doNothing
        case (.challenging, .unreachable(let retryAfter)),
            (.responding, .unreachable(let retryAfter)):
            wait(atLeast: retryAfter, now: now)
            return .doNothing
        case (.challenging, .refused), (.responding, .refused), (.challenging, .accepted),
            (.responding, .challenge):
            isRegistered = false
            wait(atLeast: nil, now: now)
            return .doNothing
        case (.idle, _), (.waiting, _), (.registered, _), (.denied, _):
            return .doNothing
        }
    }

    /// Upstream refused a signed question: perhaps it has forgotten us. Registers again, but not
    /// more often than `refusalInterval`.
    public mutating func signatureRefused(now: MonotonicTime) -> Action {
        guard case .registered = state else { return .doNothing }
        let earliest = lastStartedAt.map { $0 + settings.refusalInterval } ?? now
        guard earliest <= now else {
            state = .registered(renewAt: earliest)
            return .doNothing
        }
        return challenge(now: now)
    }

    /// Upstream refused a signed question with `{"relay":"stop"}`.
    public mutating func denied() {
        guard state != .idle else { return }
        isRegistered = false
        state = .denied
    }

    /// Upstream is back from an outage: no reason to wait any longer.
    public mutating func upstreamIsBack(now: MonotonicTime) -> Action {
        guard case .waiting = state else { return .doNothing }
        return challenge(now: now)
    }

    private mutating func challenge(now: MonotonicTime) -> Action {
        state = .challenging
        lastStartedAt = now
        return .sendChallenge
    }

    private mutating func wait(atLeast retryAfter: Duration?, now: MonotonicTime) {
        var pause = backoff.next(using: &generator)
        if let retryAfter { pause = max(pause, min(retryAfter, .seconds(300))) }
        state = .waiting(until: now + pause)
    }
}
