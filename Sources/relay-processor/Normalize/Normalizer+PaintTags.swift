import JSON

/// Tags about the largest paint of a page, from attributes of the trace.
extension Normalizer {
    func normalizePaintTags() {
        let data = find(Key.data, in: eventContext(Key.trace, "trace"))
        guard kind(data) == .object else { return }
        for (attribute, tag) in Self.paintTags {
            let node = document.find(attribute, in: data)
            guard let value = paintTag(node, isSize: tag.hasSuffix("size")) else { continue }
            let tags = entry(Key.tags, in: event)
            if kind(tags) == .null { document.setEmptyArray(tags) }
            guard kind(tags) == .array else { return }
            let name = document.makeString(tag)
            guard let bytes = text(name), !hasPair(bytes, in: tags) else { continue }
            setPair(bytes, value, in: tags)
        }
    }

    /// Sizes are whole numbers, everything else is text; other values give no tag.
    private func paintTag(_ node: JSONNode, isSize: Bool) -> JSONNode? {
        if isSize { return document.uint64(of: node).map { document.makeString(String($0)) } }
        return text(node).map { document.makeString($0) }
    }

    private static let paintTags: [(attribute: StaticString, tag: String)] = [
        ("browser.web_vital.lcp.element", "lcp.element"),
        ("browser.web_vital.lcp.size", "lcp.size"), ("browser.web_vital.lcp.id", "lcp.id"),
        ("browser.web_vital.lcp.url", "lcp.url"),
    ]
}
