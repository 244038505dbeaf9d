import ArgumentParser
import CSystemd
import Config
import Glibc
import Logging
import Model
import Service

/// `relay run`
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs all processes of a relay on this machine.",
        discussion: """
            SIGTERM drains: the front door answers what has begun and delivers what it accepted,
            within limits.shutdown_timeout. SIGINT (Ctrl-C) drops what is in flight. SIGHUP reads the
            configuration again; what is wrong with it is logged, and the previous one stays.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(
        name: [.short, .long], help: "Where states come from: managed, static, proxy, capture.",
        completion: .list(["managed", "static", "proxy", "capture"]))
    var mode: String?
    @Option(name: [.short, .long], help: "The secret key.")
    var secretKey: String?
    @Option(name: [.short, .long], help: "The public key.")
    var publicKey: String?
    @Option(name: [.short, .long], help: "The relay id.")
    var id: String?
    @Option(name: [.short, .long], help: "URL of the upstream.")
    var upstream: String?
    @Option(name: [.customShort("H"), .long], help: "Address to listen on.")
    var host: String?
    @Option(name: [.customShort("P"), .long], help: "Port to listen on.")
    var port: String?
    @Flag(name: .long, inversion: .prefixedNo, help: "Full normalisation of events.")
    var processing: Bool?
    @Option(name: .customLong("kafka-broker-url"), help: "Kafka broker of processing relays.")
    var kafkaBrokerURL: String?
    @Option(name: .customLong("redis-url"), help: "Redis of processing relays.")
    var redisURL: String?
    @Option(name: .customLong("source-id"), help: "Name of this relay in outcomes.")
    var sourceID: String?
    @Option(help: "Number of processors; default: limits.max_thread_count, else one per core.")
    var processors: String?
    @Option(help: "Seconds for what is in flight after SIGTERM.")
    var shutdownTimeout: String?

    private var overrides: ConfigOverrides {
        var overrides = ConfigOverrides()
        overrides.mode = mode
        overrides.secretKey = secretKey
        overrides.publicKey = publicKey
        overrides.id = id
        overrides.upstream = upstream
        overrides.host = host
        overrides.port = port
        overrides.isProcessingEnabled = processing.map { "\($0)" }
        overrides.kafkaBrokerURL = kafkaBrokerURL
        overrides.redisURL = redisURL
        overrides.outcomeSource = sourceID
        overrides.processors = processors
        overrides.shutdownTimeoutSeconds = shutdownTimeout
        return overrides
    }

    func run() throws {
        let environment = RelayConfig.processEnvironment()
        let loaded = try RelayConfig.load(
            directory: global.directory, environment: environment, overrides: overrides)
        let config = loaded.config
        if config.relay.mode == .managed { try CredentialsCheck.require(loaded.credentials) }

        // Before anything else: threads inherit the mask, children start from this thread.
        Signals.block(Signals.handled + [SIGCHLD])
        Signals.ignoreBrokenPipe()
        ProcessProtection.forbidDumps()
        ProcessProtection.raiseOpenFilesLimit()
        LogBootstrap.start(
            level: config.logging.level.rawValue, format: config.logging.format.rawValue,
            directives: environment["RUST_LOG"])
        let logger = Logger(label: "relay")
        for warning in loaded.warnings {
            logger.warning("configuration", metadata: ["warning": "\(warning)"])
        }
        let childEnvironment = environment.merging(overrides.environment) { $1 }
        throw ExitCode(try launch(loaded, environment: childEnvironment, logger: logger))
    }

    private func launch(
        _ loaded: LoadedConfig, environment: [String: String], logger: Logger
    ) throws -> Int32 {
        let config = loaded.config
        let folders = LaunchPlan.programFolders(launcher: try Self.executablePath())
        let count =
            config.limits.maxThreadCount ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let runtime = try RuntimeFolder(environment: environment)
        defer { runtime.remove() }
        do {
            var inherited = try InheritedSockets.adopt()
            let sockets = try LauncherSockets(
                config: config, processors: count, runtime: runtime, inherited: &inherited)
            let timeout = config.limits.shutdownTimeout
            let plan = try LaunchPlan(
                folders: folders, configDirectory: loaded.directory, runtime: runtime,
                listeners: sockets, shutdownTimeout: timeout, environment: environment)
            let address = Listeners.localAddress(of: sockets.http)
            let host = address.map { $0.host.contains(":") ? "[\($0.host)]" : $0.host } ?? "?"
            var metadata: Logger.Metadata = [
                "address": "http://\(host):\(address?.port ?? 0)",
                "mode": "\(config.relay.mode.rawValue)", "processors": "\(count)",
                "sockets": "\(runtime.path)",
            ]
            if config.relay.mode != .capture {
                metadata["upstream"] = "\(config.relay.upstream)"
            }
            logger.info("listening", metadata: metadata)
            let live = LiveConfig(loaded, overrides: overrides, fixed: .launcher)
            let launcher = try Launcher(
                plan: plan, runtime: runtime, shutdownTimeout: timeout, logger: logger,
                isNewConfigurationGood: { Self.readAgain(live, logger) })
            return launcher.run()
        } catch let error as SystemError {
            throw CommandError("\(error)")
        }
    }

    /// False when the configuration cannot be used.
    private static func readAgain(_ live: LiveConfig, _ logger: Logger) -> Bool {
        let before = live.current
        do {
            let change = try live.readAgain()
            if change.loaded.config.relay.mode == .managed {
                try CredentialsCheck.require(change.loaded.credentials)
            }
            let logging = change.loaded.config.logging
            LogBootstrap.change(
                level: logging.level.rawValue, format: logging.format.rawValue,
                directives: RelayConfig.processEnvironment()["RUST_LOG"])
            Reload.logDone(
                changed: change.applied, needRestart: change.needRestart,
                warnings: change.loaded.warnings.map(\.description), logger)
            return true
        } catch let error as ConfigError {
            Reload.logRefused(error.problems.map(\.description), logger)
        } catch {
            live.revert(to: before)
            Reload.logRefused([(error as? CommandError)?.message ?? "\(error)"], logger)
        }
        return false
    }

    private static func executablePath() throws -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { throw CommandError("cannot find the own executable") }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
