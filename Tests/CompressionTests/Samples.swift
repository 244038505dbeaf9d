import Compression

/// Text with repetition, as events have it, the same for the same seed.
func sampleText(bytes: Int, seed: UInt64 = 1) -> [UInt8] {
    let words = [
        "exception", "values", "stacktrace", "frames", "in_app", "lineno", "\"filename\":",
        "site-packages/", "{}", "[1,2,3]", "null", "café",
    ]
    var state = seed
    var text: [UInt8] = []
    while text.count < bytes {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text.append(contentsOf: words[Int(state >> 33) % words.count].utf8)
    }
    text.removeLast(text.count - bytes)
    return text
}

/// Bytes that do not compress.
func sampleNoise(bytes: Int, seed: UInt64 = 7) -> [UInt8] {
    var state = seed
    return (0..<bytes).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 40)
    }
}

/// Every format with a compressed form of the body in it.
func compressed(_ body: [UInt8]) throws -> [(CompressionFormat, [UInt8])] {
    func encode(_ encoding: CompressionEncoding) throws -> [UInt8] {
        guard let output = Compressor(encoding).compress(body) else { throw SampleError() }
        return output
    }
    let zlib = try encode(.deflate)
    let raw = Array(zlib.dropFirst(2).dropLast(4))
    return [
        (.gzip, try encode(.gzip)), (.zlib, zlib), (.rawDeflate, raw), (.anyDeflate, zlib),
        (.anyDeflate, raw), (.brotli, try encode(.brotli)), (.zstd, try encode(.zstd)),
    ]
}

struct SampleError: Error {}

/// Decodes in pieces of the given size.
func inPieces(
    _ input: [UInt8], _ format: CompressionFormat, pieceBytes: Int, outputBytesMax: Int
) throws(DecompressionError) -> [UInt8] {
    let decompressor = Decompressor(format, outputBytesMax: outputBytesMax)
    var output: [UInt8] = []
    var start = 0
    while start < input.count {
        let end = min(input.count, start + pieceBytes)
        try decompressor.feed(input[start..<end], into: &output)
        start = end
    }
    try decompressor.finish()
    return output
}
