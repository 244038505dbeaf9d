import Glibc
import Logging

/// Sets up logging to standard error for the process.
public enum LogBootstrap {
    /// Call once, before the first `Logger`. `level` and `format` are the values of the
    /// configuration; the directives (`RUST_LOG`) win over the level.
    public static func start(level: String, format: String, directives: String?) {
        change(level: level, format: format, directives: directives)
        LoggingSystem.bootstrap { label in
            StandardErrorLogHandler(label: label, threshold: LogThresholds.shared.box(label))
        }
    }

    /// From now on the levels and the form are these, also for loggers that exist already.
    public static func change(level: String, format: String, directives: String?) {
        var filter = LogFilter(level: LogFilter.level(named: level) ?? .info)
        if let directives, !directives.isEmpty {
            filter = LogFilter(directives: directives, default: filter.level)
        }
        LogThresholds.shared.set(filter, LogLineFormat(name: format))
    }
}

/// Writes each line with one `write`, so that lines of several processes do not mix.
struct StandardErrorLogHandler: LogHandler {
    private let label: String
    private let threshold: LogThreshold
    private let descriptor: Int32
    /// A level that the logger's owner has set; else that of the configuration counts.
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]

    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level ?? .critical }
        set { ownLevel = newValue }
    }

    init(label: String, threshold: LogThreshold, descriptor: Int32 = STDERR_FILENO) {
        self.label = label
        self.threshold = threshold
        self.descriptor = descriptor
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard ownLevel != nil || threshold.level != nil else { return }
        var values = metadata
        for (key, value) in event.metadata ?? [:] { values[key] = value }
        if let error = event.error { values["error"] = "\(error)" }
        let line = LogLine(
            wallMicroseconds: SystemClock.wallMicroseconds(), level: event.level, label: label,
            message: "\(event.message)",
            metadata: values.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") },
            file: event.file, line: event.line)
        let bytes = line.bytes(threshold.format)
        bytes.withUnsafeBytes { raw in
            var written = 0
            while written < raw.count {
                let count = write(
                    descriptor, raw.baseAddress?.advanced(by: written), raw.count - written)
                if count < 0, errno == EINTR { continue }
                // A full pipe or a closed terminal must not stop the service.
                guard count > 0 else { return }
                written += count
            }
        }
    }
}
