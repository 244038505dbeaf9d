/// Values that stand where a text should become JSON text.
extension JSONDocument {
    /// Writes a value as the original writes it as text: members sorted (in the tree too), numbers in
    /// their usual form.
    ///
    /// - Returns: whether it could be written; then `writer.bytes` is the text.
    public func writeSorted(_ node: JSONNode, to writer: JSONWriter) -> Bool {
        sortTreeByKey(node)
        writer.reset()
        do throws(JSONError) {
            try writer.write(node, from: self, options: .normalizedNumbers)
            return true
        } catch {
            return false
        }
    }

    /// Makes a node the JSON text of its value; null if it cannot be written.
    public func turnIntoText(_ node: JSONNode, _ writer: JSONWriter) {
        if writeSorted(node, to: writer) {
            setString(node, writer.bytes)
        } else {
            setNull(node)
        }
    }
}
