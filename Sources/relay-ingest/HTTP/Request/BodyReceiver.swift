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
}

/// Why a body is refused while it is read.
enum BodyFailure: Error, Hashable {
    /// More decoded bytes than the limit.
    case tooLarge(BodyLimit)
    /// The compression is damaged, cut short, or followed by other bytes.
    case malformed(CompressionFormat, isTruncated: Bool)
    /// The bodies of all connections together use up the memory set aside for them.
    case noRoom(bytesMax: Int)
}

/// Collects a body, undoes its compressions, and bounds both what comes in and what it decodes to at
/// every step.
struct BodyReceiver {
    private let plan: BodyPlan
    private let budget: BodyBudget
    private let oneShot: BodyDecompressor
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

    /// - Parameter statedBytes: `Content-Length`, to reserve room for; lies cost nothing, since no
    ///   more than `heldBytesMax` is reserved ahead.
    init(_ plan: BodyPlan, statedBytes: Int?, budget: BodyBudget, decompressor: BodyDecompressor) {
        self.plan = plan
        self.budget = budget
        oneShot = decompressor
        isHeld = plan.formats.count == 1
        if !isHeld {
            stages = plan.formats.map { Decompressor($0, outputBytesMax: plan.limit.bytes) }
        }
        if let statedBytes {
            bytes.reserveCapacity(min(statedBytes, Self.heldBytesMax, plan.limit.bytes))
        }
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
        if isHeld || stages.isEmpty {
            bytes.append(contentsOf: buffer.readableBytesView)
        } else {
            let failure = buffer.withUnsafeReadableBytes { piece in feed(piece) }
            if let failure { throw failure }
        }
        try take()
    }

    /// The decoded body, once all of it has come.
    mutating func finish() throws(BodyFailure) -> [UInt8] {
        if rawBytes == 0 { return [] }
        if isHeld, let format = plan.formats.first {
            do {
                bytes = try oneShot.decompress(
                    bytes, format: format, outputBytesMax: plan.limit.bytes)
            } catch {
                throw failure(error, format)
            }
            try take()
        }
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

    /// From now on the body is decoded piece by piece.
    private mutating func startStreaming() throws(BodyFailure) {
        isHeld = false
        stages = plan.formats.map { Decompressor($0, outputBytesMax: plan.limit.bytes) }
        let held = bytes
        bytes = []
        let failure = held.withUnsafeBytes { feed($0) }
        if let failure { throw failure }
    }

    private mutating func feed(_ piece: UnsafeRawBufferPointer) -> BodyFailure? {
        guard let first = stages.first else { return nil }
        do {
            if stages.count == 1 {
                try first.feed(piece, into: &bytes)
                return nil
            }
        } catch {
            return failure(error, first.format)
        }
        var input = Array(piece)
        for (position, stage) in stages.enumerated() {
            var output: [UInt8] = []
            do {
                try stage.feed(input, into: &output)
            } catch {
                return failure(error, stage.format)
            }
            if position == stages.count - 1 {
                bytes.append(contentsOf: output)
            } else {
                input = output
            }
        }
        return nil
    }

    private func failure(_ error: DecompressionError, _ format: CompressionFormat) -> BodyFailure {
        switch error {
        case .tooLarge: .tooLarge(plan.limit)
        case .malformed: .malformed(format, isTruncated: false)
        case .truncated: .malformed(format, isTruncated: true)
        case .outOfMemory: .noRoom(bytesMax: budget.bytesMax)
        }
    }

    /// Counts what the body has grown by.
    private mutating func take() throws(BodyFailure) {
        guard bytes.count > bytesTaken else { return }
        guard bytes.count <= plan.limit.bytes || isHeld else { throw .tooLarge(plan.limit) }
        guard budget.take(bytes.count - bytesTaken) else {
            throw .noRoom(bytesMax: budget.bytesMax)
        }
        bytesTaken = bytes.count
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
        }
    }
}
