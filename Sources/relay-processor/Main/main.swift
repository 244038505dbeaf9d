// relay-processor: normalises, symbolicates and scrubs events. One thread, one Unix socket, no
// network. Peers: relay-ingest (it connects to us; events and configurations come from it).

import Config
import Glibc
import Logging
import RelayProcessor
import Service
import UserAgents

let arguments = Daemon.begin(name: "relay-processor")
let loaded = RelayConfig.loadOrExit(
    directory: arguments.configDirectory, credentials: .unused)

LogBootstrap.start(
    level: loaded.config.logging.level.rawValue, format: loaded.config.logging.format.rawValue,
    directives: RelayConfig.processEnvironment()["RUST_LOG"])
let logger = Logger(label: "relay-processor")

let socket = ProcessorSocket.takeOrCreate(
    runtimeDirectory: arguments.runtimeDirectory ?? "\(loaded.stateDirectory)/run",
    instance: arguments.instance ?? "1")

let userAgentRulesPath = UserAgentRules.standardPath
if access(userAgentRulesPath, R_OK) != 0 {
    logger.warning(
        "no user agent rules: events get no browser, device and system from user agents",
        metadata: ["file": "\(userAgentRulesPath)", "package": "uap-core"])
}

let processor = Processor(
    userAgentRulesPath: userAgentRulesPath, geoDatabasePath: loaded.config.geoipDatabasePath,
    geographyChanged: { change in
        switch change {
        case .opened: logger.info("database of places opened")
        case .failed(let reason):
            logger.warning(
                "database of places cannot be used", metadata: ["reason": "\(reason)"])
        }
    })

let live = LiveConfig(loaded, credentials: .unused, fixed: .processor)
let reload = ProcessorReload(
    live: live, arguments: arguments, isSocketInherited: socket.isInherited, processor: processor,
    logger: logger)

let server = ProcessorSessionServer(
    listener: socket.descriptor, processor: processor,
    settings: .init(
        loaded.config, instance: arguments.instance, isSocketInherited: socket.isInherited),
    surroundings: .process(
        logger: logger, shutdownTimeout: { live.current.config.limits.shutdownTimeout },
        readSettingsAgain: { reload.perform() }))

ServiceManager.ready(status: server.status)
server.run()
ServiceManager.stopping()
socket.remove()
exit(EXIT_SUCCESS)
