import Model
import Testing
import Wire

@testable import RelayProcessor

/// A session fed with bytes, its answers decoded.
@Suite struct ProcessorSessionTests {
    /// Both ends of a link without a socket.
    private final class Link {
        let session: ProcessorSession
        var decoder = FrameDecoder()
        var now = MonotonicTime(nanoseconds: 0)
        var earlyWrites = 0

        init(
            processor: Processor = Processor(),
            noticeProblems: @escaping (ConfigurationProblems) -> Void = { _ in }
        ) {
            session = ProcessorSession(
                processor: processor,
                settings: LinkSettings(
                    role: .processor, peerRoles: [.ingest], credits: 4, instance: "1"),
                now: now, noticeProblems: noticeProblems)
        }

        func send(_ messages: [Message], chunkBytes: Int = .max) {
            var bytes: [UInt8] = []
            for (index, message) in messages.enumerated() {
                FrameWriter.append(
                    Frame(requestID: UInt64(index) + 1, message: message), to: &bytes)
            }
            send(bytes, chunkBytes: chunkBytes)
        }

        func send(_ bytes: [UInt8], chunkBytes: Int = .max) {
            var position = 0
            while position < bytes.count {
                let end = position + min(chunkBytes, bytes.count - position)
                Array(bytes[position..<end]).withUnsafeBytes { chunk in
                    session.received(chunk, now: now) { earlyWrites += 1 }
                }
                position = end
            }
        }

        func receive() throws -> [Frame] {
            decoder.append(session.output.bytes)
            session.output.consume(session.output.count)
            var frames: [Frame] = []
            while let frame = try decoder.next() { frames.append(frame) }
            return frames
        }
    }

    private static let hello = Message.hello(
        Hello(versionMax: 1, versionMin: 1, role: .ingest, payloadBytesMax: 1 << 24, credits: 0))
    private static let id = EventID(high: 1, low: 2)

    private static func configuration(
        _ revision: UInt64, state: String = "{\"disabled\":false}"
    ) -> Message {
        .projectConfiguration(
            ProjectConfiguration(
                revision: revision, projectID: ProjectID(rawValue: 42), state: Array(state.utf8)))
    }

    private static func event(
        _ revision: UInt64, _ payload: String = "{\"message\":\"hello\"}",
        kind: EventItemKind = .event, attributes: String = ""
    ) -> Message {
        .processEvent(
            ProcessEvent(
                revision: revision, kind: kind, eventID: id,
                meta: RequestMeta(
                    projectKey: ProjectKey(high: 3, low: 4), projectID: ProjectID(rawValue: 42),
                    protocolVersion: 7, client: nil, origin: nil, remoteAddress: nil,
                    forwardedFor: "", clientAddress: nil, userAgent: nil,
                    receivedAt: WallTime(microseconds: 1_700_000_000_000_000)),
                sentAt: nil, payload: ArraySlice(payload.utf8), attributes: Array(attributes.utf8)))
    }

    private static func verdicts(_ frames: [Frame]) -> [EventVerdict] {
        frames.compactMap {
            guard case .eventProcessed(let answer) = $0.message else { return nil }
            return answer.verdict
        }
    }

    @Test func theHelloGrantsCredits() throws {
        let link = Link()
        guard case .hello(let hello) = try link.receive().first?.message else {
            Issue.record("no hello")
            return
        }
        #expect(hello.role == .processor)
        #expect(hello.credits == 4)
        #expect(hello.instance == "1")
    }

    @Test(arguments: [1, 5, 100, Int.max])
    func eventsAreProcessedInOrderHoweverTheyArrive(_ chunkBytes: Int) throws {
        let link = Link()
        _ = try link.receive()
        link.send(
            [Self.hello, Self.configuration(9), Self.event(9), Self.event(0), .ping],
            chunkBytes: chunkBytes)
        let frames = try link.receive()
        #expect(frames.map(\.requestID) == [3, 4, 5])
        #expect(frames.map(\.message.type) == [.eventProcessed, .eventProcessed, .pong])
        #expect(Self.verdicts(frames) == [.processed, .processed])
        guard case .eventProcessed(let answer) = frames.first?.message else { return }
        let text = String(decoding: answer.payload, as: UTF8.self)
        #expect(text.contains(Self.id.description))
        #expect(text.contains("hello"))
        #expect(link.session.closeReason == nil)
    }

    @Test func problemsOfAConfigurationGoAlongWithItsFirstAnswer() throws {
        let link = Link()
        _ = try link.receive()
        let state =
            #"{"config":{"piiConfig":{"rules":{"x":{"type":"pattern","pattern":"("}},"#
            + #""applications":{"$string":["x"]}}}}"#
        link.send([
            Self.hello, Self.configuration(9, state: state), Self.configuration(10),
            Self.event(10), Self.event(9), Self.event(9), Self.event(0),
        ])
        let problems = try link.receive().map { frame -> ScrubbingProblems? in
            guard case .eventProcessed(let answer) = frame.message else { return nil }
            return answer.problems
        }
        #expect(problems.map { $0?.count } == [nil, 1, nil, nil])
        #expect(problems[1]?.named.map(\.place) == ["rules.x"])
    }

    @Test func anUnknownRevisionAsksForTheConfiguration() throws {
        let link = Link()
        _ = try link.receive()
        link.send([Self.hello, Self.event(9)])
        #expect(Self.verdicts(try link.receive()) == [.unknownRevision])
        link.send([
            Self.configuration(9), Self.event(9),
            .forgetConfiguration(ForgetConfiguration(revision: 9)), Self.event(9),
        ])
        #expect(Self.verdicts(try link.receive()) == [.processed, .unknownRevision])
    }

    @Test func whatIsNoJSONIsRejected() throws {
        let link = Link()
        _ = try link.receive()
        link.send([Self.hello, Self.event(0, "{\"message\":"), Self.event(0)])
        let verdicts = Self.verdicts(try link.receive())
        #expect(verdicts.count == 2)
        guard case .rejected(.invalidJSON, _) = verdicts.first else {
            Issue.record("not rejected")
            return
        }
        #expect(verdicts.last == .processed)
    }

    @Test func aStateThatCannotBeReadFailsClosed() throws {
        let link = Link()
        _ = try link.receive()
        link.send([Self.hello, Self.configuration(9, state: "{\"disabled\":3}"), Self.event(9)])
        guard case .rejected(.projectState, _) = Self.verdicts(try link.receive()).first else {
            Issue.record("not rejected")
            return
        }
    }

    @Test func problemsOfAConfigurationAreTold() throws {
        var told: [ConfigurationProblems] = []
        let link = Link { told.append($0) }
        let bad = """
            {"disabled":false,"config":{"piiConfig":{
                "rules":{"odd":{"type":"pattern","pattern":"("}},"applications":{"**":["odd"]}}}}
            """
        link.send([
            Self.hello, Self.configuration(1), Self.configuration(2, state: bad),
            Self.configuration(3, state: "{\"disabled\":3}"),
        ])
        #expect(told.map(\.revision) == [2, 3])
        #expect(told.first?.projectID == ProjectID(rawValue: 42))
        #expect(told.first?.scrubbing.map(\.place) == ["rules.odd"])
        #expect(told.map(\.isUsable) == [true, false])
    }

    @Test func aRevisionIsToldOnce() {
        var revisions = ToldRevisions()
        let answers = [7, 7, 8, 7].map { revisions.insert($0) }
        #expect(answers == [true, false, true, false])
        let more = (100..<100 + UInt64(ToldRevisions.countMax)).map { revisions.insert($0) }
        #expect(more.allSatisfy { $0 })
        let isNew = revisions.insert(100 + UInt64(ToldRevisions.countMax) - 1)
        #expect(!isNew)
    }

    @Test func attachmentsPassThrough() throws {
        let link = Link()
        _ = try link.receive()
        link.send([Self.hello, Self.event(0, "\u{0}\u{1}binary", kind: .attachment)])
        guard case .eventProcessed(let answer) = try link.receive().last?.message else {
            Issue.record("no answer")
            return
        }
        #expect(answer.payload == Array("\u{0}\u{1}binary".utf8))
        #expect(answer.category == .attachment)
    }

    @Test(arguments: [
        ("$attachments.'log.txt'", "log.txt", "from ********* on"),
        ("$attachments.'log.txt'", "other.txt", "from 127.0.0.1 on"),
        ("**", "log.txt", "from 127.0.0.1 on"),
    ])
    func attachmentsAreStripped(_ selector: String, _ name: String, _ expected: String) throws {
        let link = Link()
        _ = try link.receive()
        let state = """
            {"disabled":false,"config":{
                "piiConfig":{"applications":{"\(selector)":["@ip:mask"]}}}}
            """
        link.send([
            Self.hello, Self.configuration(1, state: state),
            Self.event(
                1, "from 127.0.0.1 on", kind: .attachment,
                attributes: "{\"filename\":\"\(name)\"}"),
        ])
        guard case .eventProcessed(let answer) = try link.receive().last?.message else {
            Issue.record("no answer")
            return
        }
        #expect(String(decoding: answer.payload, as: UTF8.self) == expected)
    }

    @Test func violationsCloseTheLinkOnly() throws {
        let processor = Processor()
        let garbage = Link(processor: processor)
        garbage.send([UInt8](repeating: 0xff, count: 32))
        #expect(garbage.session.closeReason == .malformed(.unsupportedVersion(0xff)))

        let early = Link(processor: processor)
        early.send([Self.event(0)])
        #expect(early.session.closeReason != nil)

        let wrong = Link(processor: processor)
        wrong.send([Self.hello, .getStatus])
        #expect(wrong.session.closeReason == .messageNotPermitted(.getStatus))

        let good = Link(processor: processor)
        good.send([Self.hello, Self.event(0)])
        #expect(Self.verdicts(try good.receive()) == [.processed])
    }

    @Test func drainingAnswersWhatIsUnderWay() throws {
        let link = Link()
        link.send([Self.hello])
        _ = try link.receive()
        link.session.drain()
        link.send([Self.event(0), .drain])
        let frames = try link.receive()
        #expect(frames.map(\.message.type) == [.drain, .eventProcessed])
        #expect(link.session.isFinished)
    }

    @Test func manyAnswersLeaveBeforeTheChunkIsDone() throws {
        let link = Link()
        link.send([Self.hello])
        _ = try link.receive()
        let large = "{\"message\":\"" + String(repeating: "x", count: 100_000) + "\"}"
        link.send([Message](repeating: Self.event(0, large), count: 6))
        #expect(link.earlyWrites > 0)
    }

    @Test func configurationsAreBoundedAndTheLeastUsedGoes() {
        let configuration = ProcessorConfiguration()
        var table = ProcessorSessionConfigurations(countMax: 2, bytesMax: 100)
        table.insert(configuration, 1, bytes: 10)
        table.insert(configuration, 2, bytes: 10)
        #expect(table.use(1) != nil)
        table.insert(configuration, 3, bytes: 10)
        #expect(table.use(2) == nil)
        #expect(table.use(1) != nil)
        table.insert(configuration, 4, bytes: 95)
        #expect(table.count == 1)
        #expect(table.use(4) != nil)
        // One that is larger than all of the room is kept alone rather than asked for endlessly.
        table.insert(configuration, 5, bytes: 1000)
        #expect(table.count == 1)
        #expect(table.use(5) != nil)
    }
}
