/// What one step of a decoder did.
struct DecodeStep {
    /// Bytes taken from the input.
    var consumed: Int
    /// Bytes written to the output.
    var produced: Int
    /// Whether the stream (gzip: the member, zstd: the frame) is complete.
    var isAtEnd: Bool
}

/// A library's incremental decoder. `step` makes progress or reports why it cannot; it never writes
/// beyond the output it is given.
protocol StreamDecoder: AnyObject {
    /// Decodes some of `input` into `output`; both may be empty.
    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecodeStep

    /// After the end of a stream more input follows: prepares for a concatenated stream.
    /// False where the format knows no concatenation.
    func restart() -> Bool
}
