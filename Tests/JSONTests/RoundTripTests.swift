import JSON
import Testing

@Suite struct RoundTripTests {
    @Test(arguments: [
        "{}", "[]", "null", "true", "false", "0", "-0", "1.5e-7", "\"\"", "\"a\"",
        #"{"a":[1,2,{"b":null}],"c":"d","e":[],"f":{}}"#, #"["\n\t\"\\\b\f\r\u0000\u001f"]"#,
        #"["ä€𝄞"]"#, "[[[[]]]]", #"{"":"","":1}"#,
    ])
    func compactTextComesBack(text: String) throws {
        let document = JSONDocument(keys: JSONKeyTable(["a", "b", "level"]))
        let root = try document.parse(text)
        let writer = JSONWriter()
        try writer.write(root, from: document)
        #expect(writer.string == text)
        #expect(document.serializedByteCount(of: root) == text.utf8.count)
        #expect(try JSONValue(parsing: text).text() == text)
    }

    @Test func knownKeysResolve() throws {
        let document = JSONDocument(keys: JSONKeyTable(["level", "a rather long known key name"]))
        let root = try document.parse(
            #"{"level":1,"a rather long known key name":2,"a rather lon_ known key name":3}"#)
        #expect(document.int64(of: document.find(1, in: root)) == 1)
        #expect(document.int64(of: document.find(2, in: root)) == 2)
        #expect(document.keyID(of: document.lastChild(of: root)) == .unknown)
        #expect(document.int64(of: document.find("a rather lon_ known key name", in: root)) == 3)
    }
}
