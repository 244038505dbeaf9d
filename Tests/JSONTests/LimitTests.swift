import JSON
import Testing

@Suite struct LimitTests {
    static func nested(_ depth: Int, open: String = "[", close: String = "]") -> String {
        String(repeating: open, count: depth) + String(repeating: close, count: depth)
    }

    @Test func depthOfReading() {
        let document = JSONDocument()
        #expect(document.failure(Self.nested(127)) == nil)
        #expect(document.failure(Self.nested(128)) == JSONError(.depthExceeded, offset: 127))
        let objects = Self.nested(127, open: "{\"a\":", close: "}")
        #expect(document.failure(objects.replacing(":}", with: ":1}")) == nil)
        // A million levels cost no stack.
        #expect(document.failure(Self.nested(1_000_000))?.kind == .depthExceeded)
        #expect(document.failure(String(repeating: "[", count: 1_000_000))?.kind == .depthExceeded)
        #expect(
            document.failure(String(repeating: "{\"a\":", count: 1_000_000))?.kind
                == .depthExceeded)
        let shallow = smallDocument(depthMax: 2)
        #expect(shallow.failure("[[1]]") == nil)
        #expect(shallow.failure("[[[]]]")?.kind == .depthExceeded)
        #expect(smallDocument(depthMax: 0).failure("1") == nil)
        #expect(smallDocument(depthMax: 0).failure("[]")?.kind == .depthExceeded)
    }

    @Test func depthOfWriting() throws {
        let document = smallDocument(depthMax: 4)
        let root = try document.parse("[[[[1]]]]")
        #expect(document.text(root) == "[[[[1]]]]")
        let outer = document.makeArray()
        document.append(root, to: outer)
        let writer = JSONWriter()
        writer.string("before")
        #expect(throws: JSONError.self) { try writer.write(outer, from: document) }
        #expect(writer.string == "\"before\"")
        #expect(document.text(outer).hasPrefix("too many nested"))
    }

    /// A tree that contains itself is not endless to write, measure or copy.
    @Test func cyclesEnd() throws {
        let document = smallDocument()
        let root = try document.parse("[[]]")
        let inner = document.firstChild(of: root)
        document.append(root, to: inner)
        #expect(document.text(root).hasPrefix("too many nested"))
        #expect(document.serializedByteCount(of: root) > 0)
        #expect(!document.copy(root).exists)
        #expect(document.exhausted == .depthExceeded)
    }

    @Test func nodes() {
        let document = smallDocument(nodesMax: 4)
        #expect(document.failure("[1,2,3]") == nil)
        #expect(document.failure("[1,2,3,4]") == JSONError(.nodesExceeded, offset: 7))
        #expect(document.failure("[1,2,[]]") == nil)
        #expect(document.failure("[1,2,[[]]]")?.kind == .nodesExceeded)
        #expect(smallDocument(nodesMax: 0).failure("1")?.kind == .nodesExceeded)
    }

    @Test func inputBytes() throws {
        let document = smallDocument(inputBytesMax: 10)
        #expect(document.failure("[\"123456\"]") == nil)
        #expect(document.failure("[\"1234567\"]") == JSONError(.inputTooLarge, offset: 10))
        let root = try document.parse("[\"12345\"]")
        #expect(document.string(of: document.firstChild(of: root)) == "12345")
        // One byte is left for a fragment.
        #expect(throws: JSONError.self) {
            try [UInt8]("22".utf8).withUnsafeBytes { try document.parseFragment($0) }
        }
        let one = try [UInt8]("2".utf8).withUnsafeBytes { try document.parseFragment($0) }
        #expect(document.int64(of: one) == 2)
    }

    @Test func outputBytes() throws {
        let document = JSONDocument(
            limits: JSONLimits(nodesMax: 100, inputBytesMax: 1000, outputBytesMax: 9))
        let writer = JSONWriter()
        try writer.write(try document.parse("[1,2,3,4]"), from: document)
        #expect(throws: JSONError.self) {
            try writer.write(try document.parse("[1,2,3,45]"), from: document)
        }
        #expect(writer.string == "[1,2,3,4]")
    }

    /// Edits beyond the limit have no effect, and the document can no longer be written.
    @Test func editsWithoutRoom() throws {
        let document = smallDocument(
            nodesMax: 2, inputBytesMax: 32, editNodesMax: 1, editTextBytesMax: 4)
        var root = try document.parse("[\"secret\"]")
        #expect(document.makeNull().exists)
        #expect(!document.makeNull().exists)
        #expect(document.exhausted == .nodesExceeded)
        #expect(document.text(root).hasPrefix("too many JSON values"))

        root = try document.parse("[\"secret\"]")
        #expect(document.exhausted == nil)
        let child = document.firstChild(of: root)
        // 32 bytes of input less 10 used, 4 of edits, are free.
        document.setString(child, String(repeating: "x", count: 500))
        #expect(document.kind(of: child) == .null)
        #expect(document.exhausted == .editTextExceeded)
        #expect(document.text(root).hasPrefix("text added"))
    }

    @Test func limitsAreClamped() {
        let limits = JSONLimits(depthMax: -1, nodesMax: .max, inputBytesMax: .max)
        #expect(limits.depthMax == 0)
        #expect(limits.nodesMax == 1 << 28)
        #expect(limits.inputBytesMax == 1 << 30)
    }

    /// A document whose address space cannot be had refuses texts instead of crashing.
    @Test func hugeReservationEitherWorksOrRefuses() {
        let document = JSONDocument(limits: JSONLimits(nodesMax: .max, inputBytesMax: .max))
        let failure = document.failure("[1]")
        #expect(failure == nil || failure?.kind == .outOfMemory)
        #expect(!document.makeNull().exists || failure == nil)
    }

    @Test func memoryOfALargeEventIsGivenBack() throws {
        let document = JSONDocument()
        let large = "[" + String(repeating: "1,", count: 400_000) + "1]"
        let root = try document.parse(large)
        #expect(document.childCount(of: root) == 400_001)
        #expect(document.nodesUsed == 400_002)
        let small = try document.parse("[\"small\"]")
        #expect(document.text(small) == "[\"small\"]")
        #expect(document.nodesUsed == 2)
        #expect(document.childCount(of: try document.parse(large)) == 400_001)
    }
}
