import JSON

/// The inbound filters of a project, compiled from `config.filterSettings` of its state. Immutable:
/// made once for each revision of the configuration.
public final class InboundFilters: Sendable {
    /// What is wrong with the settings: a phrase for each part that was ignored, without any text
    /// of the settings.
    public let problems: [String]

    let generic: GenericFilters
    let policySources: PolicySourceFilter
    let clientAddresses: ClientAddressFilter
    let releases: ReleaseFilter
    let errorMessages: ErrorMessageFilter
    let localhost: LocalhostFilter
    let browserExtensions: BrowserExtensionFilter
    let legacyBrowsers: LegacyBrowserFilter
    let webCrawlers: WebCrawlerFilter
    let ignoredTransactions: IgnoredTransactionFilter

    /// Whether no filter can drop anything.
    public var isEmpty: Bool {
        !generic.isActive && !clientAddresses.isActive && !policySources.isActive
            && !releases.isActive && !errorMessages.isActive && !localhost.isActive
            && !browserExtensions.isActive && !legacyBrowsers.isActive && !webCrawlers.isActive
            && !ignoredTransactions.isActive
    }

    /// Whether a `User-Agent` has to be understood.
    public var needsUserAgentRules: Bool { legacyBrowsers.isActive || generic.isActive }

    /// Reads the filters of a project state. A part that cannot be understood is ignored and told in
    /// `problems`; the others work.
    public convenience init(projectState: [UInt8]) {
        let document = JSONDocument()
        let root = (try? document.parse(projectState)) ?? .none
        let settings = document.find("filterSettings", in: document.find("config", in: root))
        self.init(settings, of: document)
    }

    /// Reads the text of a `filterSettings` object.
    public convenience init(settings: [UInt8]) {
        let document = JSONDocument()
        self.init((try? document.parse(settings)) ?? .none, of: document)
    }

    init(_ settings: JSONNode, of document: JSONDocument) {
        var reader = FilterSettingsReader(settings, document)
        generic = reader.generic()
        policySources = PolicySourceFilter(reader.list("csp", "disallowedSources"))
        clientAddresses = ClientAddressFilter(reader.list("clientIps", "blacklistedIps"))
        releases = ReleaseFilter(globs: reader.globs("releases", "releases"))
        errorMessages = ErrorMessageFilter(globs: reader.globs("errorMessages", "patterns"))
        localhost = LocalhostFilter(isActive: reader.isEnabled("localhost"))
        browserExtensions = BrowserExtensionFilter(
            isActive: reader.isEnabled("browserExtensions"))
        legacyBrowsers = LegacyBrowserFilter(
            isEnabled: reader.isEnabled("legacyBrowsers"),
            options: reader.options("legacyBrowsers"))
        webCrawlers = WebCrawlerFilter(isActive: reader.isEnabled("webCrawlers"))
        let isIgnoring = reader.isEnabled("ignoreTransactions", byDefault: false)
        let names = reader.globs("ignoreTransactions", "patterns")
        ignoredTransactions = IgnoredTransactionFilter(globs: isIgnoring ? names : GlobList.none)
        problems = reader.problems
    }
}

extension GlobList {
    /// A list that matches nothing.
    static var none: GlobList { GlobList([]) { _ in } }
}

/// Reads `filterSettings` part by part.
private struct FilterSettingsReader {
    private let settings: JSONNode
    private let document: JSONDocument
    private(set) var problems: [String] = []
    /// Problems of one project that are told at most.
    private static let problemsMax = 32

    init(_ settings: JSONNode, _ document: JSONDocument) {
        self.settings = settings
        self.document = document
        let kind = document.kind(of: settings)
        if kind != .object, kind != .missing, kind != .null {
            report("filterSettings is not an object")
        }
    }

    private mutating func report(_ problem: String) {
        if problems.count < Self.problemsMax { problems.append(problem) }
    }

    private func part(_ name: String) -> JSONNode {
        document.find(key: name, in: settings)
    }

    /// `isEnabled` of a part; missing parts are off.
    mutating func isEnabled(_ name: String, byDefault: Bool? = nil) -> Bool {
        let part = part(name)
        guard part.exists else { return false }
        guard document.kind(of: part) == .object else {
            report("\(name) is not an object")
            return false
        }
        let flag = document.find("isEnabled", in: part)
        if !flag.exists, let byDefault { return byDefault }
        guard let value = document.bool(of: flag) else {
            report("\(name).isEnabled is not true or false")
            return false
        }
        return value
    }

    /// A list of texts of a part. Other values in it are ignored.
    mutating func list(_ name: String, _ member: String) -> [String] {
        let part = part(name)
        guard part.exists else { return [] }
        let list = document.find(key: member, in: part)
        guard document.kind(of: list) == .array else {
            report("\(name).\(member) is not a list")
            return []
        }
        return texts(list, name + "." + member)
    }

    private mutating func texts(_ list: JSONNode, _ path: String) -> [String] {
        var result: [String] = []
        var ignored = 0
        for child in document.children(of: list) {
            if let text = document.string(of: child) {
                result.append(text)
            } else {
                ignored += 1
            }
        }
        if ignored > 0 { report("\(path) has \(ignored) entries that are not texts") }
        return result
    }

    mutating func globs(_ name: String, _ member: String) -> GlobList {
        var found: [String] = []
        let globs = GlobList(list(name, member)) { found.append("\(name).\(member): \($0)") }
        for problem in found { report(problem) }
        return globs
    }

    /// `options` of the legacy browsers, which may be missing.
    mutating func options(_ name: String) -> [String] {
        let list = document.find("options", in: part(name))
        guard list.exists else { return [] }
        guard document.kind(of: list) == .array else {
            report("\(name).options is not a list")
            return []
        }
        return texts(list, "\(name).options")
    }

    // MARK: Generic filters

    mutating func generic() -> GenericFilters {
        let part = part("generic")
        guard part.exists else { return GenericFilters() }
        guard let version = document.uint64(of: document.find("version", in: part)) else {
            report("generic.version is not a number")
            return GenericFilters()
        }
        guard version <= UInt64(GenericFilters.versionMax) else {
            report("generic.version is later than \(GenericFilters.versionMax)")
            return GenericFilters()
        }
        let list = document.find("filters", in: part)
        var result = GenericFilters()
        var seen: Set<String> = []
        switch document.kind(of: list) {
        case .array:
            for child in document.children(of: list) {
                guard let id = document.string(of: document.find("id", in: child)) else {
                    report("a generic filter has no id")
                    continue
                }
                add(child, id, to: &result, &seen)
            }
        case .object:
            for child in document.children(of: list) {
                add(child, document.key(of: child), to: &result, &seen)
            }
        default: report("generic.filters is not a list")
        }
        return result
    }

    private mutating func add(
        _ node: JSONNode, _ id: String, to result: inout GenericFilters, _ seen: inout Set<String>
    ) {
        guard seen.count < GenericFilters.countMax else {
            return report("more than \(GenericFilters.countMax) generic filters")
        }
        // Of filters with the same id the last one counts, in the place of the first.
        let isRepeated = !seen.insert(id).inserted
        guard let isEnabled = document.bool(of: document.find("isEnabled", in: node)) else {
            return report("isEnabled of a generic filter is not true or false")
        }
        if isRepeated { result.filters.removeAll { $0.id == id } }
        let condition = document.find("condition", in: node)
        guard isEnabled, document.kind(of: condition) != .missing,
            document.kind(of: condition) != .null
        else { return }
        var found: [String] = []
        var reader = ConditionReader(document) { found.append($0) }
        do throws(SettingsError) {
            result.filters.append(.init(id: id, condition: try reader.read(condition)))
        } catch {
            found.append("\(error.reason), it is ignored")
        }
        for problem in found { report("generic filter \(seen.count): \(problem)") }
    }
}
