import JSON
import Logging
import Model
import NIOCore
import NIOHTTP1
import Signing

/// What the upstream thinks of this relay.
public struct UpstreamStanding: Hashable, Sendable {
    /// Registered, or no registration is needed.
    public var isAuthenticated: Bool
    /// Refused for good.
    public var isDenied: Bool
    /// Out of reach for longer than `http.outage_grace_period`.
    public var isDown: Bool
    /// The last attempt to register failed, and the next one is due later.
    public var isRetrying: Bool

    /// A standing.
    public init(
        isAuthenticated: Bool, isDenied: Bool = false, isDown: Bool = false,
        isRetrying: Bool = false
    ) {
        self.isAuthenticated = isAuthenticated
        self.isDenied = isDenied
        self.isDown = isDown
        self.isRetrying = isRetrying
    }

    /// Whether a question can be asked now.
    public var isUsable: Bool { isAuthenticated && !isDenied && !isDown }
    /// Whether nobody should count on an answer soon.
    public var isTroubled: Bool { isDenied || isDown || (isRetrying && !isAuthenticated) }
}

/// Keeps the relay registered, asks signed questions, and watches whether upstream is in reach: the
/// driver of `RegistrationStateMachine` and `RegistrationOutage`. Lives on one event loop.
public final class RegistrationClient {
    /// Path of the first request of a registration.
    public static let challengePath = "/api/0/relays/register/challenge/"
    /// Path of the second one.
    public static let responsePath = "/api/0/relays/register/response/"
    /// Path that is asked during an outage.
    public static let livePath = "/api/0/relays/live/"

    private let eventLoop: any EventLoop
    private let transport: any UpstreamTransport
    private let identity: RelayIdentity
    private let clocks: Clocks
    private let upstreamName: String
    private let version: String
    private let logger: Logger
    private var registration: RegistrationStateMachine
    private var outage: RegistrationOutage
    private var timer: Scheduled<Void>?
    private var timerAt: MonotonicTime?
    private var isStopped = false
    private var reported: UpstreamStanding

    /// Called, on the loop, when the standing changes.
    public var onChange: (UpstreamStanding) -> Void = { _ in }

    /// The clocks a driver reads.
    public struct Clocks {
        public var now: () -> MonotonicTime
        public var wallNow: () -> WallTime

        /// Clocks; tests pass their own.
        public init(now: @escaping () -> MonotonicTime, wallNow: @escaping () -> WallTime) {
            self.now = now
            self.wallNow = wallNow
        }
    }

    /// A client that does nothing before `start`.
    ///
    /// - Parameters:
    ///   - upstreamName: the upstream's address, for the log.
    ///   - version: this relay's version, told to upstream.
    public init(
        eventLoop: any EventLoop, transport: any UpstreamTransport, identity: RelayIdentity,
        settings: RegistrationSettings, clocks: Clocks, upstreamName: String, version: String,
        seed: UInt64, logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.transport = transport
        self.identity = identity
        self.clocks = clocks
        self.upstreamName = upstreamName
        self.version = version
        self.logger = logger
        registration = RegistrationStateMachine(settings: settings, seed: seed)
        outage = RegistrationOutage(settings: settings, seed: seed &+ 1)
        reported = UpstreamStanding(isAuthenticated: false)
    }

    /// What upstream thinks of us.
    public var standing: UpstreamStanding {
        UpstreamStanding(
            isAuthenticated: registration.isRegistered, isDenied: registration.isDenied,
            isDown: outage.isDown, isRetrying: registration.isRetrying)
    }

    /// Registrations that succeeded.
    public var registrationCount: Int { registration.registrationCount }

    /// Begins to register.
    public func start() {
        perform(registration.start(now: clocks.now()))
        settle()
    }

    /// Ends all timers; nothing is sent any more.
    public func stop() {
        isStopped = true
        timer?.cancel()
        timer = nil
    }

    /// Asks a signed question. `completion` is called once, on the loop.
    public func ask(_ query: SignedQuery, completion: @escaping (SignedQueryResult) -> Void) {
        send(query) { [self] result in
            switch result {
            case .answered, .failed(.refused), .failed(.unreachable), .failed(.unavailable):
                break
            case .failed(.unauthorized):
                perform(registration.signatureRefused(now: clocks.now()))
            case .failed(.denied):
                registration.denied()
            }
            completion(result)
            settle()
        }
    }
}

// MARK: - Performing

extension RegistrationClient {
    private func send(
        _ query: SignedQuery, completion: @escaping (SignedQueryResult) -> Void
    ) {
        let request: UpstreamRequest
        do {
            request = try query.request(by: identity, at: clocks.wallNow())
        } catch {
            completion(.failed(.refused("request not signed: \(error)")))
            return
        }
        transport.send(request) { [weak self] result in
            guard let self, !isStopped else { return completion(.failed(.unreachable("stopped"))) }
            let answer = SignedQueryResult(result, wallNow: clocks.wallNow())
            watch(answer)
            completion(answer)
        }
    }

    /// Every answer tells whether upstream is in reach.
    private func watch(_ result: SignedQueryResult) {
        if case .failed(let failure) = result, failure.isNetworkFailure {
            perform(outage.networkFailed(now: clocks.now()))
        } else {
            outage.answered()
        }
    }

    private func perform(_ action: RegistrationStateMachine.Action) {
        switch action {
        case .doNothing: break
        case .sendChallenge:
            register(
                path: Self.challengePath,
                [
                    ("relay_id", .string(identity.relayID)),
                    ("public_key", .string(identity.key.publicKey.base64URL)),
                    ("version", .string(version)),
                ])
        case .sendResponse(let token):
            register(
                path: Self.responsePath,
                [
                    ("relay_id", .string(identity.relayID)), ("token", .string(token)),
                    ("version", .string(version)),
                ])
        }
    }

    private func perform(_ action: RegistrationOutage.Action) {
        switch action {
        case .doNothing: break
        case .sendProbe:
            let request = UpstreamRequest(
                method: .GET, path: Self.livePath, isCompressed: false, priority: .query,
                responseBytesMax: 1 << 16)
            transport.send(request) { [weak self] result in
                guard let self, !isStopped else { return }
                let answer = SignedQueryResult(result, wallNow: clocks.wallNow())
                var isAnswered = true
                if case .failed(let failure) = answer { isAnswered = !failure.isNetworkFailure }
                outage.probeEnded(isAnswered: isAnswered, now: clocks.now())
                settle()
            }
        }
    }

    private func register(path: String, _ members: [(String, JSONValue)]) {
        let query = SignedQuery(
            path: path, body: JSONValue.object(members).serialized(), answerBytesMax: 1 << 16)
        send(query) { [self] result in
            let answer = Self.answer(result, path: path)
            let action = registration.answered(answer, now: clocks.now())
            log(result, answer, path: path)
            perform(action)
            settle()
        }
    }

    private static func answer(
        _ result: SignedQueryResult, path: String
    ) -> RegistrationStateMachine.Answer {
        switch result {
        case .failed(.denied): return .denied
        case .failed(.unreachable): return .unreachable(retryAfter: nil)
        case .failed(.unavailable(_, let retryAfter)): return .unreachable(retryAfter: retryAfter)
        case .failed(.unauthorized), .failed(.refused): return .refused
        case .answered(let body):
            guard path == challengePath else { return .accepted }
            guard let token = (try? JSONValue(parsing: body))?["token"]?.stringValue else {
                return .refused
            }
            return .challenge(token: token)
        }
    }

    /// After each event: tells of changes and sets the timer.
    private func settle() {
        guard !isStopped else { return }
        let current = standing
        if current != reported {
            let before = reported
            reported = current
            if before.isDown != current.isDown { logOutage(isDown: current.isDown) }
            if before.isDown, !current.isDown {
                perform(registration.upstreamIsBack(now: clocks.now()))
            }
            onChange(current)
        }
        let next = [registration.nextDeadline, outage.nextDeadline].compactMap { $0 }.min()
        guard let next else {
            timer?.cancel()
            timer = nil
            return
        }
        guard next != timerAt || timer == nil else { return }
        timer?.cancel()
        timerAt = next
        let distance = max(.zero, next - clocks.now())
        let loop = eventLoop.assumeIsolated()
        timer = loop.scheduleTask(in: .nanoseconds(distance.nanosecondsClamped)) { [weak self] in
            self?.tick()
        }
    }

    private func tick() {
        timer = nil
        let now = clocks.now()
        perform(registration.tick(now: now))
        perform(outage.tick(now: now))
        settle()
    }

    // MARK: Log

    private func log(
        _ result: SignedQueryResult, _ answer: RegistrationStateMachine.Answer, path: String
    ) {
        var metadata: Logger.Metadata = [
            "upstream": .string(upstreamName), "relay": .string(identity.relayID),
        ]
        switch answer {
        case .challenge: return
        case .accepted:
            logger.info("registered with the upstream", metadata: metadata)
        case .denied:
            logger.error(
                "the upstream refused this relay for good; it is not asked again",
                metadata: metadata)
        case .refused, .unreachable:
            if case .failed(let failure) = result {
                metadata["reason"] = .string(failure.description)
            } else {
                metadata["reason"] = "the answer holds no token"
            }
            metadata["path"] = .string(path)
            if let next = registration.nextDeadline {
                metadata["retry_in_ms"] = .stringConvertible(
                    (next - clocks.now()).millisecondsClamped)
            }
            logger.warning("registration failed", metadata: metadata)
        }
    }

    private func logOutage(isDown: Bool) {
        let metadata: Logger.Metadata = ["upstream": .string(upstreamName)]
        if isDown {
            logger.warning(
                "the upstream is out of reach; questions wait until it answers again",
                metadata: metadata)
        } else {
            logger.notice("the upstream answers again", metadata: metadata)
        }
    }
}
