import Config
import Glibc
import Logging
import Model
import RelayProcessor
import Service
import Wire

/// The listening socket of this processor.
struct ProcessorSocket {
    let descriptor: Int32
    /// The path of a socket of our own; an inherited one stays when we leave.
    private let ownPath: String?

    /// The inherited socket `processor`, or `<runtime directory>/processor/<instance>.sock`.
    static func takeOrCreate(runtimeDirectory: String, instance: String) -> ProcessorSocket {
        do throws(SystemError) {
            var inherited = try InheritedSockets.adopt()
            if let descriptor = inherited.takeListener(named: "processor") {
                return ProcessorSocket(descriptor: descriptor, ownPath: nil)
            }
            let folder = "\(runtimeDirectory)/processor"
            for path in [runtimeDirectory, folder] { mkdir(path, 0o700) }
            let path = "\(folder)/\(instance).sock"
            let descriptor = try Listeners.unix(path: path, mode: 0o600)
            return ProcessorSocket(descriptor: descriptor, ownPath: path)
        } catch {
            Daemon.end("relay-processor: \(error)", status: EX_OSERR)
        }
    }

    /// Whether somebody else opened the socket, and set by its owner, group and mode who may connect.
    var isInherited: Bool { ownPath == nil }

    func remove() {
        if let ownPath { unlink(ownPath) }
    }
}

extension ProcessorSessionServer.Settings {
    /// Events that each ingest process may send before an answer: enough to fill a read, few enough
    /// that the last of them does not wait long.
    private static let credits: UInt32 = 32

    /// The settings that follow from the configuration.
    init(_ config: RelayConfig, instance: String?, isSocketInherited: Bool) {
        let payloadBytesMax = max(
            WireLimits.payloadBytesDefault,
            config.limits.maxAttachmentSize + WireLimits.eventOverheadBytesMax)
        self.init(
            link: LinkSettings(
                role: .processor, peerRoles: [.ingest, .tool], payloadBytesMax: payloadBytesMax,
                credits: Self.credits, instance: instance))
        if isSocketInherited { users = nil }
        drainTimeout = config.limits.shutdownTimeout
        watchdogInterval = ServiceManager.reportInterval
    }
}

/// Reads the configuration again upon SIGHUP.
struct ProcessorReload {
    let live: LiveConfig
    let arguments: DaemonArguments
    let isSocketInherited: Bool
    let processor: Processor
    let logger: Logger

    /// The settings that count from now on; nil leaves everything as it is.
    func perform() -> ProcessorSessionServer.Settings? {
        ServiceManager.reloading()
        defer { ServiceManager.ready() }
        let before = live.current.config.geoipDatabasePath
        let change: ConfigChange
        do {
            change = try live.readAgain()
        } catch {
            Reload.logRefused(error.problems.map(\.description), logger)
            return nil
        }
        let config = change.loaded.config
        LogBootstrap.change(
            level: config.logging.level.rawValue, format: config.logging.format.rawValue,
            directives: RelayConfig.processEnvironment()["RUST_LOG"])
        if config.geoipDatabasePath != before {
            processor.useGeography(path: config.geoipDatabasePath)
        }
        Reload.logDone(
            changed: change.applied, needRestart: change.needRestart,
            warnings: change.loaded.warnings.map(\.description), logger)
        return .init(
            config, instance: arguments.instance, isSocketInherited: isSocketInherited)
    }
}

extension ProcessorSessionServer.Surroundings {
    /// The real process: signals, clock, supervisor, log.
    static func process(
        logger: Logger, shutdownTimeout: @escaping () -> Duration,
        readSettingsAgain: @escaping () -> ProcessorSessionServer.Settings?
    ) -> Self {
        let signals: Int32
        do throws(SystemError) {
            signals = try Signals.descriptor(for: Signals.handled)
        } catch {
            Daemon.end("relay-processor: \(error)", status: EX_OSERR)
        }
        return Self(
            signalDescriptor: signals,
            nextSignal: { pollReadable(signals) ? Signals.next(from: signals) : nil },
            now: { MonotonicTime(nanoseconds: SystemClock.monotonicNanoseconds()) },
            signOfLife: { ServiceManager.signOfLife(status: $0) },
            readSettingsAgain: readSettingsAgain,
            notice: { notice in
                if case .draining = notice {
                    ServiceManager.extendTimeout(toLeaveIn: shutdownTimeout())
                }
                log(notice, logger)
            })
    }

    private static func pollReadable(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    private static func log(_ notice: ProcessorSessionServer.Notice, _ logger: Logger) {
        switch notice {
        case .linkOpened(let instance):
            logger.info("link opened", metadata: ["instance": "\(instance ?? "")"])
        case .linkClosed(.finished), .linkClosed(.peerClosed):
            logger.info("link closed")
        case .linkClosed(let reason):
            logger.warning("link closed", metadata: ["reason": "\(reason)"])
        case .connectionRefused(let user):
            logger.warning("connection refused", metadata: ["user": "\(user)"])
        case .draining:
            ServiceManager.stopping(status: "draining")
            logger.info("draining")
        case .drainTimeout(let links):
            logger.warning("peers did not let go in time", metadata: ["links": "\(links)"])
        case .configurationProblems(let problems): log(problems, logger)
        }
    }

    /// Problems of one revision that are named; the rest is counted.
    private static let problemsNamedMax = 20
    /// Characters of a reason: it may quote a pattern.
    private static let reasonCharactersMax = 500

    private static func log(_ problems: ConfigurationProblems, _ logger: Logger) {
        let project: Logger.MetadataValue = "\(problems.projectID?.description ?? "unknown")"
        if !problems.isUsable {
            logger.error(
                "project state cannot be read, its events are rejected",
                metadata: ["project": project])
        }
        for problem in problems.scrubbing.prefix(problemsNamedMax) {
            logger.warning(
                "scrubbing configuration: a part cannot be used",
                metadata: [
                    "project": project,
                    "place": "\(problem.place.prefix(reasonCharactersMax))",
                    "reason": "\(problem.reason.prefix(reasonCharactersMax))",
                ])
        }
        let rest = problems.scrubbing.count - problemsNamedMax
        if rest > 0 {
            logger.warning(
                "scrubbing configuration: more parts cannot be used",
                metadata: ["project": project, "count": "\(rest)"])
        }
    }
}
