import Logging

/// Which log lines are written: a level, and levels of single modules.
///
/// Written as in `RUST_LOG`: `info`, `debug,relay-ingest.http=trace`, `off`. The longest matching
/// module name decides; `::`, `.`, `-` and `_` are the same in names.
public struct LogFilter: Hashable, Sendable {
    /// Least severe level; nil writes nothing.
    public var level: Logger.Level?
    private var modules: [Module] = []

    private struct Module: Hashable, Sendable {
        var name: String
        var level: Logger.Level?
    }

    /// One level for everything; nil writes nothing.
    public init(level: Logger.Level?) {
        self.level = level
    }

    /// Reads directives separated by commas; what is not understood is left out.
    public init(directives: String, default level: Logger.Level?) {
        self.level = level
        for directive in directives.split(separator: ",").prefix(100) {
            let parts = directive.split(separator: "=", maxSplits: 1)
            let last = parts.last.map { $0.filter { $0 != " " } } ?? ""
            if parts.count == 1, let level = Self.level(named: last) {
                self.level = level
            } else if parts.count == 1 {
                modules.append(Module(name: Self.normalize(last), level: .trace))
            } else if let first = parts.first, let level = Self.level(named: last) {
                modules.append(Module(name: Self.normalize(first), level: level))
            }
        }
        modules.sort { $0.name.utf8.count > $1.name.utf8.count }
    }

    /// The level that holds for a logger's label; nil is none.
    public func level(label: String) -> Logger.Level? {
        guard !modules.isEmpty else { return level }
        let name = Self.normalize(label)
        for module in modules where name.hasPrefix(module.name) {
            let rest = name.dropFirst(module.name.count)
            if rest.isEmpty || rest.first == "." { return module.level }
        }
        return level
    }

    /// A level by its name in configuration and environment; `.some(nil)` is `off`.
    public static func level(named name: some StringProtocol) -> Logger.Level?? {
        switch name.lowercased() {
        case "off": .some(nil)
        case "error": .some(.error)
        case "warn", "warning": .some(.warning)
        case "info": .some(.info)
        case "debug": .some(.debug)
        case "trace": .some(.trace)
        default: nil
        }
    }

    private static func normalize(_ name: some StringProtocol) -> String {
        var result = ""
        var isSeparated = false
        for character in name.lowercased() where character != " " {
            if character == ":" || character == "." {
                isSeparated = true
                continue
            }
            if isSeparated { result.append(".") }
            isSeparated = false
            result.append(character == "-" ? "_" : character)
        }
        return result
    }
}
