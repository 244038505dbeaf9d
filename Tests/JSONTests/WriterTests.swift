import JSON
import Testing

@Suite struct WriterTests {
    @Test func prettyLayout() throws {
        let text = #"{"a":[1,{"b":null,"c":[]},"x"],"d":{},"e":true}"#
        let expected = """
            {
              "a": [
                1,
                {
                  "b": null,
                  "c": []
                },
                "x"
              ],
              "d": {},
              "e": true
            }
            """
        let document = smallDocument()
        let root = try document.parse(text)
        #expect(document.text(root, options: .pretty) == expected)
        #expect(try JSONValue(parsing: text).text(pretty: true) == expected)
        #expect(document.text(try document.parse(expected)) == text)
    }

    @Test func aSubtreeIsWrittenAlone() throws {
        let document = smallDocument()
        let root = try document.parse(#"[{"a":1},{"b":2}]"#)
        #expect(document.text(document.firstChild(of: root)) == #"{"a":1}"#)
    }

    @Test func textsAppend() throws {
        let document = smallDocument()
        let root = try document.parse("[1]")
        let writer = JSONWriter(capacity: 0)
        try writer.write(root, from: document)
        writer.append(0x0A)
        try writer.write(root, from: document)
        #expect(writer.string == "[1]\n[1]")
        writer.reset()
        #expect(writer.count == 0)
    }

    @Test func pieces() {
        let writer = JSONWriter(capacity: 1)
        writer.beginObject()
        writer.key("a\"")
        writer.beginArray()
        writer.number(Int64(-1))
        writer.number(UInt64.max)
        writer.number(1.5)
        writer.number(Double.nan)
        writer.number(text: "1e5")
        writer.number(text: "nonsense")
        writer.bool(true)
        writer.bool(false)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.key("raw")
        Array("[7]".utf8).withUnsafeBytes { writer.raw($0) }
        writer.key("s")
        writer.string(String(repeating: "x\n", count: 3000))
        writer.endObject()
        #expect(
            writer.string
                == #"{"a\"":[-1,18446744073709551615,1.5,null,1e5,null,true,false,null,{}],"#
                + #""raw":[7],"s":""# + String(repeating: #"x\n"#, count: 3000) + #""}"#)
    }

    /// A tree that is a piece among others gets its comma.
    @Test func treesArePieces() throws {
        let document = smallDocument()
        let root = try document.parse("{}")
        let writer = JSONWriter()
        writer.beginArray()
        writer.number(Int64(1))
        writer.tree(root, from: document)
        writer.number(Int64(2))
        writer.endArray()
        #expect(writer.string == "[1,{},2]")
    }

    /// The buffer grows at any place of a text.
    @Test func growth() throws {
        let document = smallDocument(nodesMax: 1 << 16)
        let value =
            "[" + (0..<2000).map { "{\"k\($0)\":\"v\\n\($0)\"}" }.joined(separator: ",") + "]"
        let root = try document.parse(value)
        for capacity in 64..<130 {
            let writer = JSONWriter(capacity: capacity)
            try writer.write(root, from: document)
            #expect(writer.string == value)
        }
        let long = document.makeString(String(repeating: "é\t", count: 30_000))
        #expect(document.text(long) == "\"" + String(repeating: "é\\t", count: 30_000) + "\"")
    }

    @Test func memoryOfALargeTextIsGivenBack() throws {
        let document = JSONDocument()
        let root = try document.parse("[\"" + String(repeating: "a", count: 3_000_000) + "\"]")
        let writer = JSONWriter()
        try writer.write(root, from: document)
        #expect(writer.count == 3_000_004)
        writer.reset()
        writer.null()
        #expect(writer.string == "null")
    }
}
