import JSON
import Testing

@Suite struct StringTests {
    /// A string as it stands in an input, as a value, and as it is written.
    @Test(arguments: [
        (#""""#, "", #""""#), (#""a""#, "a", #""a""#), (#""\"\\\/""#, "\"\\/", #""\"\\/""#),
        (#""\b\f\n\r\t""#, "\u{8}\u{C}\n\r\t", #""\b\f\n\r\t""#),
        (
            #""\u0000\u0001\u001F\u007f""#, "\u{0}\u{1}\u{1F}\u{7F}",
            "\"\\u0000\\u0001\\u001f\u{7F}\""
        ),
        (#""\u00e9\u20AC\ud83D\uDe00""#, "é€😀", "\"é€😀\""), (#""é€😀""#, "é€😀", "\"é€😀\""),
        (#""\u005c\u0022\u002f""#, "\\\"/", #""\\\"/""#),
        (#""\u2028\ufeff\uffff""#, "\u{2028}\u{FEFF}\u{FFFF}", "\"\u{2028}\u{FEFF}\u{FFFF}\""),
        (#""\ud800\udc00\udbff\udfff""#, "\u{10000}\u{10FFFF}", "\"\u{10000}\u{10FFFF}\""),
    ])
    func valuesAndEscapes(input: String, value: String, output: String) throws {
        let document = smallDocument()
        let root = try document.parse("{\(input):\(input)}")
        let child = document.firstChild(of: root)
        #expect(document.string(of: child) == value)
        #expect(document.key(of: child) == value)
        #expect(document.text(root) == "{\(output):\(output)}")
        #expect(document.serializedByteCount(of: root) == output.utf8.count * 2 + 3)
        #expect(
            document.serializedByteCount(of: root, escaped: false) == value.utf8.count * 2 + 7)
        document.setString(child, value)
        #expect(document.text(child) == output)
        let writer = JSONWriter()
        writer.string(value)
        #expect(writer.string == output)
    }

    /// Every length around the 16-byte blocks, with the special byte at every place.
    @Test func blockBoundaries() throws {
        let document = smallDocument(nodesMax: 1 << 16)
        let specials = [
            ("", ""), (#"\n"#, "\n"), (#"\u0041"#, "A"), (#"\ud83d\ude00"#, "😀"), ("é", "é"),
            ("€", "€"), ("😀", "😀"), (#"\\"#, "\\"), (#"\u0000"#, "\u{0}"), (#"\/"#, "/"),
        ]
        for before in 0..<40 {
            for after in [0, 1, 7, 15, 16, 17, 33] {
                for (input, value) in specials {
                    let left = String(repeating: "x", count: before)
                    let right = String(repeating: "y", count: after)
                    let root = try document.parse("[\"\(left)\(input)\(right)\",\"\(input)\"]")
                    let first = document.firstChild(of: root)
                    #expect(document.string(of: first) == left + value + right)
                    let again = try document.parse(document.text(root))
                    #expect(
                        document.string(of: document.firstChild(of: again)) == left + value + right)
                }
            }
        }
    }

    @Test func runsOfEscapes() throws {
        let document = smallDocument()
        let value = String(repeating: "\u{1}\\\n", count: 2000)
        let node = document.makeString(value)
        let text = document.text(node)
        #expect(text == "\"" + String(repeating: #"\u0001\\\n"#, count: 2000) + "\"")
        #expect(document.string(of: try document.parse(text)) == value)
    }

    @Test func controlCharactersAreRefused() {
        let document = smallDocument()
        for byte in UInt8(0)..<0x20 {
            for length in [0, 1, 14, 15, 16, 31] {
                let text = [0x22] + [UInt8](repeating: 0x61, count: length) + [byte, 0x22]
                #expect(document.failure(text) == JSONError(.controlCharacter, offset: length + 1))
            }
        }
    }

    /// Every sequence of one to three bytes: same verdict as the standard library.
    @Test func allShortByteSequences() {
        let document = smallDocument()
        for first in 0x80...0xFF {
            for second in [0x22, 0x61, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF] {
                for third in [0x61, 0x7F, 0x80, 0xBF, 0xC0] {
                    for fourth in [0x61, 0x80, 0xBF, 0xC0] {
                        let bytes = [first, second, third, fourth].map { UInt8($0) }
                        guard !bytes.contains(0x22) else { continue }
                        let isValid = String(validating: bytes, as: UTF8.self) != nil
                        let failure = document.failure([0x22] + bytes + [0x22])
                        #expect((failure == nil) == isValid, "\(bytes)")
                    }
                }
            }
        }
    }

    @Test func flagOfNonASCII() throws {
        let document = smallDocument()
        let root = try document.parse(#"["plain","\n","é","\u00e9","\u0041"]"#)
        let flags = document.children(of: root).map { document.hasNonASCII($0) }
        #expect(flags == [false, false, true, true, false])
    }

    @Test func narrowing() throws {
        let document = smallDocument()
        let root = try document.parse(#"["0123456789",7]"#)
        let child = document.firstChild(of: root)
        document.narrowString(child, to: 2..<6)
        #expect(document.string(of: child) == "2345")
        document.narrowString(child, to: -5..<2)
        #expect(document.string(of: child) == "23")
        document.narrowString(child, to: 1..<100)
        #expect(document.string(of: child) == "3")
        document.narrowString(child, to: 9..<100)
        #expect(document.string(of: child)?.isEmpty == true)
        document.narrowString(document.lastChild(of: root), to: 0..<0)
        #expect(document.text(root) == #"["",7]"#)
    }

    @Test func comparisonWithLiterals() throws {
        let document = smallDocument()
        let root = try document.parse(#"{"level":"error","empty":"","n":1}"#)
        let level = document.find("level", in: root)
        #expect(document.isString(level, "error"))
        #expect(!document.isString(level, "erro"))
        #expect(!document.isString(level, "errors"))
        #expect(document.isString(document.find("empty", in: root), ""))
        #expect(!document.isString(document.find("n", in: root), "1"))
        #expect(document.hasKey(level, "level"))
        #expect(!document.hasKey(level, "levels"))
    }
}
