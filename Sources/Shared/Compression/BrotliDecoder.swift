import CBrotli

/// Decodes brotli piece by piece. Windows are those of RFC 7932 (16 MiB at most); the library touches
/// only as much of a window as there is output, which the caller bounds.
final class BrotliDecoder: StreamDecoder {
    private let state: OpaquePointer

    init() throws(DecompressionError) {
        guard let state = BrotliDecoderCreateInstance(nil, nil, nil) else { throw .outOfMemory }
        self.state = state
    }

    deinit {
        BrotliDecoderDestroyInstance(state)
    }

    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecodeStep {
        var inputLeft = input.count
        var outputLeft = output.count
        var next = input.bindMemory(to: UInt8.self).baseAddress
        var target = output.bindMemory(to: UInt8.self).baseAddress
        let result = BrotliDecoderDecompressStream(
            state, &inputLeft, &next, &outputLeft, &target, nil)
        switch result {
        case BROTLI_DECODER_RESULT_SUCCESS:
            return DecodeStep(
                consumed: input.count - inputLeft, produced: output.count - outputLeft,
                isAtEnd: true)
        case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT, BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
            return DecodeStep(
                consumed: input.count - inputLeft, produced: output.count - outputLeft,
                isAtEnd: false)
        default:
            // Allocation failures are the codes -30 … -21.
            let code = BrotliDecoderGetErrorCode(state).rawValue
            if code <= -21, code >= -30 { throw .outOfMemory }
            throw .malformed(.brotli)
        }
    }

    func restart() -> Bool { false }
}
