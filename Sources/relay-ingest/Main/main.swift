// The front door: accepts events over HTTP, asks relay-projects what may happen to them, lets a
// relay-processor work on them, and sends them upstream. Peers: relay-projects and relay-processor
// (we connect to both), upstream.

import Config
import Logging
import RelayIngest
import Service

let arguments = Daemon.begin(name: "relay-ingest")
let loaded = RelayConfig.loadOrExit(
    directory: arguments.configDirectory, credentials: .ifReadable)

LogBootstrap.start(
    level: loaded.config.logging.level.rawValue, format: loaded.config.logging.format.rawValue,
    directives: RelayConfig.processEnvironment()["RUST_LOG"])
let logger = Logger(label: "relay-ingest")
for warning in loaded.warnings {
    logger.warning("configuration", metadata: ["problem": "\(warning)"])
}

let listener = IngestService.listener(loaded.config)

let service = IngestService.start(
    LiveConfig(loaded, credentials: .ifReadable, fixed: .ingest), listener: listener,
    runtimeDirectory: arguments.runtimeDirectory ?? "\(loaded.stateDirectory)/run",
    openFilesMax: ProcessProtection.raiseOpenFilesLimit(), logger: logger)

service.handleSignals()
service.tellServiceManager()
service.reportMetrics(instance: arguments.instance)
service.waitForEnd()
