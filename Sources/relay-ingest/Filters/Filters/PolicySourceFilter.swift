/// `csp`: reports of content security policies by what was blocked or where.
struct PolicySourceFilter: Sendable {
    private let sources: [SourcePattern]

    init(_ list: [String]) {
        sources = list.map { SourcePattern($0) }
    }

    var isActive: Bool { !sources.isEmpty }

    func matches(_ event: some EventView) throws(Unsure) -> Bool {
        guard isActive, let report = try event.policyReport() else { return false }
        // A pattern for everything needs no text.
        if sources.contains(where: \.isEverything) { return true }
        for text in [report.blocked, report.source] {
            guard let text else { continue }
            let url = SourcePattern(String(decoding: text, as: UTF8.self))
            if sources.contains(where: { $0.matches(url) }) { return true }
        }
        return false
    }
}

/// `scheme://domain:port`, each of which may be `*` or missing; the domain may start with `*`.
struct SourcePattern: Sendable {
    private var scheme: String?
    private var domain: String?
    private var port: String?

    init(_ text: String) {
        var rest = text[...]
        if let range = Self.schemeEnd(rest) {
            scheme = Self.part(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        if let slash = rest.firstIndex(of: "/") { rest = rest[..<slash] }
        if let colon = rest.firstIndex(of: ":") {
            port = Self.part(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        domain = Self.part(rest)
    }

    private static func schemeEnd(_ text: Substring) -> Range<Substring.Index>? {
        let utf8 = text.utf8
        var index = utf8.startIndex
        while let colon = utf8[index...].firstIndex(of: 0x3A) {
            if utf8[colon...].starts(with: "://".utf8) {
                return colon..<utf8.index(colon, offsetBy: 3)
            }
            index = utf8.index(after: colon)
        }
        return nil
    }

    /// nil stands for anything.
    private static func part(_ text: Substring) -> String? {
        text == "*" ? nil : text.lowercased()
    }

    var isEverything: Bool { scheme == nil && domain == nil && port == nil }

    func matches(_ url: SourcePattern) -> Bool {
        if scheme != nil, url.scheme != scheme { return false }
        if port != nil, url.port != port { return false }
        guard let domain, url.domain != domain else { return true }
        guard let other = url.domain, domain.utf8.first == 0x2A else { return false }
        // `*.domain` also is the domain itself.
        return other.utf8.reversed().starts(with: domain.utf8.dropFirst().reversed())
            || other == String(domain.dropFirst(2))
    }
}
