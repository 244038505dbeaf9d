import Compression
import Config
import Glibc
import Model
import NIOCore
import Testing

@testable import RelayIngest

/// Damaged requests, cut anywhere: whatever comes, every byte sequence ends in answers or a close, and
/// nothing is left behind. The seed of a failure is its argument. `HTTP_MUTATION_SEEDS=2000 swift test
/// --filter HTTPMutation` runs longer.
@Suite("Mutated requests")
struct HTTPMutationTests {
    /// A small generator (SplitMix64), so that a seed always makes the same requests.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }
    }

    static let seeds = getenv("HTTP_MUTATION_SEEDS").flatMap { Int(String(cString: $0)) } ?? 20

    static func samples() -> [[UInt8]] {
        let event = #"{"event_id":"fc6d8c0c43fc4630ad850ee518f1b9d0","extra":{"a":[1,2.5e3,null]}}"#
        let envelope =
            "{\"event_id\":\"fc6d8c0c43fc4630ad850ee518f1b9d0\"}\n"
            + "{\"type\":\"event\",\"length\":\(event.utf8.count)}\n\(event)\n"
            + "{\"type\":\"attachment\",\"length\":3,\"filename\":\"x\"}\nabc\n"
        var samples = [
            TestRequest("/api/42/store/", body: event).authenticated.bytes,
            TestRequest("/api/42/store/", body: event).authenticated.chunked(9).bytes,
            TestRequest("/api/42/envelope/", body: envelope).authenticated.bytes,
            TestRequest("/api/42/envelope/", body: envelope).chunked(40).bytes,
            TestRequest(
                "GET",
                "/api/42/store/?sentry_key=\(TestDoor.key)&sentry_version=7&sentry_data=%7B%7D"
            ).bytes,
            TestRequest("/api/42/security/?sentry_key=\(TestDoor.key)", body: "{}")
                .with("Content-Type", "application/csp-report").bytes,
            TestRequest("OPTIONS", "/api/42/store/").bytes,
            TestRequest("GET", "/api/relay/events/fc6d8c0c43fc4630ad850ee518f1b9d0/").bytes,
            TestRequest("/api/0/relays/projectconfigs/?version=3", body: "{\"publicKeys\":[]}")
                .with("X-Sentry-Relay-Id", "cbdb5f61-6ea1-4b3f-9e6d-5b7c7d0a3f11")
                .with("X-Sentry-Relay-Signature", "YQ.YQ").bytes,
            TestRequest("PUT", "/api/0/x/?y", body: "body").with("Connection", "x").bytes,
        ]
        for encoding in CompressionEncoding.allCases {
            if let body = Compressor(encoding).compress(Array(event.utf8)) {
                samples.append(
                    TestRequest("/api/42/store/", body: body).authenticated
                        .with("Content-Encoding", encoding.token).bytes)
                samples.append(
                    TestRequest("/api/42/store/", body: Array(Base64.encode(body).utf8))
                        .authenticated.bytes)
            }
        }
        return samples
    }

    /// Bytes that mean something in HTTP, JSON or numbers.
    private static let tokens: [[UInt8]] = [
        "\r\n", "\r\n\r\n", "\n", "\r", "\0", " ", "\t", ":", ",", "0", "-1",
        "99999999999999999999",
        "chunked", "Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\n", "HTTP/1.1", "{", "}",
        "\"", "\\u", "\u{e9}", "%00", "%zz", "..", "//", "?", "Expect: 100-continue\r\n",
        "Connection: close\r\n", "Upgrade: x\r\nConnection: Upgrade\r\n", "ffffffffffffffff\r\n",
        "0\r\n\r\n",
    ].map { Array($0.utf8) }

    static func mutated(_ bytes: [UInt8], using generator: inout Generator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, position + Int.random(in: 1...20, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[position] = UInt8.random(in: .min ... .max, using: &generator)
            case 2: bytes.removeSubrange(position..<end)
            case 3: bytes.insert(contentsOf: bytes[position..<end], at: position)
            case 4:
                bytes.insert(
                    contentsOf: tokens.randomElement(using: &generator) ?? [], at: position)
            default: bytes.removeSubrange(position...)
            }
        }
        return bytes
    }

    @Test("nothing crashes, nothing is left", arguments: 0..<seeds)
    func mutations(_ seed: Int) throws {
        var generator = Generator(state: UInt64(seed))
        let samples = Self.samples()
        for _ in 0..<60 {
            let test = TestDoor {
                $0.limits.maxEventSize = 4096
                $0.limits.maxEnvelopeSize = 8192
                $0.discardedBytesMax = 1000
            }
            test.flow.isHoldingVerdicts = Bool.random(using: &generator)
            let connection = try test.connect()
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let sample = samples.randomElement(using: &generator) ?? []
                bytes += Self.mutated(sample, using: &generator)
            }
            while !bytes.isEmpty {
                let count = Int.random(in: 1...max(1, bytes.count), using: &generator)
                try connection.send(Array(bytes.prefix(count)))
                bytes.removeFirst(count)
                if Bool.random(using: &generator) { test.flow.releaseVerdicts() }
            }
            test.flow.isHoldingVerdicts = false
            test.flow.releaseVerdicts()
            while let answer = try connection.answerIfAny() {
                #expect((100..<600).contains(answer.status))
            }
            // Whatever is unfinished ends by itself.
            for _ in 0..<10 { test.advance(.seconds(30)) }
            #expect(test.door.connectionCount == 0)
            #expect(test.door.budget.bytesUsed == 0)
            for envelope in test.flow.accepted {
                #expect(!envelope.envelope.items.isEmpty)
                #expect(envelope.envelope.header.eventID == envelope.id)
            }
        }
    }
}
