// swift-tools-version: 6.2
import PackageDescription

/// `RELAY_LEAN=1 swift build|test` leaves out everything that needs an event loop (and with it the
/// long compile of SwiftNIO and TLS): the JSON core, model, frames, configuration, processor and
/// command line remain.
let lean = Context.environment["RELAY_LEAN"] == "1"

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func library(
    _ name: String, path: String, exclude: [String] = [], _ dependencies: [Target.Dependency] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: path, exclude: exclude,
        swiftSettings: settings)
}

func executable(_ name: String, path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

func tests(
    _ name: String, exclude: [String] = [], _ dependencies: [Target.Dependency]
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude,
        swiftSettings: settings)
}

func system(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/Shared/\(name)", pkgConfig: pkgConfig,
        providers: [.apt([apt])])
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let deques: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")

var targets: [Target] = [
    system("CSystemd", pkgConfig: "libsystemd", apt: "libsystemd-dev"),
    system("CYaml", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    system("CDeflate", pkgConfig: "libdeflate", apt: "libdeflate-dev"),
    system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    system("CBrotli", pkgConfig: "libbrotlidec", apt: "libbrotli-dev"),
    system("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    system("CMaxMindDB", pkgConfig: "libmaxminddb", apt: "libmaxminddb-dev"),

    .target(
        name: "CUserAgentRules", path: "Sources/Shared/CUserAgentRules",
        linkerSettings: [.linkedLibrary("re2"), .linkedLibrary("stdc++")]),
    .target(
        name: "CRe2", path: "Sources/Shared/CRe2",
        linkerSettings: [.linkedLibrary("re2"), .linkedLibrary("stdc++")]),

    .target(name: "CByteScan", path: "Sources/Shared/CByteScan"),
    library("JSON", path: "Sources/Shared/JSON"),
    library("Model", path: "Sources/Shared/Model", ["JSON"]),
    library("UserAgents", path: "Sources/Shared/UserAgents", ["CUserAgentRules"]),
    library("Wire", path: "Sources/Shared/Wire", ["Model"]),
    library("Config", path: "Sources/Shared/Config", ["JSON", "Metrics", "Model", "CYaml"]),
    library(
        "Compression", path: "Sources/Shared/Compression",
        ["CDeflate", "CZlib", "CBrotli", "CZstd"]),
    library(
        "Signing", path: "Sources/Shared/Signing",
        ["JSON", "Model", .product(name: "Crypto", package: "swift-crypto")]),
    library("Metrics", path: "Sources/Shared/Metrics"),
    library("Service", path: "Sources/Shared/Service", ["CSystemd", "Metrics", logging]),

    library(
        "InboundFilters", path: "Sources/relay-ingest/Filters",
        ["JSON", "Model", "UserAgents", "CByteScan"]),
    library(
        "RelayProcessor", path: "Sources/relay-processor", exclude: ["Main"],
        ["JSON", "Model", "UserAgents", "Wire", "CMaxMindDB", "CRe2"]),
    executable(
        "relay-processor", path: "Sources/relay-processor/Main",
        ["RelayProcessor", "Model", "UserAgents", "Wire", "Config", "Service", logging]),
    library(
        "RelayCommands", path: "Sources/relay", exclude: ["Main"],
        [
            "InboundFilters", "JSON", "Model", "RelayProcessor", "UserAgents", "Config", "Signing",
            "Service", "CSystemd", logging,
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
    executable("relay", path: "Sources/relay/Main", ["RelayCommands"]),

    tests("JSONTests", ["JSON"]),
    tests("ModelTests", ["Model"]),
    tests("WireTests", ["Wire", "Model"]),
    tests("ConfigTests", ["Config"]),
    tests("CompressionTests", ["Compression"]),
    tests("SigningTests", ["Signing"]),
    tests("MetricsTests", ["Metrics"]),
    tests("ServiceTests", ["Service", "CSystemd", "Metrics", logging]),
    tests("CommandsTests", ["RelayCommands", "Config", "Model"]),
    tests("FilterTests", ["InboundFilters", "JSON", "UserAgents"]),
    tests("ProcessorTests", ["RelayProcessor", "JSON", "Model", "UserAgents", "Wire"]),
]

var dependencies: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
]

if !lean {
    dependencies += [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ]
    targets += [
        system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        library(
            "Upstream", path: "Sources/Shared/Upstream",
            [
                "JSON", "Model", "Config", "Compression", "Signing", logging,
                nioCore, nioPosix, nioHTTP1, nioTLS, nioSSL, deques,
            ]),
        library(
            "Links", path: "Sources/Shared/Links",
            ["Model", "Wire", logging, nioCore, nioPosix]),
        library(
            "RelayProjects", path: "Sources/relay-projects", exclude: ["Main"],
            [
                "JSON", "Metrics", "Model", "Wire", "Links", "Config", "Signing", "Upstream",
                "CSQLite", logging, nioCore, nioPosix,
            ]),
        executable(
            "relay-projects", path: "Sources/relay-projects/Main",
            [
                "RelayProjects", "Config", "Links", "Metrics", "Model", "Service", "Upstream",
                logging, nioCore, nioPosix,
            ]),
        library(
            "RelayIngest", path: "Sources/relay-ingest", exclude: ["Main", "Filters"],
            [
                "InboundFilters", "JSON", "Model", "UserAgents", "Wire", "Links", "Config",
                "Compression", "Metrics", "Signing", "Upstream", "CSQLite", logging, nioCore,
                nioPosix, nioHTTP1, deques,
            ]),
        executable(
            "relay-ingest", path: "Sources/relay-ingest/Main",
            [
                "RelayIngest", "Config", "Metrics", "Model", "Service", logging, nioCore, nioPosix,
            ]),
        library("LinkTestSupport", path: "Tests/LinkTestSupport", ["Links", nioCore, nioEmbedded]),
        tests(
            "LinksTests",
            ["Links", "Model", "Wire", logging, nioCore, nioPosix, nioEmbedded]),
        tests(
            "UpstreamTests",
            [
                "Upstream", "Compression", logging, nioCore, nioPosix, nioHTTP1, nioSSL,
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ]),
        tests(
            "ProjectsTests",
            [
                "RelayProjects", "Config", "JSON", "Links", "Metrics", "Model", "Signing",
                "Upstream", "Wire",
                logging, nioCore, nioPosix, nioHTTP1,
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ]),
        tests(
            "IngestTests",
            [
                "RelayIngest", "JSON", "Metrics", "Model", "Wire", "Config", "Compression",
                "Signing", "Upstream", "LinkTestSupport", logging, nioCore, nioPosix, nioHTTP1,
                nioEmbedded,
            ]),
        tests(
            "SimulationTests",
            [
                "RelayIngest", "RelayProjects", "RelayProcessor", "Config", "Links", "Metrics",
                "Model",
                "Signing", "Upstream", "Wire", "LinkTestSupport", logging, nioCore, nioEmbedded,
                nioHTTP1,
            ]),
    ]
}

let package = Package(
    name: "relay",
    products: [
        .executable(name: "relay", targets: ["relay"]),
        .executable(name: "relay-processor", targets: ["relay-processor"]),
        // For the packages in Benchmarks and Tests/Fuzz.
        .library(name: "JSON", targets: ["JSON"]),
        .library(name: "Model", targets: ["Model"]),
        .library(name: "Wire", targets: ["Wire"]),
        .library(name: "Compression", targets: ["Compression"]),
        .library(name: "Config", targets: ["Config"]),
        .library(name: "InboundFilters", targets: ["InboundFilters"]),
        .library(name: "RelayProcessor", targets: ["RelayProcessor"]),
        .library(name: "UserAgents", targets: ["UserAgents"]),
    ]
        + (lean
            ? []
            : [
                .executable(name: "relay-ingest", targets: ["relay-ingest"]),
                .executable(name: "relay-projects", targets: ["relay-projects"]),
                .library(name: "RelayIngest", targets: ["RelayIngest"]),
                .library(name: "Metrics", targets: ["Metrics"]),
                .library(name: "Upstream", targets: ["Upstream"]),
            ]),
    dependencies: dependencies,
    targets: targets
)
