import Model

/// What one end of a link brings to it.
public struct LinkSettings: Hashable, Sendable {
    /// Our own hello.
    public var hello: Hello
    /// Roles the peer may have.
    public var peerRoles: Set<PeerRole>
    /// How long the peer may take for its hello.
    public var helloTimeout: Duration
    /// After how much silence a ping is sent.
    public var pingInterval: Duration
    /// How long after a ping the peer may stay silent.
    public var pingTimeout: Duration

    /// Settings with the protocol's defaults.
    public init(
        role: PeerRole, peerRoles: Set<PeerRole>,
        payloadBytesMax: Int = WireLimits.payloadBytesDefault, credits: UInt32 = 0,
        instance: String? = nil, helloTimeout: Duration = .seconds(5),
        pingInterval: Duration = .seconds(15), pingTimeout: Duration = .seconds(15)
    ) {
        hello = Hello(
            versionMax: WireLimits.versionMax, versionMin: WireLimits.versionMin, role: role,
            payloadBytesMax: UInt32(clamping: min(payloadBytesMax, WireLimits.payloadBytesMax)),
            credits: min(credits, WireLimits.creditsMax), instance: instance)
        self.peerRoles = peerRoles
        self.helloTimeout = helloTimeout
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
    }
}

/// Why a link ends.
public enum LinkCloseReason: Hashable, Sendable {
    /// The peer closed it.
    case peerClosed
    /// Both sides drained and nothing is left to answer, or the owner gave the link up.
    case finished
    /// No hello in time.
    case helloTimeout
    /// No sign of life in time.
    case pingTimeout
    /// No version that both speak.
    case versionMismatch(peerMin: UInt8, peerMax: UInt8)
    /// The peer is of a role that has no business here.
    case unexpectedRole(PeerRole)
    /// A message that is not allowed in this phase or from this role.
    case messageNotPermitted(MessageType)
    /// Bytes that are no frame.
    case malformed(WireError)
    /// The transport failed.
    case transport(errno: Int32)
    /// The peer runs as another user.
    case unexpectedUser(UInt32)
}

/// The life of one link as one end sees it: hello, version, who may send what when, signs of life,
/// drain. A value without I/O; times are parameters.
public struct LinkStateMachine: Sendable {
    /// The phases.
    public enum Phase: Hashable, Sendable {
        /// No transport yet. Next: `awaitingHello`, `closed`.
        case connecting
        /// Our hello is sent, the peer's is missing. Next: `open`, `closed`.
        case awaitingHello
        /// Messages flow. Next: `draining`, `closed`.
        case open
        /// One side has said it sends no more requests. Next: `closed`.
        case draining
        /// Over.
        case closed(LinkCloseReason)
    }

    /// What to do with a message that came in.
    public enum ReceiveAction: Hashable, Sendable {
        /// It is the owner's.
        case deliver
        /// Send a pong with the same request id.
        case sendPong
        /// Nothing to do (a pong).
        case ignore
        /// The peer sends no more requests and wants none; `answer` tells to send our `drain` back.
        case peerDrained(answer: Bool)
        /// Close the link.
        case close(LinkCloseReason)
    }

    /// What the passing of time asks for.
    public enum TickAction: Hashable, Sendable {
        case wait
        /// Send a ping with this request id.
        case sendPing(requestID: UInt64)
        case close(LinkCloseReason)
    }

    public private(set) var phase = Phase.connecting
    /// The peer's hello, once it is there.
    public private(set) var peer: Hello?
    /// The version both speak; our highest until the peer's hello is there.
    public private(set) var version: UInt8
    /// When `tick` is due; nil when nothing is awaited.
    public private(set) var nextDeadline: MonotonicTime?
    private let settings: LinkSettings
    private var hasSentDrain = false
    private var hasReceivedDrain = false
    private var isPingOutstanding = false
    private var pingsSent: UInt64 = 0

    /// A machine before its transport exists.
    public init(settings: LinkSettings) {
        self.settings = settings
        version = settings.hello.versionMax
    }

    /// The largest payload to be accepted now.
    public var payloadBytesMaxAccepted: Int {
        peer == nil ? WireLimits.helloPayloadBytesMax : Int(settings.hello.payloadBytesMax)
    }

    /// The transport is there: returns the hello to send.
    public mutating func connected(now: MonotonicTime) -> Hello {
        if phase == .connecting {
            phase = .awaitingHello
            nextDeadline = now + settings.helloTimeout
        }
        return settings.hello
    }

    /// The peer's hello has come in: nil when the link is open now, else why it must be closed.
    public mutating func helloReceived(
        _ hello: Hello, now: MonotonicTime
    ) -> LinkCloseReason? {
        guard phase == .awaitingHello else { return closing(.messageNotPermitted(.hello)) }
        let ours = settings.hello
        let common = min(ours.versionMax, hello.versionMax)
        guard common >= ours.versionMin, common >= hello.versionMin,
            hello.versionMin <= hello.versionMax
        else {
            return closing(
                .versionMismatch(peerMin: hello.versionMin, peerMax: hello.versionMax))
        }
        guard settings.peerRoles.contains(hello.role) else {
            return closing(.unexpectedRole(hello.role))
        }
        version = common
        var hello = hello
        hello.payloadBytesMax = min(hello.payloadBytesMax, UInt32(WireLimits.payloadBytesMax))
        hello.credits = min(hello.credits, WireLimits.creditsMax)
        peer = hello
        phase = .open
        signOfLife(now: now)
        return nil
    }

    /// A message other than a hello has come in.
    public mutating func received(_ type: MessageType, now: MonotonicTime) -> ReceiveAction {
        guard let peer, phase == .open || phase == .draining,
            PermittedMessages.isPermitted(type, from: peer.role, to: settings.hello.role),
            !hasReceivedDrain || PermittedMessages.isPermittedWhileDraining(type)
        else { return .close(closing(.messageNotPermitted(type))) }
        signOfLife(now: now)
        switch type {
        case .ping: return .sendPong
        case .pong: return .ignore
        case .drain:
            hasReceivedDrain = true
            phase = .draining
            let isAnswerDue = !hasSentDrain
            hasSentDrain = true
            return .peerDrained(answer: isAnswerDue)
        default: return .deliver
        }
    }

    /// Whether a message may be sent now: the link is open, the role may, no drain forbids it, and
    /// the peer accepts its size.
    public func canSend(_ type: MessageType, payloadBytes: Int = 0) -> Bool {
        guard let peer, phase == .open || phase == .draining,
            payloadBytes <= Int(peer.payloadBytesMax)
        else { return false }
        return PermittedMessages.isPermitted(type, from: settings.hello.role, to: peer.role)
            && (!hasSentDrain || PermittedMessages.isPermittedWhileDraining(type))
    }

    /// We leave: true when a `drain` is to be sent now.
    public mutating func drain() -> Bool {
        guard phase == .open || phase == .draining, !hasSentDrain else { return false }
        hasSentDrain = true
        phase = .draining
        return true
    }

    /// Whether both sides said they send no more requests: with nothing left to answer, the link
    /// can be closed.
    public var isDrained: Bool { hasSentDrain && hasReceivedDrain }

    /// Bytes have come in that complete no message yet: a large frame on its way is a sign of life.
    public mutating func bytesReceived(now: MonotonicTime) {
        if peer != nil { signOfLife(now: now) }
    }

    /// Time has passed.
    public mutating func tick(now: MonotonicTime) -> TickAction {
        guard let deadline = nextDeadline, deadline <= now else { return .wait }
        switch phase {
        case .awaitingHello: return .close(closing(.helloTimeout))
        case .open, .draining:
            if isPingOutstanding { return .close(closing(.pingTimeout)) }
            isPingOutstanding = true
            pingsSent &+= 1
            nextDeadline = now + settings.pingTimeout
            return .sendPing(requestID: pingsSent)
        case .connecting, .closed:
            nextDeadline = nil
            return .wait
        }
    }

    /// The link is over, for a reason found outside.
    public mutating func closed(_ reason: LinkCloseReason) {
        _ = closing(reason)
    }

    private mutating func signOfLife(now: MonotonicTime) {
        isPingOutstanding = false
        nextDeadline = now + settings.pingInterval
    }

    private mutating func closing(_ reason: LinkCloseReason) -> LinkCloseReason {
        if case .closed(let first) = phase { return first }
        phase = .closed(reason)
        nextDeadline = nil
        return reason
    }
}
