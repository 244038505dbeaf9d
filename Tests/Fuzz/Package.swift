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

/// Everything that needs no event loop; without `RELAY_LEAN=1` also the front door.
var targets: [Target] = [
    .target(name: "CLibFuzzer"),
    .target(name: "FuzzSupport", dependencies: ["CLibFuzzer"], swiftSettings: settings),
    fuzzer("JSON", ["JSON"]),
    fuzzer("JSONEdit", ["JSON"]),
    fuzzer("Model", ["JSON", "Model"]),
    fuzzer("Envelope", ["Model"]),
    fuzzer("Frames", ["Model", "Wire"]),
    fuzzer("Compression", ["Compression"]),
    fuzzer("Config", ["Config"]),
    fuzzer("Event", ["JSON", "RelayProcessor"]),
    fuzzer("PiiConfig", ["JSON", "RelayProcessor"]),
    fuzzer("Selector", ["RelayProcessor"]),
    fuzzer("Pattern", ["JSON", "RelayProcessor"]),
    fuzzer("Minidump", ["JSON", "RelayProcessor"]),
    fuzzer("Filter", ["InboundFilters"]),
]
var dependencies: [Package.Dependency] = [.package(name: "relay", path: "../..")]

if Context.environment["RELAY_LEAN"] != "1" {
    dependencies += [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ]
    let frontDoor = fuzzer(
        "HTTP", ["RelayIngest", "Config", "Metrics", "Model", "Upstream", "Wire"])
    frontDoor.dependencies += ["NIOCore", "NIOEmbedded", "NIOHTTP1"].map {
        .product(name: $0, package: "swift-nio")
    }
    frontDoor.dependencies.append(.product(name: "Logging", package: "swift-log"))
    targets.append(frontDoor)
}

let package = Package(name: "relay-fuzz", dependencies: dependencies, targets: targets)
