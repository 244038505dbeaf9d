import Model
import Testing
import Wire

@Suite struct FrameDecoderTests {
    private static let stream = Samples.frames.flatMap { Samples.bytes($0) }

    @Test(arguments: Samples.frames)
    func everyMessageSurvivesTheRoundTrip(_ frame: Frame) throws {
        #expect(try decodeAll(Samples.bytes(frame)) == [frame])
    }

    @Test func framesMayComeTogether() throws {
        #expect(try decodeAll(Self.stream) == Samples.frames)
    }

    @Test func framesMayComeByteByByte() throws {
        var decoder = FrameDecoder(payloadBytesMax: 1 << 20)
        var frames: [Frame] = []
        for byte in Self.stream {
            withUnsafeBytes(of: byte) { decoder.append($0) }
            while let frame = try decoder.next() { frames.append(frame) }
        }
        #expect(frames == Samples.frames)
        #expect(decoder.bytesPending == 0)
    }

    @Test(arguments: [1, 2, 3, 7, 15, 16, 17, 31, 64, 100, 4096])
    func chunksOfAnySizeAreDecodedInPlace(_ size: Int) throws {
        var decoder = FrameDecoder(payloadBytesMax: 1 << 20)
        var frames: [Frame] = []
        var position = 0
        while position < Self.stream.count {
            let end = min(position + size, Self.stream.count)
            try Array(Self.stream[position..<end]).withUnsafeBytes { chunk in
                try decoder.decode(chunk) { view throws(WireError) in
                    frames.append(try view.decoded())
                    return nil
                }
            }
            position = end
        }
        #expect(frames == Samples.frames)
        #expect(decoder.bytesPending == 0)
    }

    @Test func randomChunksGiveTheSameFrames() throws {
        for seed in UInt64(0)..<50 {
            var generator = SeededGenerator(seed: seed)
            var decoder = FrameDecoder(payloadBytesMax: 1 << 20)
            var frames: [Frame] = []
            var position = 0
            while position < Self.stream.count {
                let end = min(
                    position + Int.random(in: 1...200, using: &generator), Self.stream.count)
                let chunk = Array(Self.stream[position..<end])
                if Bool.random(using: &generator) {
                    try chunk.withUnsafeBytes { bytes in
                        try decoder.decode(bytes) { view throws(WireError) in
                            frames.append(try view.decoded())
                            return nil
                        }
                    }
                } else {
                    chunk.withUnsafeBytes { decoder.append($0) }
                    while let frame = try decoder.next() { frames.append(frame) }
                }
                position = end
            }
            while let frame = try decoder.next() { frames.append(frame) }
            #expect(frames == Samples.frames, "seed \(seed)")
        }
    }

    @Test func aTruncatedStreamIsNoFrame() throws {
        for frame in Samples.frames {
            let bytes = Samples.bytes(frame)
            for count in 0..<bytes.count {
                #expect(try decodeAll(Array(bytes.prefix(count))).isEmpty)
            }
        }
    }

    @Test func aPayloadThatEndsEarlyIsAnError() {
        for frame in Samples.frames {
            let bytes = Samples.bytes(frame)
            // Optional fields may be missing, so cuts between them give shorter valid messages.
            for count in WireLimits.headerBytes..<bytes.count {
                var cut = Array(bytes.prefix(count))
                Self.setLength(&cut, UInt32(count - WireLimits.headerBytes))
                guard let decoded = try? decodeAll(cut) else { continue }
                #expect(decoded.map(\.message.type) == [frame.message.type])
                #expect(decoded != [frame])
            }
        }
    }

    @Test func leftOverBytesAreAnError() {
        for frame in Samples.frames {
            var bytes = Samples.bytes(frame) + [0]
            Self.setLength(&bytes, UInt32(bytes.count - WireLimits.headerBytes))
            #expect(throws: WireError.bytesLeftOver(1)) { try decodeAll(bytes) }
        }
    }

    @Test func unknownOptionalFieldsAreSkipped() throws {
        for frame in Samples.frames {
            var bytes = Samples.bytes(frame) + [0xff, 0x7f, 3, 0, 0, 0, 1, 2, 3]
            Self.setLength(&bytes, UInt32(bytes.count - WireLimits.headerBytes))
            #expect(try decodeAll(bytes) == [frame])
        }
    }

    @Test func optionalFieldsMustAscend() {
        var bytes = Samples.bytes(Frame(requestID: 1, message: .ping))
        bytes += [9, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0]
        Self.setLength(&bytes, 12)
        #expect(throws: WireError.fieldsOutOfOrder(tag: 9)) { try decodeAll(bytes) }
    }

    @Test func aLengthAboveTheLimitIsRefusedBeforeAnythingIsKept() {
        for length in [UInt32(1025), UInt32(1) << 31, .max] {
            var bytes = Samples.bytes(Frame(requestID: 1, message: .ping))
            Self.setLength(&bytes, length)
            var decoder = FrameDecoder(payloadBytesMax: 1024)
            bytes.withUnsafeBytes { decoder.append($0) }
            let expected = WireError.payloadTooLarge(bytes: length, limit: 1024)
            #expect(throws: expected) { try decoder.next() }
            #expect(decoder.bytesPending == 0)
            // The stream has no frames any more, whatever follows.
            let good = Samples.bytes(Frame(requestID: 1, message: .ping))
            good.withUnsafeBytes { decoder.append($0) }
            #expect(throws: expected) { try decoder.next() }
        }
    }

    @Test func aLengthAtTheLimitIsAccepted() throws {
        let configuration = ProjectConfiguration(
            revision: 1, projectID: nil, state: [UInt8](repeating: 32, count: 1024 - 12))
        let frame = Frame(requestID: 0, message: .projectConfiguration(configuration))
        #expect(try decodeAll(Samples.bytes(frame), payloadBytesMax: 1024) == [frame])
        #expect(throws: WireError.payloadTooLarge(bytes: 1024, limit: 1023)) {
            try decodeAll(Samples.bytes(frame), payloadBytesMax: 1023)
        }
    }

    @Test func lyingLengthsWithinAPayloadAreErrors() {
        for frame in Samples.frames {
            let bytes = Samples.bytes(frame)
            guard bytes.count >= WireLimits.headerBytes + 4 else { continue }
            for position in WireLimits.headerBytes...(bytes.count - 4) {
                for lie: [UInt8] in [[255, 255, 255, 255], [255, 255, 255, 127], [1, 0, 0, 128]] {
                    var lying = bytes
                    lying.replaceSubrange(position..<position + 4, with: lie)
                    // No crash and no giant allocation; a result of another meaning is fine.
                    _ = try? decodeAll(lying)
                }
            }
        }
    }

    @Test func unknownVersionsAndTypesAreErrors() {
        var bytes = Samples.bytes(Frame(requestID: 1, message: .ping))
        bytes[4] = WireLimits.versionMax + 1
        #expect(throws: WireError.unsupportedVersion(WireLimits.versionMax + 1)) {
            try decodeAll(bytes)
        }
        bytes[4] = 0
        #expect(throws: WireError.unsupportedVersion(0)) { try decodeAll(bytes) }
        bytes[4] = 1
        bytes[5] = 200
        #expect(throws: WireError.unknownMessage(type: 200)) { try decodeAll(bytes) }
    }

    @Test func unknownReasonsOfNewerPeersBecomeInternal() throws {
        var bytes = Samples.bytes(
            Frame(
                requestID: 1,
                message: .eventAction(
                    EventActionAnswer(
                        verdict: .discard(.cors), rateLimits: [], revision: 1, projectID: nil))))
        bytes[WireLimits.headerBytes + 1] = 250
        guard case .eventAction(let answer) = try decodeAll(bytes).first?.message else {
            Issue.record("no answer")
            return
        }
        #expect(answer.verdict == .discard(.internal))
    }

    @Test func aDeliveryCanRaiseTheLimit() throws {
        let hello = Samples.bytes(Samples.frames[0])
        let configuration = ProjectConfiguration(
            revision: 1, projectID: nil, state: [UInt8](repeating: 32, count: 5000))
        let large = Frame(requestID: 0, message: .projectConfiguration(configuration))
        var decoder = FrameDecoder(payloadBytesMax: WireLimits.helloPayloadBytesMax)
        var frames: [Frame] = []
        try (hello + Samples.bytes(large)).withUnsafeBytes { bytes in
            try decoder.decode(bytes) { view throws(WireError) in
                frames.append(try view.decoded())
                return 10_000
            }
        }
        #expect(frames.last == large)
    }

    @Test func longTextsAreCutBetweenCharacters() throws {
        let text = String(repeating: "ä", count: WireLimits.textBytesMax / 2 + 100)
        let question = GetEventAction(
            projectKey: Samples.key, projectID: nil, origin: "x" + text, freshness: .cached)
        let bytes = Samples.bytes(Frame(requestID: 1, message: .getEventAction(question)))
        guard case .getEventAction(let decoded) = try decodeAll(bytes).first?.message else {
            Issue.record("no question")
            return
        }
        #expect(decoded.origin?.utf8.count == WireLimits.textBytesMax - 1)
        #expect(decoded.origin.map { question.origin?.hasPrefix($0) == true } == true)
    }

    @Test func listsAboveTheirLimitAreCut() throws {
        let update = UpdateRateLimits(
            projectKey: Samples.key,
            rateLimits: Array(repeating: Samples.limit, count: WireLimits.rateLimitsMax + 1))
        let bytes = Samples.bytes(Frame(requestID: 0, message: .updateRateLimits(update)))
        guard case .updateRateLimits(let decoded) = try decodeAll(bytes).first?.message else {
            Issue.record("no update")
            return
        }
        #expect(decoded.rateLimits.count == WireLimits.rateLimitsMax)
    }

    @Test func theSizeEstimateIsEnough() {
        for frame in Samples.frames {
            #expect(Samples.bytes(frame).count <= FrameWriter.sizeEstimate(frame.message))
        }
    }

    static func setLength(_ bytes: inout [UInt8], _ length: UInt32) {
        withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(0..<4, with: $0) }
    }
}
