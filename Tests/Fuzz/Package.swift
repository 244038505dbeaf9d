// swift-tools-version: 6.2
import PackageDescription

/// Fuzz targets, one executable per decoder; `run.sh` builds them with libFuzzer and ASan and runs
/// them. Every target is one file that hands a function to `fuzz`.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func fuzzer(_ name: String, _ modules: [String]) -> Target {
    .executableTarget(
        name: "Fuzz\(name)",
        dependencies: ["FuzzSupport"]
            + modules.map { .product(name: $0, package: "relay") },
        swiftSettings: settings)
}

let package = Package(
    name: "relay-fuzz",
    dependencies: [.package(name: "relay", path: "../..")],
    targets: [
        .target(name: "CLibFuzzer"),
        .target(name: "FuzzSupport", dependencies: ["CLibFuzzer"], swiftSettings: settings),
        fuzzer("JSON", ["JSON"]),
        fuzzer("JSONEdit", ["JSON"]),
        fuzzer("Frames", ["Model", "Wire"]),
        fuzzer("Envelope", ["Model"]),
    ]
)
