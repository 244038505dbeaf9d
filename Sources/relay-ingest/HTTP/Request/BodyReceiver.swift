import Compression
import NIOCore

/// What bounds a body: the setting's name, for the client's error message, and its value.
struct BodyLimit: Hashable {
    var settingName: String
    var bytes: Int
}

/// How a body is to be read.
struct BodyPlan {
    var limit: BodyLimit
    /// Compressions to undo, the last applied first.
    var formats: [CompressionFormat]
    /// Of an envelope: what is looked at while it comes.
    var look: EnvelopeLook?
}

/// Why a body is refused while it is read.
enum BodyFailure: Error, Hashable {
    /// More decoded bytes than the limit.
    case tooLarge(BodyLimit)
    /// The compression is damaged, cut short, or followed by other bytes.
    case malformed(CompressionFormat, isTruncated: Bool)
    /// The bodies of all connections together use up the memory set aside for them.
    case noRoom(bytesMax: Int)
    /// An envelope that is refused for what has come of it.
    case refused(SubmissionRefusal)
}

/// Collects a body, undoes its compressions, and bounds both what comes in and what it decodes to at
/// every step. Envelopes are looked at meanwhile.
struct BodyReceiver {
    private let plan: BodyPlan
    private let budget: BodyBudget
    private let oneShot: BodyDecompressor
    private var look: EnvelopeLook?
    private var stages: [Decompressor] = []
    /// Decoded bytes, or compressed ones while `isHeld`.
    private var bytes: [UInt8] = []
    /// Whether the body is collected compressed: small bodies of one coding take the faster decoder
    /// that wants them whole.
    private var isHeld: Bool
    private var bytesTaken = 0
    /// Bytes as they came over the connection.
    private(set) var rawBytes = 0

    /// Compressed bodies up to here are collected before they are decoded.
    static let heldBytesMax = 128 << 10
    /// They are decoded at once up to here; what is larger is looked at while it is decoded.
    static let oneShotBytesMax = 1 << 20

    /// - Parameter statedBytes: `Content-Length`, to reserve room for; lies cost nothing, since no
    ///   more than `heldBytesMax` is reserved ahead.
    init(_ plan: BodyPlan, statedBytes: Int?, budget: BodyBudget, decompressor: BodyDecompressor) {
        self.plan = plan
        self.budget = budget
        oneShot = decompressor
        look = plan.look
        isHeld = plan.formats.count == 1
        if !isHeld { stages = Self.stages(plan) }
        if let statedBytes {
            bytes.reserveCapacity(min(statedBytes, Self.heldBytesMax, plan.limit.bytes))
        }
    }

    private static func stages(_ plan: BodyPlan) -> [Decompressor] {
        plan.formats.map { Decompressor($0, outputBytesMax: plan.limit.bytes) }
    }

    /// The most bytes a body may have on the wire: the limit, and for compressed ones what a
    /// compression can add to data that does not compress.
    static func rawBytesMax(_ plan: BodyPlan) -> Int {
        guard !plan.formats.isEmpty else { return plan.limit.bytes }
        let (sum, overflow) = plan.limit.bytes.addingReportingOverflow(
            plan.limit.bytes / 8 + 4096)
        return overflow ? .max : sum
    }

    /// Takes a piece of the body.
    mutating func append(_ buffer: ByteBuffer) throws(BodyFailure) {
        rawBytes += buffer.readableBytes
        guard rawBytes <= Self.rawBytesMax(plan) else { throw .tooLarge(plan.limit) }
        if isHeld, bytes.count + buffer.readableBytes > Self.heldBytesMax {
            try startStreaming()
        }
        let failure: BodyFailure? =
            if isHeld {
                keep(buffer.readableBytesView)
            } else {
                buffer.withUnsafeReadableBytes { decode($0, stage: 0) }
            }
        if let failure { throw failure }
    }

    /// The decoded body, once all of it has come.
    mutating func finish() throws(BodyFailure) -> [UInt8] {
        if rawBytes == 0 { return [] }
        if isHeld, let format = plan.formats.first { try decodeHeld(format) }
        for stage in stages {
            do {
                try stage.finish()
            } catch {
                throw failure(error, stage.format)
            }
        }
        defer { bytes = [] }
        return bytes
    }

    /// Gives the memory back that was counted for this body.
    mutating func release() {
        bytes = []
        stages = []
        budget.give(bytesTaken)
        bytesTaken = 0
    }

    private mutating func decodeHeld(_ format: CompressionFormat) throws(BodyFailure) {
        let bytesMax = min(plan.limit.bytes, Self.oneShotBytesMax)
        do {
            bytes = try oneShot.decompress(bytes, format: format, outputBytesMax: bytesMax)
        } catch {
            if case .tooLarge = error, bytesMax < plan.limit.bytes {
                return try startStreaming()
            }
            throw failure(error, format)
        }
        if let failure = take() { throw failure }
    }

    /// From now on the body is decoded piece by piece.
    private mutating func startStreaming() throws(BodyFailure) {
        isHeld = false
        stages = Self.stages(plan)
        let held = bytes
        bytes = []
        let failure = held.withUnsafeBytes { decode($0, stage: 0) }
        if let failure { throw failure }
    }

    /// Decodes a piece through the stages from this one on; what leaves the last one is kept.
    private mutating func decode(
        _ piece: UnsafeRawBufferPointer, stage position: Int
    ) -> BodyFailure? {
        guard position < stages.count else { return keep(piece) }
        let stage = stages[position]
        let outputBytesMax = BombGuard.bytesMax(
            rawBytes: rawBytes, isCompressedAgain: position + 1 < stages.count)
        var failed: BodyFailure?
        do {
            try stage.feed(piece) { output in
                failed =
                    stage.outputBytes > outputBytesMax
                    ? .tooLarge(plan.limit) : decode(output, stage: position + 1)
                return failed == nil
            }
        } catch {
            return failed ?? failure(error, stage.format)
        }
        return nil
    }

    private func failure(_ error: DecompressionError, _ format: CompressionFormat) -> BodyFailure {
        switch error {
        case .tooLarge: .tooLarge(plan.limit)
        case .malformed: .malformed(format, isTruncated: false)
        case .truncated: .malformed(format, isTruncated: true)
        case .outOfMemory, .stopped: .noRoom(bytesMax: budget.bytesMax)
        }
    }

    private mutating func keep(_ piece: some Collection<UInt8>) -> BodyFailure? {
        makeRoom(piece.count)
        bytes.append(contentsOf: piece)
        return take()
    }

    /// An array that is moved needs the memory twice for a moment. So once an eighth is there of what
    /// an item states, or of what the limit allows, room for all of it is set aside; until written
    /// to, it costs no memory.
    private mutating func makeRoom(_ addedBytes: Int) {
        let needed = bytes.count + addedBytes
        guard needed > bytes.capacity, let look else { return }
        // Of a payload without stated length, no more is known than what is there.
        let isStated = look.bytesMin > needed
        let stated = isStated ? min(look.bytesMin + Self.heldBytesMax, plan.limit.bytes) : 0
        for whole in [stated, plan.limit.bytes] where whole > needed && whole / 8 <= needed {
            return bytes.reserveCapacity(whole)
        }
        if stated > needed { bytes.reserveCapacity(needed * 4) }
    }

    /// Counts what the body has grown by, and looks at it.
    private mutating func take() -> BodyFailure? {
        guard bytes.count > bytesTaken else { return nil }
        guard bytes.count <= plan.limit.bytes || isHeld else { return .tooLarge(plan.limit) }
        guard budget.take(bytes.count - bytesTaken) else {
            return .noRoom(bytesMax: budget.bytesMax)
        }
        bytesTaken = bytes.count
        if isHeld { return nil }
        if let refusal = look?.refusal(bytes) { return .refused(refusal) }
        if let look, look.bytesMin > plan.limit.bytes { return .tooLarge(plan.limit) }
        return nil
    }
}

/// Tells decompression bombs from data by how much they expand what has come of the body.
enum BombGuard {
    /// Deflate cannot expand more than 1,032 times; of brotli and zstd no more is accepted.
    static let expansionMax = 1_032
    /// What is compressed already hardly gets smaller again.
    static let compressedExpansionMax = 8
    /// What every body may decode to, however small it is.
    static let freeBytes = 2 << 20
    /// The same for what is compressed again.
    static let compressedFreeBytes = 64 << 10

    /// Most bytes a coding may decode to.
    /// - Parameters:
    ///   - rawBytes: of the body, as far as they have come.
    ///   - isCompressedAgain: another coding lies beneath.
    static func bytesMax(rawBytes: Int, isCompressedAgain: Bool) -> Int {
        let (free, expansionMax) =
            isCompressedAgain
            ? (compressedFreeBytes, compressedExpansionMax) : (freeBytes, expansionMax)
        let (product, overflow) = rawBytes.multipliedReportingOverflow(by: expansionMax)
        return overflow || product > .max - free ? .max : product + free
    }
}

extension BodyFailure {
    /// The answer that tells the client.
    var answer: Answer {
        switch self {
        case .tooLarge(let limit):
            Answer.failure(
                413, "request body too large",
                causes: [
                    "the decoded body exceeds limits.\(limit.settingName) of \(limit.bytes) bytes"
                ])
        case .malformed(let format, let isTruncated):
            Answer.failure(
                400, "failed to decode request body",
                causes: [
                    isTruncated
                        ? "the \(format.name) data ends early"
                        : "the \(format.name) data is malformed"
                ])
        case .noRoom(let bytesMax):
            Answer.failure(
                503, "too many requests in progress",
                causes: ["request bodies in progress fill \(bytesMax) bytes"]
            ).with("retry-after", "1")
        case .refused(let refusal):
            refusal.answer
        }
    }
}
