import Foundation

/// The arguments that all benchmarks understand: `--name value`, and `--events DIR`.
public struct BenchmarkArguments {
    private let arguments: [String]

    /// Those of this process.
    public init() {
        arguments = CommandLine.arguments
    }

    /// Whether a flag is given.
    public func contains(_ flag: String) -> Bool {
        arguments.contains(flag)
    }

    /// The value behind a name.
    public func option(_ name: String) -> String? {
        arguments.firstIndex(of: name).flatMap { index in
            index + 1 < arguments.count ? arguments[index + 1] : nil
        }
    }

    /// Every `.json` file of the folder behind `--events` but its list of contents, or the
    /// generated set.
    public func payloads() -> [[UInt8]] {
        guard let folder = option("--events") else { return EventWorkload.standardSet() }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let events = names.filter { $0.hasSuffix(".json") && $0 != "manifest.json" }
        return events.sorted().compactMap { name in
            FileManager.default.contents(atPath: folder + "/" + name).map { Array($0) }
        }
    }
}
