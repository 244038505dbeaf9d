import JSON

/// Names of attributes of spans. The last part of some is variable: `score.<key>` stands for
/// `score.fcp` and all others.
struct AttributeNames: Sendable {
    private let names: JSONKeyTable
    /// By id of the name, from 1 on: whether its last part is variable.
    private let areTemplates: [Bool]

    init(_ words: [Substring]) {
        let parts = words.map { Self.parts($0) }
        names = JSONKeyTable(parts.map(\.name))
        areTemplates = parts.map(\.isTemplate)
    }

    /// A name without its variable part.
    static func parts(_ word: Substring) -> (name: String, isTemplate: Bool) {
        let variable = "<key>"
        return word.hasSuffix(variable)
            ? (String(word.dropLast(variable.count)), true) : (String(word), false)
    }

    /// The position of a key's name, and the variable part of the key; nil for other keys.
    func find(
        _ key: UnsafeRawBufferPointer
    ) -> (position: Int, variable: UnsafeRawBufferPointer)? {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        if let position = position(key, isTemplate: false) { return (position, nothing) }
        guard let dot = key.lastIndex(of: UInt8(ascii: ".")), dot + 1 < key.count,
            let position = position(
                UnsafeRawBufferPointer(rebasing: key[...dot]), isTemplate: true)
        else { return nil }
        return (position, UnsafeRawBufferPointer(rebasing: key[(dot + 1)...]))
    }

    private func position(_ name: UnsafeRawBufferPointer, isTemplate: Bool) -> Int? {
        let id = names.id(of: name)
        guard id != .unknown, areTemplates[Int(id.rawValue) - 1] == isTemplate else { return nil }
        return Int(id.rawValue) - 1
    }
}
