// Knows every project's state: keeps it, fetches it in batches from upstream, reads local files, and
// keeps this relay registered. Peers: relay-ingest (connects to us), upstream. Touches the disk under
// `projects/` of the configuration (reads) and in the state directory (last good states).

import Config
import Logging
import Service

let arguments = Daemon.begin(name: "relay-projects")
let loaded = RelayConfig.loadOrExit(directory: arguments.configDirectory)

LogBootstrap.start(
    level: loaded.config.logging.level.rawValue, format: loaded.config.logging.format.rawValue,
    directives: RelayConfig.processEnvironment()["RUST_LOG"])
let logger = Logger(label: "relay-projects")
for warning in loaded.warnings {
    logger.warning("configuration", metadata: ["problem": "\(warning)"])
}

let listener = ProjectsService.listener(
    runtimeDirectory: arguments.runtimeDirectory ?? "\(loaded.stateDirectory)/run")

let service = ProjectsService.start(
    LiveConfig(loaded, fixed: .projects), listener: listener, logger: logger)

service.handleSignals()
service.tellServiceManager()
service.reportMetrics(instance: arguments.instance)
service.waitForEnd()
