import Compression
import Config
import Model
import NIOCore
import Testing

@testable import RelayIngest

@Suite("Envelopes that are looked at while they are decoded")
struct EnvelopeLookTests {
    /// The heads of envelopes that are too large once 8 MiB follow, and the limit that says so.
    static let heads: [(head: String, setting: String)] = [
        ("{}\n{\"type\":\"event\"}\n", "max_event_size"),
        ("{}\n{\"type\":\"event\",\"length\":60000000}\n", "max_event_size"),
        ("{}\n{\"type\":\"attachment\",\"length\":4000000000}\n", "max_attachment_size"),
        ("{}\n{\"type\":\"log\",\"length\":2}\n{}\n{\"type\":\"log\"}\n", "max_log_size"),
        ("{}\n{\"type\":\"thing\",\"length\":4000000000}\n", "max_envelope_size"),
    ]

    /// Decodes a body in pieces; tells the failure, and the most bytes that were in memory for it.
    static func receive(
        _ body: [UInt8], _ formats: [CompressionFormat], limits: RelayConfig.Limits
    ) -> (failure: BodyFailure?, bytesKept: Int) {
        let budget = BodyBudget(bytesMax: 1 << 30)
        let limit = BodyLimit(settingName: "max_envelope_size", bytes: limits.maxEnvelopeSize)
        var receiver = BodyReceiver(
            BodyPlan(limit: limit, formats: formats, look: EnvelopeLook(limits)),
            statedBytes: body.count, budget: budget, decompressor: BodyDecompressor())
        do throws(BodyFailure) {
            for start in stride(from: 0, to: body.count, by: 16 << 10) {
                let end = min(body.count, start + 16 << 10)
                try receiver.append(ByteBuffer(bytes: body[start..<end]))
            }
            _ = try receiver.finish()
        } catch {
            return (error, budget.bytesUsed)
        }
        return (nil, budget.bytesUsed)
    }

    @Test(
        "a bomb is refused soon after the limit it passes", arguments: CompressionEncoding.allCases)
    func bombs(_ encoding: CompressionEncoding) throws {
        let format: CompressionFormat =
            switch encoding {
            case .gzip: .gzip
            case .deflate: .anyDeflate
            case .brotli: .brotli
            case .zstd: .zstd
            }
        for (head, setting) in Self.heads {
            let bomb = try #require(
                Compressor(encoding).compress(
                    Array(head.utf8) + [UInt8](repeating: 0x30, count: 8 << 20)))
            let (failure, bytesKept) = Self.receive(bomb, [format], limits: RelayConfig.Limits())
            let answer = try #require(failure?.answer)
            #expect(answer.status == 413)
            guard case .bytes(let text) = answer.body else { continue }
            #expect(String(decoding: text, as: UTF8.self).contains(setting), "\(head)")
            #expect(bytesKept <= 3 << 20, "\(head)")
        }
        let junk = try #require(
            Compressor(encoding).compress([UInt8](repeating: 0, count: 8 << 20)))
        let (failure, bytesKept) = Self.receive(junk, [format], limits: RelayConfig.Limits())
        #expect(failure?.answer.status == 400)
        #expect(bytesKept <= 256 << 10)
    }

    @Test("of brotli and zstd no more expansion is accepted than deflate is capable of")
    func expansion() throws {
        let head = "{}\n{\"type\":\"attachment\"}\n"
        let body = Array(head.utf8) + [UInt8](repeating: 0x30, count: 8 << 20)
        for (encoding, format) in [
            (CompressionEncoding.brotli, CompressionFormat.brotli), (.zstd, .zstd),
        ] {
            let bomb = try #require(Compressor(encoding).compress(body))
            let (failure, bytesKept) = Self.receive(bomb, [format], limits: RelayConfig.Limits())
            #expect(failure?.answer.status == 413)
            #expect(bytesKept <= 3 << 20 + 1_032 * bomb.count)
        }
        let gzip = try #require(Compressor(.gzip, level: 12).compress(body))
        #expect(Self.receive(gzip, [.gzip], limits: RelayConfig.Limits()).failure == nil)
    }

    @Test("a bomb within another coding is noticed while the outer one is undone")
    func nested() throws {
        let member = try #require(Compressor(.gzip).compress([]))
        let members = Array(repeatElement(member, count: 100_000).joined())
        let bomb = try #require(Compressor(.gzip).compress(members))
        let (failure, _) = Self.receive(bomb, [.gzip, .gzip], limits: RelayConfig.Limits())
        #expect(failure?.answer.status == 413)
    }

    @Test("envelopes within the limits come through as they are, however they are cut")
    func intact() throws {
        let payload = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        let envelope =
            Array("{}\n{\"type\":\"attachment\",\"length\":\(payload.count)}\n".utf8) + payload
            + Array("\n{\"type\":\"event\"}\n{\"message\":\"x\"}\n".utf8)
        let gzip = try #require(Compressor(.gzip).compress(envelope))
        let zstd = try #require(Compressor(.zstd).compress(gzip))
        let budget = BodyBudget(bytesMax: 1 << 30)
        for (body, formats) in [
            (envelope, []), (gzip, [CompressionFormat.gzip]), (zstd, [.zstd, .gzip]),
        ] {
            let limits = RelayConfig.Limits()
            let limit = BodyLimit(settingName: "max_envelope_size", bytes: limits.maxEnvelopeSize)
            var receiver = BodyReceiver(
                BodyPlan(limit: limit, formats: formats, look: EnvelopeLook(limits)),
                statedBytes: nil, budget: budget, decompressor: BodyDecompressor())
            for start in stride(from: 0, to: body.count, by: 10_007) {
                let end = min(body.count, start + 10_007)
                try receiver.append(ByteBuffer(bytes: body[start..<end]))
            }
            #expect(try receiver.finish() == envelope)
            receiver.release()
        }
        #expect(budget.bytesUsed == 0)
    }
}
