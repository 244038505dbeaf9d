// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Benchmarks are a package of their own: they may use Foundation and C libraries that the product
/// never links. `RELAY_LEAN=1 swift run -c release --package-path Benchmarks JSONBenchmark`.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// yyjson is compared with when it is there: as a system library, or below `YYJSON_PREFIX`
/// (`include/yyjson.h` and `lib/libyyjson.a` or `.so`).
let yyjsonPrefix = ProcessInfo.processInfo.environment["YYJSON_PREFIX"]
let hasYyjson = FileManager.default.fileExists(
    atPath: (yyjsonPrefix ?? "/usr") + "/include/yyjson.h")

var jsonDependencies: [Target.Dependency] = ["Workload", .product(name: "JSON", package: "relay")]
var jsonSettings = settings
var jsonLinking: [LinkerSetting] = []
var targets: [Target] = [
    .target(
        name: "Workload", dependencies: [.product(name: "JSON", package: "relay")],
        swiftSettings: settings)
]

if hasYyjson {
    targets.append(.systemLibrary(name: "CYyjson", providers: [.apt(["libyyjson-dev"])]))
    jsonDependencies.append("CYyjson")
    jsonSettings.append(.define("HAS_YYJSON"))
    if let yyjsonPrefix {
        jsonSettings.append(.unsafeFlags(["-Xcc", "-I\(yyjsonPrefix)/include"]))
        jsonLinking.append(.unsafeFlags(["-L\(yyjsonPrefix)/lib"]))
    }
}

targets.append(
    .executableTarget(
        name: "JSONBenchmark", dependencies: jsonDependencies, swiftSettings: jsonSettings,
        linkerSettings: jsonLinking))

targets.append(
    .executableTarget(
        name: "FilterBenchmark",
        dependencies: [
            "Workload", .product(name: "JSON", package: "relay"),
            .product(name: "InboundFilters", package: "relay"),
            .product(name: "UserAgents", package: "relay"),
        ],
        swiftSettings: settings))

targets.append(
    .executableTarget(
        name: "ProcessorBenchmark",
        dependencies: [
            .product(name: "JSON", package: "relay"),
            .product(name: "RelayProcessor", package: "relay"),
            .product(name: "UserAgents", package: "relay"),
        ],
        swiftSettings: settings))

let package = Package(
    name: "relay-benchmarks",
    dependencies: [.package(name: "relay", path: "..")],
    targets: targets
)
