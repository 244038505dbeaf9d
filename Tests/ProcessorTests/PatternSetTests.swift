import JSON
import Testing

@testable import RelayProcessor

/// The filter of many patterns must never hide a match.
@Suite struct PatternSetTests {
    /// A small generator of its own, so that a failure can be repeated by its seed.
    private struct Generator {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: state >> 33) % bound
        }

        mutating func choice(_ texts: [String]) -> String { texts[below(texts.count)] }

        mutating func text() -> String {
            let parts = [
                "a", "b", "s", "S", "ſ", "k", "K", "\u{212A}", "é", "É", "1", "7", "٣", "_", "-",
                " ",
                "foo", "Secret", "日本",
            ]
            return (0..<below(30)).map { _ in choice(parts) }.joined()
        }

        mutating func pattern() -> String {
            let parts = [
                "a", "s", "K", "é", "1", "foo", "secret", "日本", "\\w", "\\w+", "\\W", "\\d", "\\s",
                ".", "[ak]", "[^a]", "[\\w-]", "[^\\w]", "(a|1)", "(?i:s)", "(?i:k|É)", "\\b", "b*",
            ]
            let ending = ["", "", "|foo|7", "|\\d+s"]
            return choice(["", "", "(?i)"]) + (0...below(4)).map { _ in choice(parts) }.joined()
                + choice(ending)
        }
    }

    private func finds(_ pattern: ScrubPattern, _ text: ScannedText) -> Bool {
        pattern.matches(text, isASCII: false)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func hidesNoMatch(seed: UInt64) throws {
        var generator = Generator(state: seed)
        for _ in 0..<40 {
            let rules = (0..<20).map { index in
                (
                    "r\(index)",
                    JSONValue.object([
                        ("type", .string("pattern")), ("pattern", .string(generator.pattern())),
                    ])
                )
            }
            let config = JSONValue.object([
                ("rules", .object(rules)),
                ("applications", .object([("**", .array(rules.map { .string($0.0) }))])),
            ])
            let program = ScrubProgram(PiiConfiguration(config))
            let filter = try #require(program.filter)
            let words = UnsafeMutableBufferPointer<UInt64>.allocate(
                capacity: program.unfilteredPatterns.count)
            defer { words.deallocate() }
            for _ in 0..<40 {
                let text = generator.text()
                let buffer = ByteBuffer()
                for byte in text.utf8 { buffer.append(byte) }
                let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
                filter.candidates(buffer.text, words)
                for (number, pattern) in program.patterns.enumerated() {
                    let isMatch = finds(pattern, buffer.text)
                    #expect(
                        pattern.matches(buffer.text, isASCII: isASCII) == isMatch,
                        "\(pattern.text) in \(text)")
                    let isCandidate =
                        (words[number / 64] | program.unfilteredPatterns[number / 64])
                        >> UInt64(number & 63) & 1 != 0
                    #expect(isCandidate || !isMatch, "\(pattern.text) in \(text)")
                }
            }
        }
    }

    @Test func patternsThatDoNotCompileMatchEverything() throws {
        let bad = (0..<5).map { ("bad\($0)", #"{"type":"pattern","pattern":"(\#($0)"}"#) }
        let rules = bad.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
        let config = try JSONValue(
            parsing: """
                {"rules":{\(rules)},"applications":{"$string":["bad0"]}}
                """)
        let program = ScrubProgram(PiiConfiguration(config))
        let engine = EventEngine()
        let scrubber = EventScrubber(document: engine.document, meta: engine.meta)
        let root = try Array(#"{"message":"harmless"}"#.utf8).withUnsafeBytes {
            try engine.parse($0)
        }
        scrubber.scrub(root, with: program)
        try engine.write(root)
        #expect(!String(decoding: engine.writer.bytes, as: UTF8.self).contains("harmless"))
    }

    @Test func morePatternsThanAreCompiled() throws {
        let count = ScrubProgram.patternsMax + 200
        let rules = (0..<count).map { index in
            (
                "r\(index)",
                JSONValue.object([
                    ("type", .string("pattern")), ("pattern", .string("x\(index)[a-c]")),
                ])
            )
        }
        let config = JSONValue.object([
            ("rules", .object(rules)),
            ("applications", .object([("$string", .array(rules.map { .string($0.0) }))])),
        ])
        let program = ScrubProgram(PiiConfiguration(config))
        #expect(program.problems.contains { $0.reason.contains("patterns") })
        let engine = EventEngine()
        let scrubber = EventScrubber(document: engine.document, meta: engine.meta)
        let root = try Array(#"{"message":"harmless"}"#.utf8).withUnsafeBytes {
            try engine.parse($0)
        }
        scrubber.scrub(root, with: program)
        try engine.write(root)
        // The rest fails closed.
        #expect(!String(decoding: engine.writer.bytes, as: UTF8.self).contains("harmless"))
    }
}
