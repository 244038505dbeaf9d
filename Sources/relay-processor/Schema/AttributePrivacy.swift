/// Whether attributes of spans may hold personal data: what the public Sentry Semantic Conventions
/// say of their names, as far as the reference follows them (each was measured). A value inside an
/// attribute counts by the nearest key, its own or that of a list around it.
final class AttributePrivacy: Sendable {
    static let standard = AttributePrivacy(maybe: maybe, never: never)

    private let names: AttributeNames
    /// How many of the names, the first ones, may hold personal data.
    private let maybeCount: Int

    private init(maybe: String, never: String) {
        let words = [maybe, never].map { $0.split(whereSeparator: \.isWhitespace) }
        names = AttributeNames(words[0] + words[1])
        maybeCount = words[0].count
    }

    /// The attribute of a value under this key; yes for keys without a convention.
    func attribute(of key: UnsafeRawBufferPointer) -> PIIAttribute {
        guard let found = names.find(key) else { return .yes }
        return found.position < maybeCount ? .maybe : .no
    }
}
