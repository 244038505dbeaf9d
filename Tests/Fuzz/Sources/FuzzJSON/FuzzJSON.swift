import FuzzSupport
import Glibc
import JSON

@main
enum FuzzJSON {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                readAndWrite(&input)
                return 0
            })
    }
}

/// Reads a text, writes it, reads it again: the trees must be the same, sizes and layouts agree.
/// The first byte chooses options and how tightly the document is laid out, the rest is the text.
private func readAndWrite(_ input: inout FuzzInput) {
    let choice = input.byte()
    let text = input.rest()
    var options: JSONParseOptions = []
    if choice & 1 != 0 { options.insert(.pythonConstants) }
    if choice & 2 != 0 { options.insert(.replaceLoneSurrogates) }
    let document =
        choice & 4 != 0 ? tightDocument(inputBytes: text.count) : Shared.first
    do throws(JSONError) {
        let root = try document.parse(text, options: options)
        try check(root, of: document)
    } catch {
        promise(error.offset >= 0 && error.offset <= text.count, "error lies inside the text")
        promise(document.nodesUsed == 0, "a refused text leaves no tree")
    }
}

/// Documents are used again from input to input, as in the product.
private enum Shared {
    static let names = JSONKeyTable(["", "a", "level", "exception", "a known name of 24 bytes"])
    nonisolated(unsafe) static let first = JSONDocument(keys: names)
    nonisolated(unsafe) static let second = JSONDocument(keys: names)
}

/// A document whose text memory ends at a guard page right behind the input's padding, so that
/// reading far ahead crashes.
private func tightDocument(inputBytes: Int) -> JSONDocument {
    let page = 4096
    let padded = (inputBytes + page - 1) / page * page + page - 256
    return JSONDocument(
        limits: JSONLimits(
            depthMax: 127, nodesMax: inputBytes + 1, inputBytesMax: padded, editNodesMax: 0,
            editTextBytesMax: 0))
}

private func check(_ root: JSONNode, of document: JSONDocument) throws(JSONError) {
    let compact = JSONWriter()
    try compact.write(root, from: document)
    promise(document.serializedByteCount(of: root) == compact.count, "size is what is written")
    let value = JSONValue(root, of: document)
    let valueText = JSONWriter()
    value.write(to: valueText)
    promise(same(valueText, compact), "the value tree writes the same text")
    let pretty = JSONWriter()
    try pretty.write(root, from: document, options: .pretty)
    let normalized = JSONWriter()
    try normalized.write(root, from: document, options: .normalizedNumbers)

    let second = Shared.second
    promise(same(try rewritten(compact, second), compact), "compact text is a fixed point")
    promise(same(try rewritten(pretty, second), compact), "layout does not change the tree")
    promise(
        same(try rewritten(normalized, second, .normalizedNumbers), normalized),
        "normalised numbers are a fixed point")
}

private func rewritten(
    _ text: JSONWriter, _ document: JSONDocument, _ options: JSONWriteOptions = []
) throws(JSONError) -> JSONWriter {
    let root: JSONNode
    do throws(JSONError) {
        root = try document.parse(text.bytes)
    } catch {
        promise(false, "what was written can be read")
        throw error
    }
    let writer = JSONWriter()
    try writer.write(root, from: document, options: options)
    return writer
}

private func same(_ left: JSONWriter, _ right: JSONWriter) -> Bool {
    left.bytes.elementsEqual(right.bytes)
}
