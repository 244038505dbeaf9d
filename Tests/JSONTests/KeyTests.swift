import JSON
import Testing

@Suite struct KeyTests {
    @Test func idsFollowTheList() {
        let table = JSONKeyTable(["b", "a", "b", "", "a key of more than sixteen bytes"])
        #expect(table.id(of: "b") == 1)
        #expect(table.id(of: "a") == 2)
        #expect(table.id(of: "") == 4)
        #expect(table.id(of: "a key of more than sixteen bytes") == 5)
        #expect(table.id(of: "c") == .unknown)
        #expect(table.names[5] == "a key of more than sixteen bytes")
        #expect(JSONKeyTable.empty.id(of: "a") == .unknown)
        #expect(JSONKeyTable.empty.id(of: "") == .unknown)
    }

    /// Parsing resolves every name of a large table and no other key, at all lengths.
    @Test func parsingResolvesLikeTheTable() throws {
        var random = SeededGenerator(seed: 3)
        var names: [String] = []
        for length in 0..<70 {
            for _ in 0..<8 {
                names.append(
                    String(
                        decoding: (0..<length).map { _ in UInt8(0x61 + random.below(3)) },
                        as: UTF8.self))
            }
        }
        let table = JSONKeyTable(Array(names.prefix(300)))
        let document = JSONDocument(keys: table)
        for name in names {
            let root = try document.parse("{\"\(name)\":1}")
            let expected = table.names.dropFirst().firstIndex(of: name).map { UInt16($0) } ?? 0
            #expect(document.keyID(of: document.firstChild(of: root)).rawValue == expected)
            #expect(table.id(of: name).rawValue == expected)
        }
    }

    @Test func escapedKeysResolve() throws {
        let document = smallDocument(keys: ["level", "é"])
        let root = try document.parse(#"{"l\u0065vel":1,"\u00e9":2,"level\u0000":3}"#)
        let ids = document.children(of: root).map { document.keyID(of: $0).rawValue }
        #expect(ids == [1, 2, 0])
    }

    @Test func lookupsTakeTheLastDuplicate() throws {
        let document = smallDocument(keys: ["a"])
        let root = try document.parse(#"{"a":1,"x":2,"a":3,"x":4}"#)
        #expect(document.int64(of: document.find(1, in: root)) == 3)
        #expect(document.int64(of: document.find("a", in: root)) == 3)
        #expect(document.int64(of: document.find(key: "x", in: root)) == 4)
        #expect(!document.find(0, in: root).exists)
        #expect(!document.find("y", in: root).exists)
        #expect(!document.find("a", in: document.firstChild(of: root)).exists)
        #expect(document.childCount(of: root) == 4)
        #expect(document.removeDuplicateKeys(of: root) == 2)
        #expect(document.text(root) == #"{"a":3,"x":4}"#)
        #expect(document.removeDuplicateKeys(of: root) == 0)
    }

    @Test func sortingAndDuplicatesAgreeWithADictionary() throws {
        var random = SeededGenerator(seed: 4)
        let document = smallDocument(keys: ["a", "bb"])
        for size in [0, 1, 2, 7, 8, 9, 40, 300] {
            var last: [String: Int] = [:]
            var members: [String] = []
            for index in 0..<size {
                let key =
                    String(repeating: "ab", count: random.below(3)) + String(random.below(size))
                last[key] = index
                members.append("\"\(key)\":\(index)")
            }
            let root = try document.parse("{" + members.joined(separator: ",") + "}")
            document.sortByKey(root)
            let sorted = document.children(of: root).map { document.key(of: $0) }
            #expect(sorted == sorted.sorted { Array($0.utf8).lexicographicallyPrecedes($1.utf8) })
            #expect(document.childCount(of: root) == size)
            #expect(
                Array(document.children(of: root)).last ?? .none == document.lastChild(of: root))
            #expect(document.removeDuplicateKeys(of: root) == size - last.count)
            let kept = document.children(of: root).map { child in
                last[document.key(of: child)] == document.int64(of: child).map { Int($0) }
            }
            #expect(kept.count == last.count)
            #expect(kept.allSatisfy { $0 })
            #expect(
                Array(document.children(of: root)).last ?? .none == document.lastChild(of: root))
        }
    }

    @Test func stableSort() throws {
        let document = smallDocument()
        let root = try document.parse(#"{"b":1,"a":1,"b":2,"":0,"a":2,"b":3,"ab":1}"#)
        document.sortByKey(root)
        #expect(document.text(root) == #"{"":0,"a":1,"a":2,"ab":1,"b":1,"b":2,"b":3}"#)
    }
}
