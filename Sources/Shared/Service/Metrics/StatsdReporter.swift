import Glibc
import Logging
import Metrics

/// Sends a process's metrics to a statsd server, on a thread of its own: names are resolved there,
/// and nothing that serves ever waits for it. UDP: a server that is not there costs nothing.
public final class StatsdReporter: Sendable {
    private let instance: String?
    private let settings: @Sendable () -> StatsdSettings?
    private let snapshot: @Sendable () -> MetricsSnapshot
    private let logger: Logger

    /// An address is looked up again after so long, and when sending fails.
    private static let addressLifetimeNanoseconds: Int64 = 60_000_000_000
    /// While nothing is to be sent, the settings are looked at so often.
    private static let idleInterval = Duration.seconds(5)

    private init(
        instance: String?, settings: @escaping @Sendable () -> StatsdSettings?,
        snapshot: @escaping @Sendable () -> MetricsSnapshot, logger: Logger
    ) {
        self.instance = instance
        self.settings = settings
        self.snapshot = snapshot
        self.logger = logger
    }

    /// Starts the thread; it ends with the process.
    /// - Parameters:
    ///   - instance: name of this process among its kind; becomes the tag `instance`.
    ///   - settings: asked before each report; nil sends nothing.
    ///   - snapshot: called on the thread; may wait for the thread that counts.
    public static func start(
        instance: String?, logger: Logger, settings: @escaping @Sendable () -> StatsdSettings?,
        snapshot: @escaping @Sendable () -> MetricsSnapshot
    ) {
        let reporter = StatsdReporter(
            instance: instance, settings: settings, snapshot: snapshot, logger: logger)
        do {
            try BackgroundThread.start(purpose: "metrics") { reporter.run() }
        } catch {
            logger.error("metrics are not sent", metadata: ["error": "\(error)"])
        }
    }

    private func run() {
        var current: StatsdSettings?
        var encoder = StatsdEncoder(prefix: "", tags: [])
        var socket = StatsdSocket()
        var wasReachable = true
        while true {
            let wanted = settings()
            if wanted != current {
                current = wanted
                socket.close()
                if let wanted { encoder = StatsdEncoder(prefix: wanted.prefix, tags: tags(wanted)) }
            }
            Self.sleep(wanted?.interval ?? Self.idleInterval)
            guard let wanted, settings() == wanted else { continue }
            let isReachable = socket.open(
                wanted.host, wanted.port, lifetimeNanoseconds: Self.addressLifetimeNanoseconds)
            if isReachable != wasReachable {
                wasReachable = isReachable
                logReachability(isReachable, wanted)
            }
            // Made also without an address: what is added up must not come twice later.
            let datagrams = encoder.datagrams(snapshot())
            if isReachable { for datagram in datagrams { socket.send(datagram) } }
        }
    }

    private func logReachability(_ isReachable: Bool, _ settings: StatsdSettings) {
        if isReachable {
            logger.info("metrics are sent", metadata: ["host": "\(settings.host)"])
        } else {
            logger.warning(
                "metrics are not sent: the server's name cannot be resolved",
                metadata: ["host": "\(settings.host)"])
        }
    }

    private func tags(_ settings: StatsdSettings) -> [MetricTag] {
        var tags = settings.tags
        if let name = settings.hostnameTag {
            var host = [CChar](repeating: 0, count: 256)
            if gethostname(&host, host.count - 1) == 0 {
                let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
                tags.append(MetricTag(name, String(decoding: bytes, as: UTF8.self)))
            }
        }
        if let instance { tags.append(MetricTag("instance", instance)) }
        return tags
    }

    private static func sleep(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        var rest = timespec(
            tv_sec: Int(clamping: max(0, seconds)),
            tv_nsec: Int(clamping: max(0, attoseconds / 1_000_000_000)))
        var left = timespec()
        while nanosleep(&rest, &left) != 0, errno == EINTR { rest = left }
    }
}
