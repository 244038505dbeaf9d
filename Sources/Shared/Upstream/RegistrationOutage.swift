import Model

/// Notices when upstream is out of reach for longer than a hiccup, and when it is back. No I/O.
///
/// The first network failure starts a clock, any answer stops it. A failure after the grace period
/// makes an outage: questions pause, and `GET /api/0/relays/live/` is asked until something that is
/// no network failure comes back. That question is cheap, so its pauses stay short, and the end of
/// an outage is noticed soon.
public struct RegistrationOutage {
    private enum State: Hashable {
        /// → suspected
        case up
        /// Failures only, since then. → up, down
        case suspected(since: MonotonicTime)
        /// → up, through a probe
        case down(probeAt: MonotonicTime)
        /// A probe is under way. → up, down
        case probing
    }

    /// What to do.
    public enum Action: Hashable, Sendable {
        case doNothing
        /// `GET /api/0/relays/live/`
        case sendProbe
    }

    private let gracePeriod: Duration
    private var state = State.up
    private var backoff: Backoff
    private var generator: SeededGenerator

    /// The longest pause between two probes.
    public static let probeIntervalMax = Duration.seconds(2)

    /// An upstream that is believed to be up.
    public init(settings: RegistrationSettings, seed: UInt64) {
        gracePeriod = settings.outageGracePeriod
        backoff = Backoff(
            initial: settings.retryDelay,
            max: min(settings.retryIntervalMax, Self.probeIntervalMax))
        generator = SeededGenerator(seed: seed)
    }

    /// Whether upstream has been out of reach for longer than the grace period.
    public var isDown: Bool {
        switch state {
        case .up, .suspected: false
        case .down, .probing: true
        }
    }

    /// When `tick` has something to do.
    public var nextDeadline: MonotonicTime? {
        switch state {
        case .up, .suspected, .probing: nil
        case .down(let probeAt): probeAt
        }
    }

    /// A request got no answer, or 502, 503 or 504.
    public mutating func networkFailed(now: MonotonicTime) -> Action {
        switch state {
        case .up:
            state = .suspected(since: now)
            return .doNothing
        case .suspected(let since):
            guard since + gracePeriod <= now else { return .doNothing }
            return probe()
        case .down, .probing:
            return .doNothing
        }
    }

    /// A request got any other answer.
    public mutating func answered() {
        backoff.reset()
        state = .up
    }

    /// The probe got an answer (or not).
    public mutating func probeEnded(isAnswered: Bool, now: MonotonicTime) {
        guard state == .probing else { return }
        if isAnswered {
            answered()
        } else {
            state = .down(probeAt: now + backoff.next(using: &generator))
        }
    }

    /// Time has passed.
    public mutating func tick(now: MonotonicTime) -> Action {
        guard let nextDeadline, nextDeadline <= now else { return .doNothing }
        return probe()
    }

    private mutating func probe() -> Action {
        state = .probing
        return .sendProbe
    }
}
