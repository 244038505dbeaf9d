import Config
import FuzzSupport
import Glibc
import Logging
import Metrics
import Model
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Upstream
import Wire

@testable import RelayIngest

@main
enum FuzzHTTP {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                connect(&input)
                return 0
            })
    }
}

/// Sends bytes to the front door at once and in pieces: same answers, same envelopes accepted, and
/// afterwards no connection and no memory for bodies is held.
private func connect(_ input: inout FuzzInput) {
    let step = 1 + Int(input.byte())
    let bytes = Array(input.rest())
    let whole = converse(bytes, step: max(bytes.count, 1))
    let pieces = converse(bytes, step: step)
    promise(whole.statuses == pieces.statuses, "pieces make no difference to the answers")
    promise(whole.accepted == pieces.accepted, "pieces make no difference to what is accepted")
}

/// What one connection led to.
private struct Conversation {
    var statuses: [String] = []
    var accepted: [Int] = []
}

private func converse(_ bytes: [UInt8], step: Int) -> Conversation {
    let loop = EmbeddedEventLoop()
    let flow = AcceptingFlow()
    let settings = FrontDoorSettings(RelayConfig(), version: "1.0.0")
    let door = FrontDoor(
        settings: settings, flow: flow, eventLoop: loop, logger: Logger(label: "fuzz"),
        wallClock: { WallTime(microseconds: 1_795_000_000_000_000) })
    let channel = EmbeddedChannel(loop: loop)
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderListSize = settings.limits.maxHeaderSize
    limits.maxHeaderFieldSize = settings.limits.maxHeaderSize
    limits.maxHeaderFieldCount = settings.limits.maxHeaderCount
    let decoder = HTTPRequestDecoder(
        leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
    try? channel.pipeline.syncOperations.addHandlers([
        ByteToMessageHandler(decoder), Connection(door: door, peerAddress: "192.0.2.7"),
    ])
    channel.pipeline.fireChannelActive()
    var start = 0
    while start < bytes.count {
        let end = min(start + step, bytes.count)
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes[start..<end]))
        start = end
    }
    var output: [UInt8] = []
    while let buffer = try? channel.readOutbound(as: ByteBuffer.self) {
        output.append(contentsOf: buffer.readableBytesView)
    }
    _ = try? channel.finish(acceptAlreadyClosed: true)
    promise(door.connectionCount == 0, "no connection is left")
    promise(door.budget.bytesUsed == 0, "no memory for bodies is left")
    return Conversation(statuses: statusLines(output), accepted: flow.accepted)
}

/// The answers. `100 Continue` is none: it is left out where the body came together with the head
/// (RFC 9110 §10.1.1), which pieces decide.
private func statusLines(_ output: [UInt8]) -> [String] {
    String(decoding: output, as: UTF8.self).split(separator: "\r\n")
        .filter { $0.hasPrefix("HTTP/1.1 ") && $0 != "HTTP/1.1 100 Continue" }.map(String.init)
}

/// A flow that accepts everything and remembers how many items it was given.
private final class AcceptingFlow: EventFlow {
    var accepted: [Int] = []
    var canStore: Bool { true }
    var status: ProjectsStatus? { nil }

    func eventAction(
        _ question: GetEventAction, completion: @escaping (EventActionAnswer) -> Void
    ) {
        completion(
            EventActionAnswer(verdict: .accept, rateLimits: [], revision: 1, projectID: nil))
    }

    func accept(_ envelope: AcceptedEnvelope) -> AcceptResult {
        accepted.append(envelope.envelope.items.count)
        return .stored
    }

    func projectState(
        _ question: GetProjectState, deadline: Duration,
        completion: @escaping (ProjectStateAnswer?) -> Void
    ) {
        completion(nil)
    }

    func projectKeys(
        _ question: GetProjectKeys, deadline: Duration,
        completion: @escaping (ProjectKeysAnswer?) -> Void
    ) {
        completion(ProjectKeysAnswer(keys: question.projectIDs.map { _ in nil }))
    }

    func relayPublicKeys(
        _ question: GetRelayPublicKeys, deadline: Duration,
        completion: @escaping (RelayPublicKeysAnswer?) -> Void
    ) {
        completion(nil)
    }

    func addMetrics(to snapshot: inout MetricsSnapshot) {}

    func projectsFigures(completion: @escaping ([StatusFigure]) -> Void) { completion([]) }

    func captured(_ id: EventID) -> CapturedEvent? { nil }

    func forward(
        _ request: UpstreamRequest,
        completion: @escaping (Result<UpstreamResponse, UpstreamError>) -> Void
    ) {
        completion(.failure(.timeout))
    }
}
