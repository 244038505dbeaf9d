import Testing

@testable import Model

@Suite("Envelopes of which only the first bytes are there") struct EnvelopePrefixTests {
    private static let limits = EnvelopeLimits(itemsMax: 3, headerBytesMax: 64)

    /// Payload sizes as they become known, with the number of bytes that were there.
    private static func items(
        _ text: String, stepBytes: Int
    ) throws(EnvelopeError) -> [(bytesThere: Int, type: String, payloadBytes: Int)] {
        let bytes = Array(text.utf8)
        var prefix = EnvelopePrefix(limits: limits)
        var found: [(bytesThere: Int, type: String, payloadBytes: Int)] = []
        for end in stride(from: 0, through: bytes.count, by: stepBytes) {
            while let next = try prefix.next(Array(bytes[..<end])) {
                found.append((end, next.item.type.name, next.payloadBytes))
            }
        }
        return found
    }

    @Test("a stated length is known with the header, the length of a line with its end")
    func lengths() throws {
        let text =
            "{}\n{\"type\":\"attachment\",\"length\":1000}\n" + String(repeating: "a", count: 1000)
            + "\n\n{\"type\":\"event\"}\n" + String(repeating: "b", count: 200) + "\n"
            + String(repeating: " ", count: 80)
        for step in [1, 7, 64] {
            let items = try Self.items(text, stepBytes: step)
            #expect(items.map(\.type) == ["attachment", "event"])
            #expect(items.map(\.payloadBytes) == [1000, 200])
            #expect(items[0].bytesThere <= 3 + 64 + step)
        }
    }

    @Test("an unfinished line counts as far as it is there; a stated length counts whole")
    func unfinished() throws {
        var prefix = EnvelopePrefix(limits: Self.limits)
        let line = Array(("{}\n{\"type\":\"event\"}\n" + String(repeating: "b", count: 200)).utf8)
        #expect(try prefix.next(line)?.payloadBytes == nil)
        #expect(prefix.unfinished?.payloadBytes == 200)
        #expect(prefix.unfinished?.item.type == .event)

        var stated = EnvelopePrefix(limits: Self.limits)
        let head = "{}\n{\"type\":\"profile\",\"length\":4000000000}\n"
        let start = Array((head + String(repeating: "b", count: 64)).utf8)
        #expect(try stated.next(start)?.payloadBytes == 4_000_000_000)
        #expect(try stated.next(start)?.payloadBytes == nil)
        #expect(stated.bytesMin == head.utf8.count + 4_000_000_000)
        #expect(stated.unfinished == nil)
    }

    @Test("what is wrong for sure is an error, what may become right is not")
    func errors() throws {
        let rest = String(repeating: " ", count: 64)
        let item = "{\"type\":\"a\"}\n\n"
        let cases: [(String, EnvelopeError)] = [
            ("junk\n", .invalidHeader(detail: "")),
            ("{} x", .missingNewline),
            ("{}\n{\"type\":\"event\",\"length\":2}\n{}x", .missingNewline),
            ("{}\n{\"type\":\"a\",\"length\":-1}\n", .invalidItemHeader(detail: "")),
            ("{}\n" + item + item + item + item, .tooManyItems(limit: 3)),
            ("{\"own\":\"" + rest, .headerTooLarge(limit: 64)),
        ]
        for (text, expected) in cases {
            do throws(EnvelopeError) {
                _ = try Self.items(text + rest, stepBytes: 1)
                Issue.record("\(text) was accepted")
            } catch {
                #expect(error.message == expected.message, "\(text)")
            }
        }
        #expect(try Self.items("{\"event_id\":\"9ec79c33", stepBytes: 1).isEmpty)
    }
}
