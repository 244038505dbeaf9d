import JSON
import Testing

@Suite struct EditTests {
    let document = smallDocument(keys: ["level", "user", "tags"])

    @Test func valuesReplaceEachOther() throws {
        let root = try document.parse(#"{"level":[1,2,{"a":3}],"x":null}"#)
        let level = document.find(1, in: root)
        document.setAnnotation(77, of: level)
        document.setString(level, "an \"error\" é")
        #expect(document.text(root) == #"{"level":"an \"error\" é","x":null}"#)
        document.setBool(level, true)
        #expect(document.text(root) == #"{"level":true,"x":null}"#)
        document.setNumber(level, Int64(-5))
        #expect(document.text(root) == #"{"level":-5,"x":null}"#)
        document.setNumber(level, 0.5)
        #expect(document.text(root) == #"{"level":0.5,"x":null}"#)
        document.setEmptyArray(level)
        #expect(document.text(root) == #"{"level":[],"x":null}"#)
        #expect(document.childCount(of: level) == 0)
        document.setEmptyObject(level)
        document.append(document.makeBool(false), to: level, key: 3)
        #expect(document.text(root) == #"{"level":{"tags":false},"x":null}"#)
        document.setNull(level)
        #expect(document.text(root) == #"{"level":null,"x":null}"#)
        #expect(document.annotation(of: level) == 77)
        #expect(document.childCount(of: level) == 0)
        #expect(!document.firstChild(of: level).exists)
    }

    @Test func textMayComeFromTheDocument() throws {
        let root = try document.parse(#"["first","second"]"#)
        let first = document.firstChild(of: root)
        let second = document.next(after: first)
        document.setString(first, document.textBytes(of: second))
        document.setString(second, byteCountMax: 100) { target in
            target.copyBytes(from: document.textBytes(of: first))
            return 3
        }
        #expect(document.text(root) == #"["second","sec"]"#)
        document.setString(second, byteCountMax: 2) { _ in 99 }
        #expect(document.textBytes(of: second).count == 2)
    }

    @Test func slicesStayWhenTextGrows() throws {
        let root = try document.parse(#"["stay"]"#)
        let child = document.firstChild(of: root)
        let bytes = document.textBytes(of: child)
        for index in 0..<1000 {
            document.append(document.makeString("text \(index)"), to: root)
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "stay")
        #expect(document.childCount(of: root) == 1001)
    }

    @Test func keys() throws {
        let root = try document.parse(#"{"a":1,"level":2}"#)
        let first = document.firstChild(of: root)
        document.setKey(first, 2)
        #expect(document.keyID(of: first) == 2)
        #expect(document.text(root) == #"{"user":1,"level":2}"#)
        document.setKey(first, "tags")
        #expect(document.keyID(of: first) == 3)
        document.setKey(first, "new\n\"key\"")
        #expect(document.keyID(of: first) == .unknown)
        #expect(document.text(root) == #"{"new\n\"key\"":1,"level":2}"#)
        document.setKey(first, JSONKeyID(rawValue: 999))
        document.setKey(first, "")
        #expect(document.text(root) == #"{"":1,"level":2}"#)
    }

    @Test func nothingHappensToNone() {
        let none = JSONNode.none
        document.setString(none, "x")
        document.setNumber(none, Int64(1))
        document.setEmptyObject(none)
        document.setNull(none)
        document.setKey(none, "x")
        document.setKey(none, 1)
        document.setAnnotation(1, of: none)
        document.narrowString(none, to: 0..<1)
        document.sortByKey(none)
        document.moveValue(to: none, from: document.makeNull())
        #expect(document.kind(of: none) == .missing)
        #expect(document.keyBytes(of: none).isEmpty)
        #expect(document.annotation(of: none) == 0)
        #expect(document.textBytes(of: none).isEmpty)
        #expect(document.bool(of: none) == nil)
        #expect(document.double(of: none) == nil)
        #expect(document.string(of: none) == nil)
        #expect(document.childCount(of: none) == 0)
        #expect(Array(document.children(of: none)).isEmpty)
        #expect(!document.find("x", in: document.find(1, in: none)).exists)
        #expect(!document.append(none, to: document.makeArray()))
        #expect(!document.append(document.makeNull(), to: none))
        #expect(!document.remove(none, from: none))
        #expect(!document.removeNext(after: none, from: none).exists)
        #expect(!document.copy(none).exists)
        #expect(document.removeDuplicateKeys(of: none) == 0)
        #expect(document.text(none).hasPrefix("no JSON value"))
    }

    @Test func fragmentsShareTheArena() throws {
        let root = try document.parse(#"{"level":"{\"user\":[1]}"}"#)
        let level = document.find(1, in: root)
        let inner = try document.parseFragment(document.textBytes(of: level))
        document.moveValue(to: level, from: inner)
        #expect(document.text(root) == #"{"level":{"user":[1]}}"#)
        #expect(document.keyID(of: document.firstChild(of: level)) == 2)
        // A fragment that is refused leaves the tree as it was.
        #expect(throws: JSONError.self) {
            try Array("[1,2".utf8).withUnsafeBytes { try document.parseFragment($0) }
        }
        #expect(document.text(root) == #"{"level":{"user":[1]}}"#)
    }

    @Test func preparedInput() throws {
        let text = Array(#"{"user":1}"#.utf8)
        let room = try document.prepareInput(byteCount: 20)
        room.copyBytes(from: text)
        let root = try document.parsePrepared(byteCount: text.count)
        #expect(document.text(root) == #"{"user":1}"#)
        #expect(throws: JSONError.self) { try document.parsePrepared(byteCount: 1) }
        _ = try document.prepareInput(byteCount: 4)
        #expect(throws: JSONError.self) { try document.parsePrepared(byteCount: 5) }
        #expect(throws: JSONError.self) { try document.prepareInput(byteCount: -1) }
        #expect(throws: JSONError.self) { try document.prepareInput(byteCount: 1 << 40) }
    }
}
