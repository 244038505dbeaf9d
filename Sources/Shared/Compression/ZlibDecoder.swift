import CZlib

/// Inflates gzip, zlib and raw deflate piece by piece.
final class ZlibDecoder: StreamDecoder {
    private let format: CompressionFormat
    /// zlib keeps a pointer to the stream in its state, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter format: gzip, zlib or rawDeflate.
    init(_ format: CompressionFormat) throws(DecompressionError) {
        self.format = format
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let windowBits: Int32 =
            switch format {
            case .gzip: 15 + 16
            case .zlib: 15
            default: -15
            }
        let status = inflateInit2_(
            stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .outOfMemory }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecodeStep {
        let inputBytes = min(input.count, Int(UInt32.max))
        let outputBytes = min(output.count, Int(UInt32.max))
        // zlib wants a valid pointer even where it may not write.
        var spare: UInt8 = 0
        let status = withUnsafeMutablePointer(to: &spare) { spare in
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(inputBytes)
            stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress ?? spare
            stream.pointee.avail_out = UInt32(outputBytes)
            return inflate(stream, Z_NO_FLUSH)
        }
        let consumed = inputBytes - Int(stream.pointee.avail_in)
        let produced = outputBytes - Int(stream.pointee.avail_out)
        stream.pointee.next_in = nil
        stream.pointee.next_out = nil
        switch status {
        case Z_OK, Z_BUF_ERROR:
            return DecodeStep(consumed: consumed, produced: produced, isAtEnd: false)
        case Z_STREAM_END:
            return DecodeStep(consumed: consumed, produced: produced, isAtEnd: true)
        case Z_MEM_ERROR:
            throw .outOfMemory
        default:
            throw .malformed(format)
        }
    }

    func restart() -> Bool {
        format == .gzip && inflateReset(stream) == Z_OK
    }
}
