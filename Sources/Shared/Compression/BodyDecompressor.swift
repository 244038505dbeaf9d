import CDeflate

/// Decompresses bodies that are there as a whole. Gzip, zlib and raw deflate take libdeflate's path,
/// twice as fast as the incremental one; the others go through `Decompressor`. Reused from body to
/// body, by one thread at a time.
public final class BodyDecompressor {
    private let library: OpaquePointer?

    /// A decompressor; without memory for the fast path it uses the incremental one.
    public init() {
        library = libdeflate_alloc_decompressor()
    }

    deinit {
        libdeflate_free_decompressor(library)
    }

    /// The decompressed body; bytes behind the end of the stream are an error.
    /// - Parameter outputBytesMax: the bound on the result; no buffer ever grows beyond it.
    public func decompress(
        _ input: UnsafeRawBufferPointer, format: CompressionFormat, outputBytesMax: Int
    ) throws(DecompressionError) -> [UInt8] {
        guard let library else {
            return try incrementally(input, format: format, outputBytesMax: outputBytesMax)
        }
        switch format {
        case .gzip:
            return try gzip(library, input, max(0, outputBytesMax))
        case .zlib, .rawDeflate, .anyDeflate:
            guard !input.isEmpty else { throw .truncated(format) }
            let isZlib =
                format == .zlib
                || format == .anyDeflate && input.count > 1
                    && CompressionFormat.isZlibHeader(input[0], input[1])
            var output: [UInt8] = []
            let consumed = try inflate(
                library, input, isZlib ? .zlib : .rawDeflate, max(0, outputBytesMax), &output)
            guard consumed == input.count else { throw .malformed(format) }
            return output
        case .brotli, .zstd:
            return try incrementally(input, format: format, outputBytesMax: outputBytesMax)
        }
    }

    /// The decompressed body; bytes behind the end of the stream are an error.
    public func decompress(
        _ input: [UInt8], format: CompressionFormat, outputBytesMax: Int
    ) throws(DecompressionError) -> [UInt8] {
        let result = input.withUnsafeBytes { bytes -> Result<[UInt8], DecompressionError> in
            do throws(DecompressionError) {
                return .success(
                    try decompress(bytes, format: format, outputBytesMax: outputBytesMax))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func incrementally(
        _ input: UnsafeRawBufferPointer, format: CompressionFormat, outputBytesMax: Int
    ) throws(DecompressionError) -> [UInt8] {
        let decompressor = Decompressor(format, outputBytesMax: outputBytesMax)
        var output: [UInt8] = []
        output.reserveCapacity(min(max(0, outputBytesMax), input.count.clampedProduct(4)))
        try decompressor.feed(input, into: &output)
        try decompressor.finish()
        return output
    }

    private func gzip(
        _ library: OpaquePointer, _ input: UnsafeRawBufferPointer, _ outputBytesMax: Int
    ) throws(DecompressionError) -> [UInt8] {
        guard !input.isEmpty else { throw .truncated(.gzip) }
        var output: [UInt8] = []
        var position = 0
        repeat {
            let rest = UnsafeRawBufferPointer(rebasing: input[position...])
            if output.isEmpty {
                position += try inflate(library, rest, .gzip, outputBytesMax, &output)
            } else {
                var member: [UInt8] = []
                let room = outputBytesMax - output.count
                do throws(DecompressionError) {
                    position += try inflate(library, rest, .gzip, room, &member)
                } catch .tooLarge {
                    throw .tooLarge(limitBytes: outputBytesMax)
                }
                output.append(contentsOf: member)
            }
        } while position < input.count
        return output
    }

    /// Inflates one stream into `output` (empty before) and tells how much input it took.
    private func inflate(
        _ library: OpaquePointer, _ input: UnsafeRawBufferPointer, _ format: CompressionFormat,
        _ outputBytesMax: Int, _ output: inout [UInt8]
    ) throws(DecompressionError) -> Int {
        var capacity = min(outputBytesMax, firstGuess(input, format))
        while true {
            var consumed = 0
            var result = LIBDEFLATE_SUCCESS
            let attempt = [UInt8](unsafeUninitializedCapacity: max(1, capacity)) { buffer, count in
                result = Self.call(
                    library, input, format, UnsafeMutableRawBufferPointer(buffer), capacity,
                    &consumed, &count)
            }
            switch result {
            case LIBDEFLATE_SUCCESS:
                output = attempt
                return consumed
            case LIBDEFLATE_INSUFFICIENT_SPACE:
                guard capacity < outputBytesMax else {
                    throw .tooLarge(limitBytes: outputBytesMax)
                }
                capacity = min(outputBytesMax, max(capacity, 256).clampedProduct(4))
            default:
                // The library does not tell damage from an early end; the incremental decoder does.
                _ = try incrementally(input, format: format, outputBytesMax: outputBytesMax)
                throw .malformed(format)
            }
        }
    }

    /// Gzip states the length in its last four bytes (modulo 2^32, and possibly lying); deflate
    /// cannot exceed a ratio of 1032.
    private func firstGuess(_ input: UnsafeRawBufferPointer, _ format: CompressionFormat) -> Int {
        let plausible = input.count.clampedProduct(4)
        guard format == .gzip, input.count >= 18 else { return max(256, plausible) }
        let stated = input.loadUnaligned(fromByteOffset: input.count - 4, as: UInt32.self)
        let size = Int(UInt32(littleEndian: stated))
        return size <= input.count.clampedProduct(64) ? size : max(256, plausible)
    }

    private static func call(
        _ library: OpaquePointer, _ input: UnsafeRawBufferPointer, _ format: CompressionFormat,
        _ output: UnsafeMutableRawBufferPointer, _ capacity: Int, _ consumed: inout Int,
        _ produced: inout Int
    ) -> libdeflate_result {
        switch format {
        case .gzip:
            libdeflate_gzip_decompress_ex(
                library, input.baseAddress, input.count, output.baseAddress, capacity, &consumed,
                &produced)
        case .zlib:
            libdeflate_zlib_decompress_ex(
                library, input.baseAddress, input.count, output.baseAddress, capacity, &consumed,
                &produced)
        default:
            libdeflate_deflate_decompress_ex(
                library, input.baseAddress, input.count, output.baseAddress, capacity, &consumed,
                &produced)
        }
    }
}

extension Int {
    /// The product of two non-negative numbers, `Int.max` where it does not fit.
    func clampedProduct(_ factor: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
