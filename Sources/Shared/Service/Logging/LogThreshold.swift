import Logging
import Synchronization

/// What counts for the loggers of one label. It may change while they are in use; reading it costs
/// a load.
final class LogThreshold: Sendable {
    private static let levels = Logger.Level.allCases
    private static let off = UInt8.max

    private let levelIndex: Atomic<UInt8>
    private let formatIndex: Atomic<UInt8>

    init(level: Logger.Level?, format: LogLineFormat) {
        levelIndex = Atomic(Self.index(of: level))
        formatIndex = Atomic(format.rawValue)
    }

    /// Least severe level that is written; nil writes nothing.
    var level: Logger.Level? {
        let index = Int(levelIndex.load(ordering: .relaxed))
        return index < Self.levels.count ? Self.levels[index] : nil
    }

    /// The form of lines.
    var format: LogLineFormat {
        LogLineFormat(rawValue: formatIndex.load(ordering: .relaxed)) ?? .simplified
    }

    func set(level: Logger.Level?, format: LogLineFormat) {
        levelIndex.store(Self.index(of: level), ordering: .relaxed)
        formatIndex.store(format.rawValue, ordering: .relaxed)
    }

    private static func index(of level: Logger.Level?) -> UInt8 {
        level.flatMap { levels.firstIndex(of: $0) }.map { UInt8($0) } ?? off
    }
}

/// The thresholds of all labels, changed together.
final class LogThresholds: Sendable {
    static let shared = LogThresholds()

    private struct State {
        var filter = LogFilter(level: .info)
        var format = LogLineFormat.simplified
        /// Labels are constants of the program: there are few.
        var byLabel: [String: LogThreshold] = [:]
    }

    private let state = Mutex(State())

    /// The threshold of a label, the same object for all its loggers.
    func box(_ label: String) -> LogThreshold {
        state.withLock { state in
            if let known = state.byLabel[label] { return known }
            let made = LogThreshold(level: state.filter.level(label: label), format: state.format)
            state.byLabel[label] = made
            return made
        }
    }

    func set(_ filter: LogFilter, _ format: LogLineFormat) {
        state.withLock { state in
            state.filter = filter
            state.format = format
            for (label, threshold) in state.byLabel {
                threshold.set(level: filter.level(label: label), format: format)
            }
        }
    }
}
