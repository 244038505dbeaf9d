import Model

/// Where a connection stands between two answers, and until when it may stand there.
struct ConnectionPhase {
    /// Transitions are noted per case.
    enum Kind: Hashable {
        /// No byte of a request yet. → receivingHead, deciding
        case waiting
        /// Some bytes of a head. → deciding, lingering
        case receivingHead
        /// An endpoint has the request; nothing is read. → receivingBody, discarding, sending,
        /// waiting, lingering
        case deciding
        /// The body is read for an endpoint. → deciding, lingering
        case receivingBody
        /// Answered; the rest of the body is read and dropped. → waiting, closed
        case discarding
        /// Answered; the peer has yet to take the answer. → waiting, lingering
        case sending
        /// Nothing more will be answered; waits for the peer's close. → closed
        case lingering
        /// The end.
        case closed

        /// Whether bytes are wanted.
        var isReading: Bool {
            switch self {
            case .waiting, .receivingHead, .receivingBody, .discarding, .lingering: true
            case .deciding, .sending, .closed: false
            }
        }
    }

    /// What an elapsed deadline asks for.
    enum Expiry: Hashable {
        case none
        case close
        /// Answer 408 and close.
        case timeout(what: String, seconds: Int64)
    }

    private(set) var kind = Kind.waiting
    private var deadline: MonotonicTime
    private var since: MonotonicTime
    private var isDraining = false

    /// Bounds in time.
    struct Limits: Hashable {
        var header: Duration
        var keepAlive: Duration
        var body: Duration
        /// Each time so many bytes of a body have arrived it gets one second more.
        var bodyBytesPerSecond: Int
        var linger: Duration
        var drainGrace: Duration
    }

    private let limits: Limits

    /// A new connection: its first byte is waited for as long as for a head.
    init(_ limits: Limits, now: MonotonicTime) {
        self.limits = limits
        since = now
        deadline = now + limits.header
    }

    /// Goes to a phase.
    /// - Parameter bytes: size of the answer (`sending`).
    mutating func enter(_ kind: Kind, now: MonotonicTime, bytes: Int = 0) {
        self.kind = kind
        since = now
        switch kind {
        case .waiting: deadline = now + (isDraining ? limits.drainGrace : limits.keepAlive)
        case .receivingHead: deadline = now + limits.header
        case .deciding, .closed: deadline = MonotonicTime(nanoseconds: .max)
        case .receivingBody: deadline = now + limits.body
        case .discarding, .lingering: deadline = now + limits.linger
        case .sending: deadline = now + limits.body + extra(bytes)
        }
    }

    /// Bytes of the body have arrived, so many in all.
    mutating func received(bodyBytes: Int) {
        guard kind == .receivingBody else { return }
        deadline = since + limits.body + extra(bodyBytes)
    }

    private func extra(_ bytes: Int) -> Duration {
        .seconds(bytes / max(1, limits.bodyBytesPerSecond))
    }

    /// The process is leaving: idle connections get the grace only.
    mutating func drain(now: MonotonicTime) {
        isDraining = true
        if kind == .waiting { deadline = min(deadline, now + limits.drainGrace) }
    }

    /// How long a connection may be idle, and how long a head may take, while others wait for room.
    static let crowdedKeepAlive = Duration.milliseconds(500)
    static let crowdedHeader = Duration.seconds(2)

    /// What is due.
    /// - Parameter isCrowded: there are as many connections as allowed, and more are waiting: those
    ///   that do nothing have to make room sooner.
    func expiry(now: MonotonicTime, isCrowded: Bool = false) -> Expiry {
        if isCrowded {
            if kind == .waiting, now - since >= Self.crowdedKeepAlive { return .close }
            if kind == .receivingHead, now - since >= Self.crowdedHeader { return .close }
        }
        guard now >= deadline else { return .none }
        switch kind {
        case .receivingHead:
            return .timeout(what: "header", seconds: limits.header.secondsRoundedUp)
        case .receivingBody:
            return .timeout(what: "body", seconds: (now - since).secondsRoundedUp)
        case .waiting, .deciding, .discarding, .sending, .lingering, .closed:
            return .close
        }
    }
}
