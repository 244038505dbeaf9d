/// Decompresses a body chunk by chunk with an absolute bound on the output.
///
/// The bound holds at every step: at most one byte beyond it is ever decoded, and none is handed out.
/// After an error each further call throws the same error.
public final class Decompressor {
    /// The format that is decoded.
    public let format: CompressionFormat
    /// The bound on the output, in bytes.
    public let outputBytesMax: Int
    /// Bytes handed out so far.
    public private(set) var outputBytes = 0

    private var decoder: (any StreamDecoder)?
    /// `anyDeflate` decides upon two bytes; the first one if only one has come yet.
    private var heldByte: UInt8?
    private var isAtEnd = false
    private var failure: DecompressionError?
    private let scratch: UnsafeMutableRawBufferPointer

    private static let scratchBytes = 32 << 10

    /// A decoder that hands out at most `outputBytesMax` bytes.
    public init(_ format: CompressionFormat, outputBytesMax: Int) {
        self.format = format
        self.outputBytesMax = max(0, outputBytesMax)
        scratch = .allocate(byteCount: Self.scratchBytes, alignment: 16)
    }

    deinit {
        scratch.deallocate()
    }

    /// Takes the output piece by piece, each of at most 32 KiB and valid during the call; false stops
    /// the decoding.
    public typealias Sink = (_ piece: UnsafeRawBufferPointer) -> Bool

    /// Takes a piece of the input and hands out what it decodes to while it is decoded.
    public func feed(
        _ input: UnsafeRawBufferPointer, sink: Sink
    ) throws(DecompressionError) {
        if let failure { throw failure }
        do throws(DecompressionError) {
            if decoder == nil, !(try choose(input, sink)) { return }
            try decode(input, sink)
        } catch {
            failure = error
            throw error
        }
    }

    /// Takes a piece of the input and appends what it decodes to.
    public func feed(
        _ input: UnsafeRawBufferPointer, into output: inout [UInt8]
    ) throws(DecompressionError) {
        try feed(input) { piece in
            output.append(contentsOf: piece)
            return true
        }
    }

    /// Takes a piece of the input and appends what it decodes to.
    public func feed(
        _ input: some Collection<UInt8>, into output: inout [UInt8]
    ) throws(DecompressionError) {
        var failed: DecompressionError?
        let isContiguous: Void? = input.withContiguousStorageIfAvailable { bytes in
            do throws(DecompressionError) {
                try feed(UnsafeRawBufferPointer(bytes), into: &output)
            } catch {
                failed = error
            }
        }
        if let failed { throw failed }
        if isContiguous == nil {
            try feed(Array(input), into: &output)
        }
    }

    /// The input has ended: throws when the stream is not complete.
    public func finish() throws(DecompressionError) {
        if let failure { throw failure }
        guard isAtEnd else { throw .truncated(format) }
    }

    /// Creates the library's decoder. False when `anyDeflate` cannot decide yet.
    private func choose(
        _ input: UnsafeRawBufferPointer, _ sink: Sink
    ) throws(DecompressionError) -> Bool {
        guard let first = heldByte ?? input.first else { return false }
        switch format {
        case .gzip, .zlib, .rawDeflate:
            decoder = try ZlibDecoder(format)
        case .brotli:
            decoder = try BrotliDecoder()
        case .zstd:
            decoder = try ZstdDecoder()
        case .anyDeflate:
            let secondPosition = heldByte == nil ? 1 : 0
            guard input.count > secondPosition else {
                heldByte = first
                return false
            }
            let isZlib = CompressionFormat.isZlibHeader(first, input[secondPosition])
            decoder = try ZlibDecoder(isZlib ? .zlib : .rawDeflate)
            if heldByte != nil {
                heldByte = nil
                try withUnsafeBytes(of: first) { (byte) throws(DecompressionError) in
                    try decode(byte, sink)
                }
            }
        }
        return true
    }

    private func decode(
        _ input: UnsafeRawBufferPointer, _ sink: Sink
    ) throws(DecompressionError) {
        guard let decoder else { return }
        var position = 0
        while true {
            if isAtEnd {
                if position == input.count { return }
                guard decoder.restart() else { throw .malformed(format) }
                isAtEnd = false
            }
            // One byte more than allowed tells "exactly full" from "too large".
            let room = min(scratch.count - 1, outputBytesMax - outputBytes) + 1
            let step = try decoder.step(
                UnsafeRawBufferPointer(rebasing: input[position...]),
                UnsafeMutableRawBufferPointer(rebasing: scratch[..<room]))
            position += step.consumed
            if step.produced > outputBytesMax - outputBytes {
                throw .tooLarge(limitBytes: outputBytesMax)
            }
            outputBytes += step.produced
            if step.produced > 0,
                !sink(UnsafeRawBufferPointer(rebasing: scratch[..<step.produced]))
            {
                throw .stopped
            }
            if step.isAtEnd {
                isAtEnd = true
            } else if position == input.count, step.produced < room {
                return
            } else if step.consumed == 0, step.produced == 0 {
                throw .malformed(format)
            }
        }
    }
}
