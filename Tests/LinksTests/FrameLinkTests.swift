import Model
import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Links

@Suite struct FrameLinkTests {
    private static let question = Message.getProject(
        GetProject(projectKey: ProjectKey(high: 1, low: 2)))
    private static let answer = Message.project(ProjectAnswer(projectID: ProjectID(rawValue: 42)))

    @Test(arguments: [1, 7, Int.max])
    func hellosOpenBothEnds(_ chunkBytes: Int) throws {
        let pair = try LinkPair()
        #expect(!pair.asker.isOpen)
        try pair.pump(chunkBytes: chunkBytes)
        #expect(pair.asker.isOpen && pair.answerer.isOpen)
        #expect(pair.askerEvents == ["opened"] && pair.answererEvents == ["opened"])
        #expect(pair.asker.peer?.role == .projects)
    }

    @Test func answersFindTheirRequestsInAnyOrder() throws {
        let pair = try LinkPair()
        try pair.pump()
        var results: [Int] = []
        for number in 0..<3 {
            pair.asker.request(Self.question, timeout: .seconds(5)) { result in
                if case .success(Self.answer) = result { results.append(number) }
            }
        }
        try pair.pump()
        #expect(pair.asker.requestsInFlight == 3)
        #expect(pair.answerer.peerRequestsUnanswered == 3)
        for frame in pair.answererFrames.reversed() {
            pair.answerer.send(Self.answer, requestID: frame.requestID)
        }
        try pair.pump()
        #expect(results == [2, 1, 0])
        #expect(pair.asker.requestsInFlight == 0)
        #expect(pair.answerer.peerRequestsUnanswered == 0)
    }

    @Test func allOfOneTurnIsWrittenAtOnce() throws {
        let pair = try LinkPair()
        try pair.pump()
        let before = pair.askerWrites
        for _ in 0..<100 {
            pair.asker.request(Self.question, timeout: .seconds(5)) { _ in }
        }
        try pair.pump()
        #expect(pair.askerWrites == before + 1)
        #expect(pair.answererFrames.count == 100)
        #expect(pair.asker.outboundBytesPending == 0)
    }

    @Test func requestsEndAtTheirDeadlineAndLateAnswersAreIgnored() throws {
        let pair = try LinkPair()
        try pair.pump()
        var results: [FrameRequestError] = []
        for timeout in [3, 1, 2] {
            pair.asker.request(Self.question, timeout: .seconds(timeout)) { result in
                if case .failure(let error) = result { results.append(error) }
            }
        }
        try pair.advance(1)
        #expect(results == [.deadlineExceeded])
        try pair.advance(2)
        #expect(results.count == 3)
        for frame in pair.answererFrames {
            pair.answerer.send(Self.answer, requestID: frame.requestID)
        }
        try pair.pump()
        #expect(results.count == 3)
        #expect(pair.asker.isOpen)
    }

    @Test func aLostLinkFailsWhatWaits() throws {
        let pair = try LinkPair()
        try pair.pump()
        var results: [FrameRequestError] = []
        pair.asker.request(Self.question, timeout: .seconds(5)) { result in
            if case .failure(let error) = result { results.append(error) }
        }
        try pair.pump()
        try pair.askerChannel.close().wait()
        #expect(results == [.linkLost(.peerClosed)])
        #expect(pair.askerEvents.last == "closed peerClosed")
        pair.asker.request(Self.question, timeout: .seconds(5)) { result in
            if case .failure(let error) = result { results.append(error) }
        }
        #expect(results.last == .notSendable)
        #expect(!pair.asker.send(.drain))
    }

    @Test func whatMayNotBeSentIsRefusedHere() throws {
        let pair = try LinkPair()
        var results: [FrameRequestError] = []
        func ask(_ message: Message) {
            pair.asker.request(message, timeout: .seconds(1)) { result in
                if case .failure(let error) = result { results.append(error) }
            }
        }
        ask(Self.question)
        #expect(results == [.notSendable])
        try pair.pump()
        #expect(!pair.asker.send(Self.answer))
        #expect(
            !pair.asker.send(.forgetConfiguration(ForgetConfiguration(revision: 1))))
        try pair.pump()
        #expect(pair.asker.isOpen && pair.answerer.isOpen)
    }

    @Test func payloadsThePeerDoesNotTakeAreRefusedHere() throws {
        let pair = try LinkPair(
            asker: LinkSettings(role: .ingest, peerRoles: [.processor]),
            answerer: LinkSettings(
                role: .processor, peerRoles: [.ingest], payloadBytesMax: 2000))
        try pair.pump()
        func configuration(_ count: Int) -> Message {
            .projectConfiguration(
                ProjectConfiguration(
                    revision: 1, projectID: nil, state: [UInt8](repeating: 32, count: count)))
        }
        #expect(pair.asker.send(configuration(2000 - 12)))
        #expect(!pair.asker.send(configuration(2000 - 11)))
        try pair.pump()
        #expect(pair.answererFrames.count == 1)
        #expect(pair.answerer.isOpen)
    }

    @Test func requestsAndBytesAreBounded() throws {
        let pair = try LinkPair(
            limits: FrameLinkLimits(outboundBytesMax: 1000, requestsMax: 2, peerRequestsMax: 10))
        try pair.pump()
        var results: [FrameRequestError] = []
        for _ in 0..<3 {
            pair.asker.request(Self.question, timeout: .seconds(1)) { result in
                if case .failure(let error) = result { results.append(error) }
            }
        }
        #expect(results == [.overloaded])
        var refused = false
        for _ in 0..<100 where !refused {
            refused = !pair.answerer.send(
                .status(
                    ProjectsStatus(
                        isAuthenticated: true, isDenied: false, isUpstreamDown: false,
                        isReady: true)))
        }
        #expect(refused)
    }

    @Test func aPeerThatAsksTooMuchIsCutOff() throws {
        let pair = try LinkPair(limits: FrameLinkLimits(peerRequestsMax: 2))
        try pair.pump()
        for _ in 0..<3 { pair.asker.request(Self.question, timeout: .seconds(1)) { _ in } }
        try pair.pump()
        #expect(
            pair.answererEvents.last == "closed messageNotPermitted(Wire.MessageType.getProject)")
    }

    @Test func bytesThatAreNoFrameCloseTheLink() throws {
        let pair = try LinkPair()
        try pair.pump()
        try pair.answererChannel.writeInbound(ByteBuffer(repeating: 0xff, count: 16))
        #expect(
            pair.answererEvents.last == "closed malformed(unsupported protocol version 255)")
        #expect(!pair.answererChannel.isActive)
    }

    @Test func silenceIsProbedAndThenEndsTheLink() throws {
        let settings = LinkSettings(
            role: .ingest, peerRoles: [.projects], pingInterval: .seconds(10),
            pingTimeout: .seconds(3))
        let pair = try LinkPair(asker: settings)
        try pair.pump()
        for _ in 0..<20 { try pair.advance(5) }
        #expect(pair.asker.isOpen && pair.answerer.isOpen)
        // The peer hangs: its bytes go nowhere.
        pair.loop.advanceTime(by: .seconds(10))
        pair.loop.advanceTime(by: .seconds(3))
        #expect(pair.askerEvents.last == "closed pingTimeout")
    }

    @Test func noHelloEndsTheLink() throws {
        let pair = try LinkPair()
        pair.loop.advanceTime(by: .seconds(5))
        #expect(pair.askerEvents == ["closed helloTimeout"])
    }

    @Test func drainLetsAnswersThroughAndEndsTheLink() throws {
        let pair = try LinkPair()
        try pair.pump()
        var results: [Message] = []
        pair.asker.request(Self.question, timeout: .seconds(5)) { result in
            if case .success(let message) = result { results.append(message) }
        }
        pair.answerer.drain()
        try pair.pump()
        #expect(pair.askerEvents == ["opened", "drained"])
        var refused: FrameRequestError?
        pair.asker.request(Self.question, timeout: .seconds(5)) { result in
            if case .failure(let error) = result { refused = error }
        }
        #expect(refused == .notSendable)
        #expect(pair.answererFrames.count == 1)
        #expect(pair.answererChannel.isActive)
        for frame in pair.answererFrames {
            pair.answerer.send(Self.answer, requestID: frame.requestID)
        }
        try pair.pump()
        #expect(results == [Self.answer])
        #expect(pair.askerEvents.last == "closed finished")
    }

    @Test func aWrongRoleIsRefused() throws {
        let pair = try LinkPair(
            answerer: LinkSettings(role: .projects, peerRoles: [.tool]))
        try pair.pump()
        #expect(
            pair.answererEvents == ["closed unexpectedRole(Wire.PeerRole.ingest)"])
    }

    @Test func waitingRequestsExpireInTheOrderOfTheirDeadlines() {
        for seed in UInt64(0)..<20 {
            var generator = SeededGenerator(seed: seed)
            var requests = PendingRequests<Int>()
            var deadlines: [UInt64: Int] = [:]
            for number in 0..<500 {
                let deadline = Int.random(in: 0..<1000, using: &generator)
                let id = requests.insert(
                    deadline, deadline: MonotonicTime(nanoseconds: Int64(deadline)))
                deadlines[id] = deadline
                if number % 3 == 0, let some = deadlines.keys.min() {
                    #expect(requests.remove(some) == deadlines.removeValue(forKey: some))
                    #expect(requests.remove(some) == nil)
                }
            }
            var seen: [Int] = []
            while let next = requests.nextDeadline {
                let expired = requests.expire(now: next)
                #expect(!expired.isEmpty)
                seen += expired
            }
            #expect(seen == deadlines.values.sorted(), "seed \(seed)")
            #expect(requests.count == 0)
        }
    }
}
