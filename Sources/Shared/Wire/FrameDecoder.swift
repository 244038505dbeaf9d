/// Cuts a stream of bytes into frames, however the bytes arrive.
///
/// A length is checked before anything is kept for it; a whole frame in a chunk is decoded where it
/// lies; each byte is kept at most once, and a chunk that completes no frame costs no more than its
/// own copy. After an error the decoder stays poisoned: the stream has no frames any more.
public struct FrameDecoder: Sendable {
    /// The largest payload accepted; raised from `WireLimits.helloPayloadBytesMax` after the hello.
    public var payloadBytesMax: Int
    private var pending: [UInt8] = []
    private var offset = 0
    /// The header at `offset`, once it was there in full and has been checked.
    private var header: FrameHeader?
    private var failure: WireError?

    /// A decoder for one direction of one connection.
    public init(payloadBytesMax: Int = WireLimits.payloadBytesDefault) {
        self.payloadBytesMax = payloadBytesMax
    }

    /// Bytes kept that belong to frames not handed out yet.
    public var bytesPending: Int { pending.count - offset }

    /// Keeps a chunk; `next` hands its frames out.
    public mutating func append(_ chunk: UnsafeRawBufferPointer) {
        guard failure == nil else { return }
        compact()
        pending.append(contentsOf: chunk)
    }

    /// The next whole frame, or nil until more bytes arrive.
    public mutating func next() throws(WireError) -> Frame? {
        if let failure { throw failure }
        do {
            return try nextKept { view throws(WireError) in try view.decoded() }
        } catch {
            throw poison(error)
        }
    }

    /// Hands out every frame that a chunk completes; whole ones are read where they lie. `deliver`
    /// must not keep a view, and may change `payloadBytesMax` through the value it returns:
    /// a new maximum, or nil to leave it. An error of `deliver` ends the work and poisons.
    public mutating func decode(
        _ chunk: UnsafeRawBufferPointer,
        _ deliver: (FrameView) throws(WireError) -> Int?
    ) throws(WireError) {
        if let failure { throw failure }
        do {
            let used = try decodeKept(chunk, deliver)
            let rest = UnsafeRawBufferPointer(rebasing: chunk[used...])
            let whole = bytesPending == 0 ? try decodeInPlace(rest, deliver) : 0
            compact()
            pending.append(contentsOf: rest[whole...])
        } catch {
            throw poison(error)
        }
    }

    private mutating func poison(_ error: WireError) -> WireError {
        failure = error
        pending = []
        offset = 0
        return error
    }

    /// Completes the frames whose beginning is kept; returns how much of the chunk that took.
    private mutating func decodeKept(
        _ chunk: UnsafeRawBufferPointer, _ deliver: (FrameView) throws(WireError) -> Int?
    ) throws(WireError) -> Int {
        var used = 0
        while bytesPending > 0 {
            let wanted = try bytesWanted()
            let taken = min(max(0, wanted - bytesPending), chunk.count - used)
            pending.append(contentsOf: chunk[used..<used + taken])
            used += taken
            if bytesPending < wanted { return used }
            // Only the header is known so far: go on with the length it states.
            guard let delivered = try nextKept(deliver) else { continue }
            if let maximum = delivered { payloadBytesMax = maximum }
        }
        return used
    }

    /// Bytes needed from `offset` on for the next step: the header, then the whole frame.
    private mutating func bytesWanted() throws(WireError) -> Int {
        if header == nil, bytesPending >= WireLimits.headerBytes {
            let start = offset
            let maximum = payloadBytesMax
            header = try pending.withUnsafeBufferPointer { bytes throws(WireError) in
                try FrameHeader(
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...]),
                    payloadBytesMax: maximum)
            }
        }
        guard let header else { return WireLimits.headerBytes }
        return WireLimits.headerBytes + Int(header.payloadBytes)
    }

    private mutating func nextKept<Result>(
        _ body: (FrameView) throws(WireError) -> Result
    ) throws(WireError) -> Result? {
        let wanted = try bytesWanted()
        guard let header, bytesPending >= wanted else { return nil }
        let start = offset + WireLimits.headerBytes
        let end = start + Int(header.payloadBytes)
        let result = try pending.withUnsafeBufferPointer { bytes throws(WireError) in
            let payload = UnsafeRawBufferPointer(
                rebasing: UnsafeRawBufferPointer(bytes)[start..<end])
            return try body(FrameView(header: header, payload: payload))
        }
        self.header = nil
        offset = end
        return result
    }

    private mutating func decodeInPlace(
        _ chunk: UnsafeRawBufferPointer, _ deliver: (FrameView) throws(WireError) -> Int?
    ) throws(WireError) -> Int {
        var used = 0
        while chunk.count - used >= WireLimits.headerBytes {
            let rest = UnsafeRawBufferPointer(rebasing: chunk[used...])
            let header = try FrameHeader(rest, payloadBytesMax: payloadBytesMax)
            let size = WireLimits.headerBytes + Int(header.payloadBytes)
            if rest.count < size { break }
            let payload = UnsafeRawBufferPointer(rebasing: rest[WireLimits.headerBytes..<size])
            if let maximum = try deliver(FrameView(header: header, payload: payload)) {
                payloadBytesMax = maximum
            }
            used += size
        }
        return used
    }

    /// Forgets what was handed out, when that is at least half: each byte moves once on average.
    private mutating func compact() {
        if offset == pending.count {
            pending.removeAll(keepingCapacity: pending.capacity <= 1024 * 1024)
            offset = 0
        } else if offset > pending.count / 2 {
            pending.removeSubrange(..<offset)
            offset = 0
        }
    }
}
