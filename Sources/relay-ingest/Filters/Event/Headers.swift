import JSON

/// Reads the headers of a request: a list of pairs, or an object, which becomes a list sorted by
/// name.
struct Headers {
    private let event: ParsedEvent

    init(_ event: ParsedEvent) {
        self.event = event
    }

    func read(_ node: JSONNode) -> [(name: Text, value: Text?)] {
        let document = event.document
        var list: [(name: Text, value: Text?)] = []
        switch document.kind(of: node) {
        case .array:
            for pair in document.children(of: node) {
                guard document.kind(of: pair) == .array, document.childCount(of: pair) == 2 else {
                    continue
                }
                let name = document.firstChild(of: pair)
                guard let text = document.stringBytes(of: name) else { continue }
                list.append((text, value(document.next(after: name))))
            }
        case .object:
            // Of repeated keys the last one.
            var byName: [String: JSONNode] = [:]
            for child in document.children(of: node) { byName[document.key(of: child)] = child }
            for (name, child) in byName.sorted(by: { Self.isBefore($0.key, $1.key) }) {
                list.append((event.arena.text(name), value(child)))
            }
        default: break
        }
        return list
    }

    /// Names are sorted as they are, then with capitals as headers have them.
    private static func isBefore(_ left: String, _ right: String) -> Bool {
        let first = Array(capitalized(left).utf8)
        let second = Array(capitalized(right).utf8)
        if first == second { return left.utf8.lexicographicallyPrecedes(right.utf8) }
        return first.lexicographicallyPrecedes(second)
    }

    private static func capitalized(_ name: String) -> String {
        var result = ""
        var isFirst = true
        for scalar in name.unicodeScalars {
            result += isFirst ? scalar.properties.uppercaseMapping : String(scalar)
            isFirst = scalar == "-"
        }
        return result
    }

    /// Several values of one header are joined by commas.
    private func value(_ node: JSONNode) -> Text? {
        guard event.document.kind(of: node) == .array else { return event.lenientText(node) }
        var bytes: [UInt8] = []
        var isFirst = true
        for item in event.document.children(of: node) {
            guard let text = event.lenientText(item) else { continue }
            if !isFirst { bytes.append(0x2C) }
            isFirst = false
            bytes.append(contentsOf: text)
        }
        return event.arena.text(bytes)
    }
}
