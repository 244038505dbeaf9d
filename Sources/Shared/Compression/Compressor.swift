import CBrotli
import CDeflate
import CZstd

/// How an outgoing body is compressed.
public enum CompressionEncoding: UInt8, Sendable, CaseIterable {
    case gzip
    /// HTTP's `deflate`: zlib-wrapped.
    case deflate
    case brotli
    case zstd

    /// The token in `Content-Encoding`.
    public var token: String {
        switch self {
        case .gzip: "gzip"
        case .deflate: "deflate"
        case .brotli: "br"
        case .zstd: "zstd"
        }
    }
}

/// Compresses whole bodies. Reused from body to body, by one thread at a time.
public final class Compressor {
    /// The format that is written.
    public let encoding: CompressionEncoding

    /// libdeflate's compressor or zstd's context; nil for brotli, and when memory was short.
    private let library: OpaquePointer?
    private let level: Int32

    /// A compressor at a fast level: libdeflate 1, zstd 1, brotli 4 unless `level` says otherwise.
    public init(_ encoding: CompressionEncoding, level: Int32? = nil) {
        self.encoding = encoding
        switch encoding {
        case .gzip, .deflate:
            self.level = min(max(level ?? 1, 1), 12)
            library = libdeflate_alloc_compressor(self.level)
        case .zstd:
            self.level = min(max(level ?? 1, 1), 19)
            library = ZSTD_createCCtx()
        case .brotli:
            self.level = min(max(level ?? 4, 0), 11)
            library = nil
        }
    }

    deinit {
        switch encoding {
        case .gzip, .deflate: libdeflate_free_compressor(library)
        case .zstd: ZSTD_freeCCtx(library)
        case .brotli: break
        }
    }

    /// The most bytes that `compress` can write for an input of this size.
    public func outputBytesBound(inputBytes: Int) -> Int {
        switch encoding {
        case .gzip: library.map { libdeflate_gzip_compress_bound($0, inputBytes) } ?? 0
        case .deflate: library.map { libdeflate_zlib_compress_bound($0, inputBytes) } ?? 0
        case .zstd: ZSTD_compressBound(inputBytes)
        case .brotli: BrotliEncoderMaxCompressedSize(inputBytes)
        }
    }

    /// Writes the compressed input to `output` and returns the number of bytes; nil when the output
    /// is smaller than the bound requires or memory is short.
    public func compress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Int? {
        switch encoding {
        case .gzip, .deflate:
            guard let library else { return nil }
            let written =
                encoding == .gzip
                ? libdeflate_gzip_compress(
                    library, input.baseAddress, input.count, output.baseAddress, output.count)
                : libdeflate_zlib_compress(
                    library, input.baseAddress, input.count, output.baseAddress, output.count)
            return written == 0 ? nil : written
        case .zstd:
            guard let library else { return nil }
            let written = ZSTD_compressCCtx(
                library, output.baseAddress, output.count, input.baseAddress, input.count, level)
            return ZSTD_isError(written) == 0 ? written : nil
        case .brotli:
            var written = output.count
            let isDone = BrotliEncoderCompress(
                level, Int32(BROTLI_DEFAULT_WINDOW), BROTLI_MODE_GENERIC, input.count,
                input.bindMemory(to: UInt8.self).baseAddress, &written,
                output.bindMemory(to: UInt8.self).baseAddress)
            return isDone == BROTLI_TRUE ? written : nil
        }
    }

    /// The compressed input; nil when memory is short.
    public func compress(_ input: [UInt8]) -> [UInt8]? {
        let bound = outputBytesBound(inputBytes: input.count)
        guard bound > 0 else { return nil }
        var isDone = false
        let output = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            let written = input.withUnsafeBytes { bytes in
                compress(bytes, into: UnsafeMutableRawBufferPointer(buffer))
            }
            count = written ?? 0
            isDone = written != nil
        }
        return isDone ? output : nil
    }
}
