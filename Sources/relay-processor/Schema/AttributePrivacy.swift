import JSON

/// Whether attributes of spans may hold personal data: what the public Sentry Semantic Conventions
/// say of their names, as far as the reference follows them (each was measured). A value inside an
/// attribute counts by the nearest key, its own or that of a list around it.
final class AttributePrivacy: Sendable {
    static let standard = AttributePrivacy(maybe: maybe, never: never)

    private let names: JSONKeyTable
    /// By id of the name; the entry of an unknown name is first.
    private let attributes: [PIIAttribute]
    private static let variable = "<key>"

    private init(maybe: String, never: String) {
        var names: [String] = []
        var attributes: [PIIAttribute] = [.yes]
        for (table, attribute) in [(maybe, PIIAttribute.maybe), (never, .no)] {
            for word in table.split(whereSeparator: \.isWhitespace) {
                names.append(String(word))
                attributes.append(attribute)
            }
        }
        self.names = JSONKeyTable(names)
        self.attributes = attributes
    }

    /// The attribute of a value under this key; yes for keys without a convention.
    func attribute(of key: UnsafeRawBufferPointer) -> PIIAttribute {
        let id = names.id(of: key)
        if id != .unknown { return attributes[Int(id.rawValue)] }
        // The last part of some names is free.
        guard let dot = key.lastIndex(of: UInt8(ascii: ".")), dot + 1 < key.count,
            dot < Self.templateBytesMax
        else { return .yes }
        return withUnsafeTemporaryAllocation(
            byteCount: dot + 1 + Self.variable.utf8.count, alignment: 1
        ) { name in
            name.copyMemory(from: UnsafeRawBufferPointer(rebasing: key[...dot]))
            UnsafeMutableRawBufferPointer(rebasing: name[(dot + 1)...])
                .copyBytes(from: Self.variable.utf8)
            let id = names.id(of: UnsafeRawBufferPointer(name))
            return attributes[Int(id.rawValue)]
        }
    }

    /// Longer names are no templates.
    private static let templateBytesMax = 64
}
