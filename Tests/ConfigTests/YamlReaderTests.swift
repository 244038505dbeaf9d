import Testing

@testable import Config

@Suite struct YamlReaderTests {
    private func read(_ text: String) throws(YamlError) -> ConfigNode? {
        try YamlReader.read(Array(text.utf8))
    }

    private func problem(_ text: String, limits: YamlReader.Limits = .init()) -> String? {
        do {
            _ = try YamlReader.read(Array(text.utf8), limits: limits)
            return nil
        } catch {
            return error.line.map { "\($0): \(error.problem)" } ?? error.problem
        }
    }

    @Test func linesAndKindsAreKept() throws {
        let root = try #require(try read("a: 1\nb:\n  - '2'\n  - ~\n"))
        guard case .mapping(let entries) = root.content else {
            Issue.record("no mapping")
            return
        }
        #expect(entries.map(\.key) == ["a", "b"])
        #expect(entries[0].value == ConfigNode(content: .plain("1"), line: 1))
        guard case .sequence(let items) = entries[1].value.content else {
            Issue.record("no list")
            return
        }
        #expect(items.map(\.content) == [.quoted("2"), .null])
        #expect(items.map(\.line) == [3, 4])
    }

    @Test func emptyDocumentsAreNothing() throws {
        #expect(try read("") == nil)
        #expect(try read("# only a comment\n") == nil)
        #expect(try read("---\n")?.isNull == true)
    }

    @Test func anchorsAreExpanded() throws {
        let root = try read("a: &x {k: 1}\nb: *x\n")
        guard case .mapping(let entries)? = root?.content else {
            Issue.record("no mapping")
            return
        }
        #expect(entries[0].value.content == entries[1].value.content)
        #expect(entries[1].value.line == 2)
    }

    @Test func aBillionLaughsEndAtTheLimit() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(problem(text) == "5: the file holds more than 100000 values")
    }

    @Test func aliasesOfThemselvesAreUnknown() {
        #expect(problem("a: &a [*a]\n") == "1: unknown alias *a")
    }

    @Test func depthAndLengthAreBounded() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(problem(deep) == "1: values are nested deeper than 64")
        var limits = YamlReader.Limits()
        limits.bytesMax = 10
        #expect(problem("a: 1234567890", limits: limits) == "is 13 bytes long, limit 10")
    }

    @Test func brokenDocumentsNameTheLine() {
        #expect(problem("a: 1\nb: [1,\n")?.hasPrefix("3: ") == true)
        #expect(problem("a: 1\n\ta: 2\n")?.hasPrefix("2: ") == true)
        #expect(problem("a: 1\na: 2\n") == "2: a: stands there twice")
        #expect(problem("{a: 1}: 2\n") == "1: a key must be a text")
        #expect(problem("a: 1\n---\nb: 2\n") == "2: only one document is allowed")
        #expect(problem("a: \u{0}") != nil)
    }

    @Test func invalidUtf8IsRefused() {
        #expect(throws: YamlError.self) { try YamlReader.read([0x61, 0x3a, 0x20, 0xff, 0xfe]) }
    }

    @Test func jsonEscapesAreUnderstood() throws {
        let text = "{\"a\": \"\\ud83d\\ude00 \\\\ud83d \\u00e9 \\ud83d x\"}"
        let root = try read(text)
        guard case .mapping(let entries)? = root?.content else {
            Issue.record("no mapping")
            return
        }
        #expect(entries[0].value.content == .quoted("😀 \\ud83d é \u{fffd} x"))
    }

    /// Cuts, flips and repeats bytes of valid files; the reader and loader must neither trap nor hang.
    @Test(arguments: 0..<8)
    func mutatedFilesHarmNothing(seed: Int) {
        let sources = [
            ShownYaml.text(of: RelayConfig()),
            "{\"relay\": {\"mode\": \"proxy\", \"port\": 1}, \"auth\": {\"static_relays\": {\"x\": [1, {}]}}}",
            "a: &a [*b, |\n  text\n  , >-\n x]\nb: !!str 1\n? c\n: d\n",
        ]
        var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        for _ in 0..<300 {
            var bytes = Array(sources[random(sources.count)].utf8)
            for _ in 0...random(6) {
                let index = random(bytes.count)
                switch random(4) {
                case 0: bytes[index] = UInt8(random(256))
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(contentsOf: bytes[..<random(bytes.count)], at: index)
                default: bytes.removeLast(random(bytes.count))
                }
                if bytes.isEmpty { bytes = [0x7b] }
            }
            if let root = try? YamlReader.read(bytes), let entries = root.mappingEntries {
                var loader = ConfigLoader(directory: "/nowhere")
                loader.read(entries, section: nil)
                _ = try? loader.finish()
            }
        }
    }
}

extension ConfigNode {
    fileprivate var mappingEntries: [Entry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }
}
