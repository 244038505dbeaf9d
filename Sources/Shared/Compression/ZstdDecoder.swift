import CZstd

/// Decodes zstd piece by piece; concatenated and skippable frames are part of the format.
final class ZstdDecoder: StreamDecoder {
    /// 8 MiB: what RFC 9659 allows in HTTP. A frame that asks for more is refused before any
    /// allocation for it.
    static let windowLogMax: Int32 = 23

    private let context: OpaquePointer

    init() throws(DecompressionError) {
        guard let context = ZSTD_createDCtx() else { throw .outOfMemory }
        self.context = context
        _ = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLogMax)
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecodeStep {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_decompressStream(context, &target, &source)
        if ZSTD_isError(result) != 0 {
            let code = ZSTD_getErrorCode(result)
            // No output space and the frame not yet flushed: the caller decides what that means.
            if code == ZSTD_error_dstSize_tooSmall || code == ZSTD_error_noForwardProgress_destFull
            {
                return DecodeStep(consumed: source.pos, produced: target.pos, isAtEnd: false)
            }
            if code == ZSTD_error_memory_allocation { throw .outOfMemory }
            throw .malformed(.zstd)
        }
        return DecodeStep(consumed: source.pos, produced: target.pos, isAtEnd: result == 0)
    }

    func restart() -> Bool { true }
}
