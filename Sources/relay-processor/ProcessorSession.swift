import Model
import Wire

/// One ingest's link to this processor: bytes in, bytes out, no I/O of its own.
///
/// Frames are handled one after the other where they lie in the read buffer; their answers gather
/// in `output` and are written together.
public final class ProcessorSession {
    private let processor: Processor
    private var machine: LinkStateMachine
    private var decoder: FrameDecoder
    private var configurations = ProcessorSessionConfigurations()
    let output = ProcessorSessionOutput()
    /// Called with each configuration of which something cannot be used.
    private let noticeProblems: (ConfigurationProblems) -> Void
    /// By revision: problems that go along with the next answer.
    private var problemsUntold: [UInt64: ScrubbingProblems] = [:]
    /// CPU time since the answers were last written, microseconds.
    private var microsecondsUnwritten: UInt32 = 0

    /// Answers are written early when this much work lies behind the first of them: a batch of slow
    /// events does not delay the answers of its first ones.
    private static let microsecondsUnwrittenMax: UInt32 = 2000
    /// Answers are written early when they have gathered so many bytes.
    private static let bytesUnwrittenMax = 256 * 1024

    /// A session on a new connection; the hello is in the output.
    ///
    /// - Parameter noticeProblems: Called whenever a configuration arrives of which something cannot
    ///   be used; ingest may send the same one again.
    public init(
        processor: Processor, settings: LinkSettings, now: MonotonicTime,
        noticeProblems: @escaping (ConfigurationProblems) -> Void = { _ in }
    ) {
        self.processor = processor
        self.noticeProblems = noticeProblems
        machine = LinkStateMachine(settings: settings)
        decoder = FrameDecoder(payloadBytesMax: WireLimits.helloPayloadBytesMax)
        let hello = machine.connected(now: now)
        send(.hello(hello))
    }

    /// The peer's hello, once it is there.
    public var peer: Hello? { machine.peer }
    /// When `tick` is due.
    public var nextDeadline: MonotonicTime? { machine.nextDeadline }
    /// Why the link is over; nil while it is not.
    public var closeReason: LinkCloseReason? {
        if case .closed(let reason) = machine.phase { return reason }
        return nil
    }
    /// Whether both sides have drained and all answers are written.
    public var isFinished: Bool { machine.isDrained && output.count == 0 }

    /// Handles the frames that a chunk completes. `write` is called when answers should leave before
    /// the chunk is done.
    public func received(
        _ chunk: UnsafeRawBufferPointer, now: MonotonicTime, write: () -> Void
    ) {
        machine.bytesReceived(now: now)
        do throws(WireError) {
            try decoder.decode(chunk) { view throws(WireError) in
                try handle(view, now)
                if microsecondsUnwritten > Self.microsecondsUnwrittenMax
                    || output.count > Self.bytesUnwrittenMax
                {
                    microsecondsUnwritten = 0
                    write()
                }
                return machine.payloadBytesMaxAccepted
            }
        } catch {
            machine.closed(.malformed(error))
        }
        microsecondsUnwritten = 0
    }

    private func handle(_ view: FrameView, _ now: MonotonicTime) throws(WireError) {
        if closeReason != nil { return }
        if view.header.type == .hello {
            guard case .hello(let hello) = try view.decoded().message else { return }
            // The machine keeps the reason; the server closes what is over.
            _ = machine.helloReceived(hello, now: now)
            return
        }
        switch machine.received(view.header.type, now: now) {
        case .deliver: try perform(view)
        case .sendPong: send(.pong, requestID: view.header.requestID)
        case .peerDrained(let isAnswerDue): if isAnswerDue { send(.drain) }
        case .ignore, .close: break
        }
    }

    private func perform(_ view: FrameView) throws(WireError) {
        if view.header.type == .processEvent {
            let event = try ProcessEventView(view.payload)
            answer(event, requestID: view.header.requestID)
            return
        }
        switch try view.decoded().message {
        case .projectConfiguration(let configuration):
            let compiled = ProcessorConfiguration(configuration)
            if let problems = ConfigurationProblems(compiled, configuration.revision) {
                noticeProblems(problems)
                if problemsUntold.count >= ToldRevisions.countMax { problemsUntold.removeAll() }
                problemsUntold[configuration.revision] = problems.wire
            }
            configurations.insert(
                compiled, configuration.revision, bytes: configuration.state.count)
        case .forgetConfiguration(let forget):
            configurations.remove(forget.revision)
            problemsUntold[forget.revision] = nil
        default: break
        }
    }

    private func answer(_ event: ProcessEventView, requestID: UInt64) {
        let configuration =
            event.revision == 0 ? processor.emptyConfiguration : configurations.use(event.revision)
        var answer =
            configuration.map { processor.process(event, $0) }
            ?? EventProcessedView(verdict: .unknownRevision)
        if !problemsUntold.isEmpty, configuration != nil {
            answer.problems = problemsUntold.removeValue(forKey: event.revision)
        }
        microsecondsUnwritten &+= answer.processingMicroseconds
        let version = machine.version
        output.append(capacity: FrameWriter.sizeEstimate(answer)) { memory in
            FrameWriter.write(answer, requestID: requestID, version: version, into: memory)
        }
    }

    private func send(_ message: Message, requestID: UInt64 = 0) {
        let version = machine.version
        output.append(capacity: FrameWriter.sizeEstimate(message)) { memory in
            FrameWriter.write(
                Frame(requestID: requestID, message: message), version: version, into: memory)
        }
    }

    /// Time has passed.
    public func tick(now: MonotonicTime) {
        if case .sendPing(let id) = machine.tick(now: now) { send(.ping, requestID: id) }
    }

    /// This processor leaves: asks for no more events. Those under way are still answered.
    public func drain() {
        if machine.drain() { send(.drain) }
    }

    /// The transport is over.
    public func closed(_ reason: LinkCloseReason) {
        machine.closed(reason)
    }
}
