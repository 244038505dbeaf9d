import Compression
import Glibc
import Testing

/// Highest resident size of this process so far, in KiB.
private func residentPeakKiB() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_maxrss)
}

@Suite("Decompression bombs", .serialized) struct BombTests {
    @Test("64 MiB of zeros in a small body: refused at the limit, memory stays bounded")
    func zeros() throws {
        let zeros = [UInt8](repeating: 0, count: 64 << 20)
        var bombs = try compressed(zeros)
        // Nested once more, the outer layer must not decode further than its own limit.
        if let nested = Compressor(.gzip).compress(bombs[0].1) { bombs.append((.gzip, nested)) }
        let limit = 1 << 20
        let before = residentPeakKiB()
        for (format, bomb) in bombs {
            guard bomb.count < 1 << 20 else { continue }
            var output: [UInt8] = []
            let decompressor = Decompressor(format, outputBytesMax: limit)
            do throws(DecompressionError) {
                try decompressor.feed(bomb, into: &output)
                try decompressor.finish()
                #expect(output.count <= limit)
            } catch {
                #expect(error == .tooLarge(limitBytes: limit), "\(format)")
            }
            #expect(output.count <= limit)
            #expect(output.capacity <= 4 * limit)
            do throws(DecompressionError) {
                let whole = try BodyDecompressor().decompress(
                    bomb, format: format, outputBytesMax: limit)
                #expect(whole.count <= limit)
            } catch {
                #expect(error == .tooLarge(limitBytes: limit), "\(format)")
            }
        }
        withExtendedLifetime(zeros) {}
        #expect(residentPeakKiB() - before < 48 << 10)
    }

    @Test("A gzip body that states 4 GiB gets no such buffer")
    func lyingLength() throws {
        let body = sampleText(bytes: 5_000)
        var input = try #require(Compressor(.gzip).compress(body))
        for offset in 1...4 { input[input.count - offset] = 0xff }
        let before = residentPeakKiB()
        #expect(throws: DecompressionError.malformed(.gzip)) {
            try BodyDecompressor().decompress(input, format: .gzip, outputBytesMax: .max)
        }
        #expect(residentPeakKiB() - before < 16 << 10)
    }

    @Test("Many empty members cost time in proportion, no memory")
    func emptyMembers() throws {
        let member = try #require(Compressor(.gzip).compress([]))
        let input = Array(repeatElement(member, count: 10_000).joined())
        #expect(try BodyDecompressor().decompress(input, format: .gzip, outputBytesMax: 0).isEmpty)
        #expect(try inPieces(input, .gzip, pieceBytes: 4_096, outputBytesMax: 0).isEmpty)
    }
}
