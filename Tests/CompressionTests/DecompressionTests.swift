import Compression
import Testing

@Suite("Decompression") struct DecompressionTests {
    @Test(
        "Every format round-trips, whole and in pieces of every size",
        arguments: [0, 1, 700, 40_000])
    func roundTrip(bytes: Int) throws {
        let body = sampleText(bytes: bytes)
        let whole = BodyDecompressor()
        for (format, input) in try compressed(body) {
            #expect(
                try whole.decompress(input, format: format, outputBytesMax: 1 << 20) == body,
                "\(format)")
            for pieceBytes in [1, 2, 13, 4_096, 1 << 20] {
                #expect(
                    try inPieces(
                        input, format, pieceBytes: pieceBytes, outputBytesMax: 1 << 20) == body,
                    "\(format) \(pieceBytes)")
            }
        }
    }

    @Test("A body as large as the limit passes, one byte more does not")
    func exactLimit() throws {
        for body in [sampleText(bytes: 50_000), sampleNoise(bytes: 33_000), sampleText(bytes: 1)] {
            for (format, input) in try compressed(body) {
                let limit = body.count
                #expect(
                    try BodyDecompressor().decompress(
                        input, format: format, outputBytesMax: limit) == body)
                #expect(
                    try inPieces(input, format, pieceBytes: 999, outputBytesMax: limit) == body)
                #expect(throws: DecompressionError.tooLarge(limitBytes: limit - 1), "\(format)") {
                    try BodyDecompressor().decompress(
                        input, format: format, outputBytesMax: limit - 1)
                }
                #expect(throws: DecompressionError.tooLarge(limitBytes: limit - 1), "\(format)") {
                    try inPieces(input, format, pieceBytes: 999, outputBytesMax: limit - 1)
                }
            }
        }
    }

    @Test("Cut off at each byte: an error, never a result and never a crash")
    func truncatedAtEachByte() throws {
        let body = sampleText(bytes: 900)
        for (format, input) in try compressed(body) {
            for length in 0..<input.count {
                let cut = Array(input.prefix(length))
                var streaming: DecompressionError?
                do throws(DecompressionError) {
                    _ = try inPieces(cut, format, pieceBytes: 64, outputBytesMax: 10_000)
                } catch { streaming = error }
                var whole: DecompressionError?
                do throws(DecompressionError) {
                    _ = try BodyDecompressor().decompress(
                        cut, format: format, outputBytesMax: 10_000)
                } catch { whole = error }
                // A raw stream cut after one byte may look like a zlib header and vice versa.
                if format == .anyDeflate {
                    #expect(streaming != nil && whole != nil, "\(length)")
                } else {
                    #expect(streaming == .truncated(format), "\(format) \(length)")
                    #expect(whole == .truncated(format), "\(format) \(length)")
                }
            }
        }
    }

    @Test("Bytes behind the end are an error")
    func trailingJunk() throws {
        for (format, input) in try compressed(sampleText(bytes: 3_000)) {
            for junk in [[0], Array("junk that is no stream".utf8)] as [[UInt8]] {
                let expected: [DecompressionError] = [
                    .malformed(format), .malformed(.zlib), .malformed(.rawDeflate),
                    .truncated(format),
                ]
                for pieceBytes in [1, 100_000] {
                    do throws(DecompressionError) {
                        _ = try inPieces(
                            input + junk, format, pieceBytes: pieceBytes, outputBytesMax: 9_000)
                        Issue.record("accepted junk in \(format)")
                    } catch {
                        #expect(expected.contains(error), "\(format): \(error)")
                    }
                }
                do throws(DecompressionError) {
                    _ = try BodyDecompressor().decompress(
                        input + junk, format: format, outputBytesMax: 9_000)
                    Issue.record("accepted junk in \(format)")
                } catch {
                    #expect(expected.contains(error), "\(format): \(error)")
                }
            }
        }
    }

    @Test("Damage at each byte ends in an error or in a result within the limit")
    func damaged() throws {
        let body = sampleText(bytes: 1_200)
        for (format, input) in try compressed(body) {
            for position in input.indices {
                var damagedInput = input
                damagedInput[position] ^= 0x55
                for pieceBytes in [7, 100_000] {
                    let result = try? inPieces(
                        damagedInput, format, pieceBytes: pieceBytes, outputBytesMax: 5_000)
                    #expect((result?.count ?? 0) <= 5_000)
                }
                let result = try? BodyDecompressor().decompress(
                    damagedInput, format: format, outputBytesMax: 5_000)
                #expect((result?.count ?? 0) <= 5_000)
            }
        }
    }

    @Test("Several gzip members and zstd frames are one body, under one limit")
    func concatenated() throws {
        let parts = [sampleText(bytes: 4_000), [], sampleNoise(bytes: 200), sampleText(bytes: 50)]
        let body = parts.flatMap(\.self)
        for (encoding, format) in [
            (CompressionEncoding.gzip, CompressionFormat.gzip), (.zstd, .zstd),
        ] {
            let compressor = Compressor(encoding)
            let input = parts.flatMap { compressor.compress($0) ?? [] }
            for pieceBytes in [1, 50, 100_000] {
                #expect(
                    try inPieces(
                        input, format, pieceBytes: pieceBytes, outputBytesMax: body.count) == body)
            }
            #expect(
                try BodyDecompressor().decompress(
                    input, format: format, outputBytesMax: body.count) == body)
            #expect(throws: DecompressionError.tooLarge(limitBytes: body.count - 1)) {
                try BodyDecompressor().decompress(
                    input, format: format, outputBytesMax: body.count - 1)
            }
            #expect(throws: DecompressionError.tooLarge(limitBytes: body.count - 1)) {
                try inPieces(input, format, pieceBytes: 64, outputBytesMax: body.count - 1)
            }
        }
    }

    @Test("After an error every further call repeats it")
    func poisoned() {
        let decompressor = Decompressor(.gzip, outputBytesMax: 100)
        var output: [UInt8] = []
        for _ in 0..<2 {
            #expect(throws: DecompressionError.malformed(.gzip)) {
                try decompressor.feed(Array("no gzip at all".utf8), into: &output)
            }
        }
        #expect(throws: DecompressionError.malformed(.gzip)) { try decompressor.finish() }
        #expect(output.isEmpty)
    }

    @Test("A zstd frame that asks for a window beyond 8 MiB is refused")
    func zstdWindow() {
        // Magic, frame descriptor without single segment, window descriptor 2^27, empty last block.
        let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, (27 - 10) << 3, 0x01, 0x00, 0x00]
        #expect(throws: DecompressionError.malformed(.zstd)) {
            try BodyDecompressor().decompress(frame, format: .zstd, outputBytesMax: 1_000)
        }
        var small = frame
        small[5] = (23 - 10) << 3
        #expect(throws: Never.self) {
            try BodyDecompressor().decompress(small, format: .zstd, outputBytesMax: 1_000)
        }
    }
}
