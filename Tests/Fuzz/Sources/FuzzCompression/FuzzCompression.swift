import Compression
import FuzzSupport
import Glibc

@main
enum FuzzCompression {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                decompress(&input)
                return 0
            })
    }
}

private nonisolated(unsafe) let whole = BodyDecompressor()
private let outputBytesMax = 1 << 16

/// Decompresses a body at once and in pieces: the bound on the output holds, and if both succeed
/// they agree. For deflate, libdeflate and zlib differ on what is malformed (reserved length symbols,
/// for one); libzstd checks a malformed frame's stated size more strictly at once than in pieces.
private func decompress(_ input: inout FuzzInput) {
    let formats = CompressionFormat.allCases
    let format = formats[input.below(formats.count)]
    let isDeflate = format != .brotli && format != .zstd
    let step = 1 + Int(input.byte())
    let body = input.rest()
    let atOnce = try? whole.decompress(body, format: format, outputBytesMax: outputBytesMax)
    promise((atOnce?.count ?? 0) <= outputBytesMax, "the bound holds")

    let decompressor = Decompressor(format, outputBytesMax: outputBytesMax)
    var output: [UInt8] = []
    var start = 0
    do throws(DecompressionError) {
        while start < body.count {
            let end = min(start + step, body.count)
            try decompressor.feed(
                UnsafeRawBufferPointer(rebasing: body[start..<end]), into: &output)
            promise(output.count <= outputBytesMax, "the bound holds at every step")
            start = end
        }
        try decompressor.finish()
    } catch {
        promise(atOnce == nil || isDeflate, "what decodes at once decodes in pieces")
        return
    }
    promise(output.count == decompressor.outputBytes, "bytes are counted")
    promise(
        atOnce == output || (format != .brotli && atOnce == nil),
        "what decodes in pieces decodes at once, to the same bytes")
}
