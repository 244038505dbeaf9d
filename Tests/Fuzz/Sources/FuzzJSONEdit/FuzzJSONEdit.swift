import FuzzSupport
import Glibc
import JSON

@main
enum FuzzJSONEdit {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                editAndWrite(&input)
                return 0
            })
    }
}

/// Performs edits that the input spells out on a small tree and checks the tree after them: links,
/// counts, and that what is written can be read.
private func editAndWrite(_ input: inout FuzzInput) {
    let document = JSONDocument(
        limits: JSONLimits(
            depthMax: 12, nodesMax: 64, inputBytesMax: 512, editNodesMax: 200,
            editTextBytesMax: 2048),
        keys: JSONKeyTable(["a", "b", "level"]))
    guard let root = try? document.parse(#"{"a":[1,"two",{"level":null}],"b":{"c":"\n"}}"#) else {
        promise(false, "the first tree parses")
        return
    }
    var nodes = [JSONNode.none, root]
    collect(root, document, &nodes)
    while !input.isAtEnd {
        edit(&input, document, &nodes)
        if nodes.count > 300 { break }
    }
    var budget = 5000
    if isTree(root, document, depth: 0, &budget) {
        check(root, document)
    }
}

private func collect(_ node: JSONNode, _ document: JSONDocument, _ nodes: inout [JSONNode]) {
    for child in document.children(of: node) {
        nodes.append(child)
        collect(child, document, &nodes)
    }
}

/// One edit. Inserting behind a child of another parent, and moving a node into itself, are
/// misuse that the document does not promise to notice, so neither is tried.
private func edit(_ input: inout FuzzInput, _ document: JSONDocument, _ nodes: inout [JSONNode]) {
    let node = nodes[input.below(nodes.count)]
    let other = nodes[input.below(nodes.count)]
    switch input.below(22) {
    case 0: document.setNull(node)
    case 1: document.setBool(node, input.byte() & 1 == 0)
    case 2: document.setNumber(node, Int64(bitPattern: UInt64(input.byte()) << 56))
    case 3: document.setNumber(node, Double(bitPattern: UInt64(input.byte()) << 55 | 12345))
    case 4: document.setNumber(node, text: input.take(4))
    case 5: document.setString(node, String(decoding: input.take(9), as: UTF8.self))
    case 6: document.setString(node, document.textBytes(of: other))
    case 7: document.setEmptyArray(node)
    case 8: document.setEmptyObject(node)
    case 9: document.setKey(node, JSONKeyID(rawValue: UInt16(input.byte() & 7)))
    case 10: document.setKey(node, String(decoding: input.take(3), as: UTF8.self))
    case 11: nodes.append(document.makeString("new \(input.byte())"))
    case 12: nodes.append(document.makeArray())
    case 13: nodes.append(document.makeObject())
    case 14: if !contains(node, other, document) { document.append(node, to: other) }
    case 15:
        if !contains(node, other, document) {
            document.insert(node, into: other, after: document.firstChild(of: other))
        }
    case 16: document.remove(node, from: other)
    case 17: document.removeNext(after: document.firstChild(of: other), from: other)
    case 18:
        if !contains(node, other, document), !contains(other, node, document) {
            document.moveValue(to: node, from: other)
        }
    case 19: nodes.append(document.copy(node))
    case 20: document.sortByKey(node)
    default: document.removeDuplicateKeys(of: node)
    }
}

/// Whether `inner` is `outer` or below it.
private func contains(_ outer: JSONNode, _ inner: JSONNode, _ document: JSONDocument) -> Bool {
    if outer == inner { return true }
    for child in document.children(of: outer) where contains(child, inner, document) {
        return true
    }
    return false
}

/// Checks links and counts below a node; false when the tree is too large to go on.
private func isTree(
    _ node: JSONNode, _ document: JSONDocument, depth: Int, _ budget: inout Int
) -> Bool {
    budget -= 1
    guard budget > 0 else { return false }
    var count = 0
    var last = JSONNode.none
    for child in document.children(of: node) {
        promise(document.isAttached(child), "a child is attached")
        count += 1
        last = child
        guard isTree(child, document, depth: depth + 1, &budget) else { return false }
    }
    promise(count == document.childCount(of: node), "the count of children is right")
    promise(last == document.lastChild(of: node), "the last child is right")
    return true
}

private func check(_ root: JSONNode, _ document: JSONDocument) {
    let writer = JSONWriter()
    do throws(JSONError) {
        try writer.write(root, from: document)
    } catch {
        let isLimit =
            error.kind == .depthExceeded || error.kind == document.exhausted
        promise(isLimit, "only limits keep a tree from being written")
        return
    }
    promise(document.serializedByteCount(of: root) == writer.count, "size is what is written")
    let second = JSONDocument()
    let again = JSONWriter()
    guard let root = try? second.parse(writer.bytes) else {
        promise(false, "what was written can be read")
        return
    }
    try? again.write(root, from: second)
    promise(again.bytes.elementsEqual(writer.bytes), "compact text is a fixed point")
}
