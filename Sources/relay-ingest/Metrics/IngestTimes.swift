import Metrics
import Model

/// How long the parts of an event's way take.
struct IngestTimes {
    /// From arrival until the items go to processors.
    var waiting = DurationHistogram()
    /// From then until a processor's answer.
    var processing = DurationHistogram()
    /// From arrival until upstream has it.
    var total = DurationHistogram()
    /// CPU time of processors.
    var processorMicroseconds: UInt64 = 0
}

extension DurationHistogram {
    /// Notes the time between two instants.
    mutating func add(from start: MonotonicTime, to end: MonotonicTime) {
        add(microseconds: (end - start).nanosecondsClamped / 1000)
    }
}
