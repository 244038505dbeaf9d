import JSON
import Testing

@Suite struct TreeTests {
    let document = smallDocument(keys: ["a", "b", "c"])

    @Test func walking() throws {
        let root = try document.parse(#"{"a":[10,20,30],"b":{}}"#)
        let array = document.firstChild(of: root)
        #expect(document.childCount(of: root) == 2)
        #expect(document.childCount(of: array) == 3)
        #expect(document.int64(of: document.lastChild(of: array)) == 30)
        #expect(document.lastChild(of: root) == document.find("b", in: root))
        #expect(document.children(of: array).compactMap { document.int64(of: $0) } == [10, 20, 30])
        #expect(document.int64(of: document.child(of: array, at: 1)) == 20)
        #expect(!document.child(of: array, at: 3).exists)
        #expect(!document.child(of: array, at: -1).exists)
        #expect(!document.next(after: root).exists)
        #expect(document.isAttached(array))
        #expect(!document.isAttached(root))
        #expect(!document.firstChild(of: document.firstChild(of: array)).exists)
    }

    @Test func appendAndInsert() throws {
        let root = try document.parse("[]")
        let two = document.makeNumber(Int64(2))
        #expect(document.append(two, to: root))
        #expect(document.insert(document.makeNumber(Int64(1)), into: root, after: .none))
        #expect(document.insert(document.makeNumber(Int64(3)), into: root, after: two))
        let middle = document.makeString("m")
        #expect(document.insert(middle, into: root, after: document.firstChild(of: root)))
        #expect(document.append(document.makeNull(), to: root))
        #expect(document.text(root) == #"[1,"m",2,3,null]"#)
        #expect(document.childCount(of: root) == 5)
        // Refusals: attached already, itself, a scalar as parent, a detached neighbour.
        #expect(!document.append(two, to: root))
        #expect(!document.append(root, to: root))
        #expect(!document.append(document.makeNull(), to: two))
        #expect(!document.insert(document.makeNull(), into: root, after: document.makeNull()))
        #expect(document.text(root) == #"[1,"m",2,3,null]"#)
    }

    @Test(arguments: [
        (0, "[1,2,3]"), (1, "[0,2,3]"), (2, "[0,1,3]"), (3, "[0,1,2]"),
    ])
    func remove(position: Int, expected: String) throws {
        let root = try document.parse("[0,1,2,3]")
        let child = document.child(of: root, at: position)
        #expect(document.remove(child, from: root))
        #expect(document.text(root) == expected)
        #expect(document.childCount(of: root) == 3)
        #expect(!document.isAttached(child))
        #expect(!document.next(after: child).exists)
        #expect(!document.remove(child, from: root))
        // The end of the list is right: what was taken out can be appended again.
        #expect(document.append(child, to: root))
        #expect(document.int64(of: document.lastChild(of: root)) == Int64(position))
        #expect(document.childCount(of: root) == 4)
    }

    @Test func removeAll() throws {
        let root = try document.parse("[0,1]")
        while document.removeNext(after: .none, from: root).exists {}
        #expect(document.text(root) == "[]")
        #expect(document.append(document.makeNull(), to: root))
        #expect(document.text(root) == "[null]")
        document.remove(document.firstChild(of: root), from: root)
        #expect(document.insert(document.makeBool(true), into: root, after: .none))
        #expect(document.append(document.makeBool(false), to: root))
        #expect(document.text(root) == "[true,false]")
    }

    @Test func removeByCondition() throws {
        let root = try document.parse("[0,1,2,3,4,5,6]")
        let removed = document.removeChildren(of: root) { node in
            (document.int64(of: node) ?? 0) % 2 == 0
        }
        #expect(removed == 4)
        #expect(document.text(root) == "[1,3,5]")
        #expect(document.removeChildren(of: root) { _ in true } == 3)
        #expect(document.text(root) == "[]")
    }

    @Test func removalWhileWalking() throws {
        let root = try document.parse("[0,1,2,3]")
        for child in document.children(of: root) { document.remove(child, from: root) }
        #expect(document.text(root) == "[]")
    }

    @Test func moveBetweenParents() throws {
        let root = try document.parse(#"{"a":{"x":[1]},"b":{}}"#)
        let a = document.find("a", in: root)
        let b = document.find("b", in: root)
        let x = document.find("x", in: a)
        document.remove(x, from: a)
        document.append(x, to: b)
        #expect(document.text(root) == #"{"a":{},"b":{"x":[1]}}"#)
        document.moveValue(to: a, from: x)
        #expect(document.text(root) == #"{"a":[1],"b":{"x":null}}"#)
        document.moveValue(to: a, from: a)
        #expect(document.text(root) == #"{"a":[1],"b":{"x":null}}"#)
        #expect(document.isAttached(a))
    }

    @Test func copies() throws {
        let root = try document.parse(#"{"a":{"b":["text",1.5,true,null,{}],"k\n":""}}"#)
        let original = document.find("a", in: root)
        document.setAnnotation(5, of: document.find("b", in: original))
        let copy = document.copy(original)
        #expect(!document.isAttached(copy))
        #expect(document.text(copy) == document.text(original))
        #expect(document.annotation(of: document.find("b", in: copy)) == 0)
        document.setString(document.firstChild(of: document.find("b", in: copy)), "other")
        document.setKey(document.find("b", in: copy), "c")
        #expect(document.append(copy, to: root, key: "copy"))
        #expect(
            document.text(root)
                == #"{"a":{"b":["text",1.5,true,null,{}],"k\n":""},"#
                + #""copy":{"c":["other",1.5,true,null,{}],"k\n":""}}"#)
    }

    @Test func annotations() throws {
        let root = try document.parse("[1,2]")
        let child = document.firstChild(of: root)
        #expect(document.annotation(of: child) == 0)
        document.setAnnotation(.max, of: child)
        #expect(document.annotation(of: child) == .max)
        let again = try document.parse("[1,2]")
        #expect(document.annotation(of: document.firstChild(of: again)) == 0)
    }
}
