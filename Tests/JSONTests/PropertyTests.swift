import JSON
import Testing

@Suite struct PropertyTests {
    /// Writes a random value; collects what the text must hold on the way.
    struct Generator {
        var random: SeededGenerator
        var text = ""

        mutating func space() {
            if random.below(4) == 0 { text += [" ", "\n  ", "\t", "\r\n"][random.below(4)] }
        }

        mutating func string() {
            text += "\""
            for _ in 0..<random.below(random.below(5) == 0 ? 60 : 10) {
                switch random.below(12) {
                case 0:
                    text +=
                        ["\\n", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\r", "\\t"][random.below(8)]
                case 1:
                    text +=
                        ["\\u0000", "\\u001f", "\\u00E9", "\\u2028", "\\ud83D\\uDE00"][
                            random.below(5)]
                case 2: text += ["é", "€", "😀", "\u{7F}", "\u{10FFFF}"][random.below(5)]
                default: text += String(UnicodeScalar(UInt8(0x61 + random.below(26))))
                }
            }
            text += "\""
        }

        mutating func value(_ depth: Int) {
            space()
            switch random.below(depth > 6 ? 5 : 8) {
            case 0: text += "null"
            case 1: text += random.below(2) == 0 ? "true" : "false"
            case 2, 3: number()
            case 4: string()
            case 5, 6:
                text += "["
                let count = random.below(5)
                for index in 0..<count {
                    if index > 0 { text += "," }
                    value(depth + 1)
                }
                if count == 0 { space() }
                text += "]"
            default:
                text += "{"
                let count = random.below(5)
                for index in 0..<count {
                    if index > 0 { text += "," }
                    space()
                    string()
                    space()
                    text += ":"
                    value(depth + 1)
                }
                if count == 0 { space() }
                text += "}"
            }
            space()
        }

        private mutating func number() {
            text += ["", "-"][random.below(2)] + String(random.next() >> UInt64(random.below(63)))
            if random.below(3) == 0 { text += ".\(random.below(1000))" }
            if random.below(5) == 0 {
                text += ["e", "E", "e+", "E-"][random.below(4)] + "\(random.below(99))"
            }
        }
    }

    /// parse, write, parse: same tree; the second text is a fixed point; sizes agree; an edited
    /// copy (all nodes taken out and appended again) is the same text.
    @Test(arguments: 0..<8)
    func roundTrips(seed: UInt64) throws {
        var generator = Generator(random: SeededGenerator(seed: seed))
        let document = smallDocument(nodesMax: 1 << 16, editNodesMax: 1 << 16)
        for _ in 0..<200 {
            generator.text = ""
            generator.value(0)
            #expect(NaiveReader.accepts(Array(generator.text.utf8)))
            let first = try JSONValue(parsing: generator.text)
            let root = try document.parse(generator.text)
            let compact = document.text(root)
            #expect(document.serializedByteCount(of: root) == compact.utf8.count)
            #expect(document.text(document.copy(root)) == compact)
            for child in Array(document.children(of: root)) {
                document.remove(child, from: root)
                document.append(child, to: root)
            }
            #expect(document.text(root) == compact)
            #expect(try JSONValue(parsing: compact) == first)
            #expect(first.text() == compact)
            let pretty = document.text(root, options: .pretty)
            #expect(document.text(try document.parse(pretty)) == compact)
        }
    }

    /// Damaged texts get the verdict of the naive reader, whatever byte is changed.
    @Test(arguments: 0..<8)
    func damagedTextsGetTheRightVerdict(seed: UInt64) throws {
        var generator = Generator(random: SeededGenerator(seed: 100 + seed))
        let document = smallDocument(nodesMax: 1 << 16)
        let alphabet =
            Array("{}[]\",:\\/-+.eE0123456789 \n\ttfnu\u{0}x\u{7F}".utf8) + [0x80, 0xC3, 0xFF]
        var accepted = 0
        for _ in 0..<400 {
            generator.text = ""
            generator.value(3)
            var bytes = Array(generator.text.utf8)
            for _ in 0...generator.random.below(3) {
                let place = generator.random.below(bytes.count)
                let byte = alphabet[generator.random.below(alphabet.count)]
                switch generator.random.below(3) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            let failure = document.failure(bytes)
            #expect((failure == nil) == NaiveReader.accepts(bytes), "\(bytes)")
            if failure == nil { accepted += 1 }
            if let failure { #expect(failure.offset >= 0 && failure.offset <= bytes.count) }
        }
        // Both verdicts occur.
        #expect(accepted > 20 && accepted < 380)
    }
}
