import Model
import Testing
import Wire

@Suite struct LinkStateMachineTests {
    private static func at(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    private static func hello(
        _ role: PeerRole, min: UInt8 = 1, max: UInt8 = 1, payloadBytesMax: UInt32 = 1000
    ) -> Hello {
        Hello(
            versionMax: max, versionMin: min, role: role, payloadBytesMax: payloadBytesMax,
            credits: 4)
    }

    private static func settings(
        _ role: PeerRole = .ingest, peers: Set<PeerRole> = [.projects]
    ) -> LinkSettings {
        LinkSettings(
            role: role, peerRoles: peers, helloTimeout: .seconds(5), pingInterval: .seconds(10),
            pingTimeout: .seconds(3))
    }

    private static func opened(
        _ role: PeerRole = .ingest, peer: PeerRole = .projects
    ) -> LinkStateMachine {
        var machine = LinkStateMachine(settings: settings(role, peers: [peer]))
        _ = machine.connected(now: at(0))
        _ = machine.helloReceived(hello(peer), now: at(1))
        return machine
    }

    @Test func helloOpensTheLink() {
        var machine = LinkStateMachine(settings: Self.settings())
        #expect(machine.phase == .connecting)
        #expect(machine.nextDeadline == nil)
        let ours = machine.connected(now: Self.at(0))
        #expect(ours.role == .ingest)
        #expect(machine.phase == .awaitingHello)
        #expect(machine.nextDeadline == Self.at(5))
        #expect(machine.payloadBytesMaxAccepted == WireLimits.helloPayloadBytesMax)
        #expect(!machine.canSend(.getProject))
        #expect(machine.helloReceived(Self.hello(.projects), now: Self.at(1)) == nil)
        #expect(machine.phase == .open)
        #expect(machine.peer?.credits == 4)
        #expect(machine.payloadBytesMaxAccepted == WireLimits.payloadBytesDefault)
        #expect(machine.canSend(.getProject, payloadBytes: 1000))
        #expect(!machine.canSend(.getProject, payloadBytes: 1001))
    }

    @Test func noHelloInTimeClosesTheLink() {
        var machine = LinkStateMachine(settings: Self.settings())
        _ = machine.connected(now: Self.at(0))
        #expect(machine.tick(now: Self.at(4)) == .wait)
        #expect(machine.tick(now: Self.at(5)) == .close(.helloTimeout))
        #expect(machine.phase == .closed(.helloTimeout))
    }

    @Test func bytesWithoutAHelloDoNotProlongTheWait() {
        var machine = LinkStateMachine(settings: Self.settings())
        _ = machine.connected(now: Self.at(0))
        machine.bytesReceived(now: Self.at(4))
        #expect(machine.tick(now: Self.at(5)) == .close(.helloTimeout))
    }

    @Test(arguments: [
        (UInt8(1), UInt8(1), true), (1, 9, true), (2, 9, false), (0, 0, false), (9, 1, false),
    ])
    func versionsAreNegotiated(_ min: UInt8, _ max: UInt8, _ isOpen: Bool) {
        var machine = LinkStateMachine(settings: Self.settings())
        _ = machine.connected(now: Self.at(0))
        let reason = machine.helloReceived(
            Self.hello(.projects, min: min, max: max), now: Self.at(1))
        #expect((reason == nil) == isOpen)
        #expect((machine.phase == .open) == isOpen)
        if isOpen { #expect(machine.version == 1) }
        if !isOpen { #expect(reason == .versionMismatch(peerMin: min, peerMax: max)) }
    }

    @Test func aPeerOfAnotherRoleIsRefused() {
        var machine = LinkStateMachine(settings: Self.settings())
        _ = machine.connected(now: Self.at(0))
        #expect(
            machine.helloReceived(Self.hello(.processor), now: Self.at(1))
                == .unexpectedRole(.processor))
    }

    @Test func aSecondHelloAndEarlyMessagesAreViolations() {
        var machine = Self.opened()
        #expect(
            machine.helloReceived(Self.hello(.projects), now: Self.at(2))
                == .messageNotPermitted(.hello))

        var early = LinkStateMachine(settings: Self.settings())
        _ = early.connected(now: Self.at(0))
        #expect(
            early.received(.ping, now: Self.at(1)) == .close(.messageNotPermitted(.ping)))
    }

    @Test func eachRoleReceivesItsMessagesOnly() {
        let toProjects: Set<MessageType> = [
            .ping, .pong, .drain, .getProject, .getProjectState, .getEventAction,
            .updateRateLimits, .getRelayPublicKeys, .getStatus, .getProjectKeys,
        ]
        let fromProjects: Set<MessageType> = [
            .ping, .pong, .drain, .project, .projectState, .eventAction, .relayPublicKeys,
            .status, .projectKeys,
        ]
        let toProcessor: Set<MessageType> = [
            .ping, .pong, .drain, .projectConfiguration, .forgetConfiguration, .processEvent,
        ]
        let fromProcessor: Set<MessageType> = [
            .ping, .pong, .drain, .eventProcessed, .grantCredits,
        ]
        for (own, peer, permitted) in [
            (PeerRole.projects, PeerRole.ingest, toProjects),
            (.ingest, .projects, fromProjects), (.tool, .projects, fromProjects),
            (.processor, .ingest, toProcessor), (.ingest, .processor, fromProcessor),
            (.processor, .projects, [.ping, .pong, .drain]),
        ] {
            for type in MessageType.allCases {
                var machine = Self.opened(own, peer: peer)
                let action = machine.received(type, now: Self.at(2))
                let isViolation = action == .close(.messageNotPermitted(type))
                #expect(isViolation != permitted.contains(type), "\(type) to \(own)")
                #expect(
                    PermittedMessages.isPermitted(type, from: peer, to: own)
                        == permitted.contains(type))
            }
        }
    }

    @Test func silenceLeadsToAPingAndThenToTheEnd() {
        var machine = Self.opened()
        #expect(machine.nextDeadline == Self.at(11))
        #expect(machine.tick(now: Self.at(10)) == .wait)
        #expect(machine.tick(now: Self.at(11)) == .sendPing(requestID: 1))
        #expect(machine.nextDeadline == Self.at(14))
        #expect(machine.tick(now: Self.at(14)) == .close(.pingTimeout))
    }

    @Test func anySignOfLifeAnswersAPing() {
        var machine = Self.opened()
        _ = machine.tick(now: Self.at(11))
        #expect(machine.received(.pong, now: Self.at(12)) == .ignore)
        #expect(machine.nextDeadline == Self.at(22))
        #expect(machine.tick(now: Self.at(22)) == .sendPing(requestID: 2))
        machine.bytesReceived(now: Self.at(24))
        #expect(machine.tick(now: Self.at(25)) == .wait)
        #expect(machine.received(.ping, now: Self.at(30)) == .sendPong)
    }

    @Test func aDrainedPeerGetsNoRequestsButAnswers() {
        var machine = Self.opened(.ingest, peer: .processor)
        #expect(machine.received(.drain, now: Self.at(2)) == .peerDrained(answer: true))
        #expect(machine.phase == .draining)
        #expect(machine.isDrained)
        #expect(!machine.canSend(.processEvent))
        #expect(!machine.canSend(.projectConfiguration))
        #expect(machine.canSend(.pong))
        #expect(machine.received(.eventProcessed, now: Self.at(3)) == .deliver)
        #expect(
            machine.received(.drain, now: Self.at(4)) == .close(.messageNotPermitted(.drain)))
    }

    @Test func requestsUnderWayWhenWeDrainAreStillDelivered() {
        var machine = Self.opened(.processor, peer: .ingest)
        let isDrainDue = machine.drain()
        #expect(isDrainDue)
        let isDrainDueAgain = machine.drain()
        #expect(!isDrainDueAgain)
        #expect(!machine.isDrained)
        #expect(machine.received(.processEvent, now: Self.at(2)) == .deliver)
        #expect(machine.received(.drain, now: Self.at(3)) == .peerDrained(answer: false))
        #expect(machine.isDrained)
        #expect(machine.canSend(.eventProcessed))
        #expect(
            machine.received(.processEvent, now: Self.at(4))
                == .close(.messageNotPermitted(.processEvent)))
    }

    @Test func theFirstReasonOfTheEndStays() {
        var machine = Self.opened()
        machine.closed(.peerClosed)
        machine.closed(.finished)
        #expect(machine.phase == .closed(.peerClosed))
        #expect(machine.nextDeadline == nil)
        #expect(machine.tick(now: Self.at(99)) == .wait)
        #expect(!machine.canSend(.ping))
    }

    @Test func whatThePeerPromisesIsBounded() {
        var machine = LinkStateMachine(settings: Self.settings())
        _ = machine.connected(now: Self.at(0))
        var greedy = Self.hello(.projects, payloadBytesMax: .max)
        greedy.credits = .max
        _ = machine.helloReceived(greedy, now: Self.at(1))
        #expect(machine.peer?.payloadBytesMax == UInt32(WireLimits.payloadBytesMax))
        #expect(machine.peer?.credits == WireLimits.creditsMax)
    }
}
