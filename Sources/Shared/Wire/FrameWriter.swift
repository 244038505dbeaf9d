import Model

/// Writes frames. Texts and lists above their limit (`WireLimits`) are cut, never refused.
public enum FrameWriter {
    /// Bytes the frame may take; `write` needs as many.
    public static func sizeEstimate(_ message: Message) -> Int {
        let base = WireLimits.headerBytes + 128
        switch message {
        case .hello, .ping, .pong, .drain, .getProject, .project, .getProjectState, .getStatus,
            .forgetConfiguration, .grantCredits:
            return base + WireLimits.instanceBytesMax
        case .status(let status):
            return base + WireLimits.relayIDBytesMax + 8
                + status.figures.count * (WireLimits.figureNameBytesMax + 11)
        case .projectState(let answer): return base + answer.state.count
        case .getEventAction(let question): return base + (question.origin?.utf8.count ?? 0)
        case .eventAction(let answer): return base + size(of: answer.rateLimits)
        case .updateRateLimits(let update): return base + size(of: update.rateLimits)
        case .getRelayPublicKeys(let question):
            return base + question.relayIDs.count * (WireLimits.relayIDBytesMax + 2)
        case .relayPublicKeys(let answer):
            return base + answer.relays.count
                * (WireLimits.relayIDBytesMax + WireLimits.publicKeyBytesMax + 5)
        case .getProjectKeys(let question): return base + question.projectIDs.count * 8
        case .projectKeys(let answer): return base + answer.keys.count * 17
        case .projectConfiguration(let configuration): return base + configuration.state.count
        case .processEvent(let event):
            let meta = event.meta
            return base + event.payload.count + event.attributes.count
                + (meta.client?.utf8.count ?? 0) + (meta.origin?.utf8.count ?? 0)
                + (meta.remoteAddress?.utf8.count ?? 0) + meta.forwardedFor.utf8.count
                + (meta.clientAddress?.utf8.count ?? 0) + (meta.userAgent?.utf8.count ?? 0)
        case .eventProcessed(let answer):
            return base + answer.payload.count + WireLimits.eventTypeBytesMax
                + WireLimits.detailBytesMax + size(of: answer.problems)
        }
    }

    private static func size(of problems: ScrubbingProblems?) -> Int {
        problems.map { 12 + $0.named.count * 2 * (WireLimits.problemTextBytesMax + 2) } ?? 0
    }

    private static func size(of limits: [RateLimitAnswer]) -> Int {
        limits.count * (20 + WireLimits.reasonCodeBytesMax)
    }

    /// Writes a frame into memory and returns its size; nil when it does not fit, which cannot
    /// happen with `sizeEstimate` bytes.
    public static func write(
        _ frame: Frame, version: UInt8 = WireLimits.versionMax,
        into memory: UnsafeMutableRawBufferPointer
    ) -> Int? {
        var writer = WireWriter(memory)
        FrameHeader(
            payloadBytes: 0, version: version, type: frame.message.type, requestID: frame.requestID
        ).write(to: &writer)
        MessageEncoder.encode(frame.message, to: &writer)
        return finish(&writer)
    }

    /// Bytes an answer may take.
    public static func sizeEstimate(_ answer: EventProcessedView) -> Int {
        WireLimits.headerBytes + 128 + answer.payload.count + WireLimits.eventTypeBytesMax
            + WireLimits.detailBytesMax + size(of: answer.problems)
    }

    /// Writes an answer whose payload lies elsewhere; nil when it does not fit.
    public static func write(
        _ answer: EventProcessedView, requestID: UInt64, version: UInt8,
        into memory: UnsafeMutableRawBufferPointer
    ) -> Int? {
        var writer = WireWriter(memory)
        FrameHeader(
            payloadBytes: 0, version: version, type: .eventProcessed, requestID: requestID
        ).write(to: &writer)
        MessageEncoder.encode(answer, to: &writer)
        return finish(&writer)
    }

    private static func finish(_ writer: inout WireWriter) -> Int? {
        let payload = writer.position - WireLimits.headerBytes
        guard !writer.isOverflowing, let length = UInt32(exactly: payload) else { return nil }
        writer.patch(length, at: 0)
        return writer.position
    }

    /// Appends a frame to an array.
    public static func append(
        _ frame: Frame, version: UInt8 = WireLimits.versionMax, to output: inout [UInt8]
    ) {
        var capacity = sizeEstimate(frame.message)
        while true {
            var written: Int?
            let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                written = write(
                    frame, version: version, into: UnsafeMutableRawBufferPointer(buffer))
                count = written ?? 0
            }
            if written != nil {
                output.append(contentsOf: bytes)
                return
            }
            capacity *= 2
        }
    }
}
