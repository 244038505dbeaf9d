/// The time that the regular expressions of a configuration may take per event.
///
/// Measured by the clock on the wall, which costs next to nothing to read; when that says that it is
/// used up, the thread's CPU time must say so too, because a busy machine may have made us wait.
struct PatternBudget {
    /// Nanoseconds per event.
    static let nanosecondsMax: UInt64 = 50_000_000

    private var nanoseconds: UInt64 = 0
    /// CPU time of the thread when the first pattern was used.
    private var threadStart: UInt64?

    /// Before a search; to be handed to `end`.
    mutating func begin() -> UInt64 {
        if threadStart == nil { threadStart = CPUClock.threadNanoseconds() }
        return CPUClock.nanoseconds()
    }

    /// After a search.
    mutating func end(_ start: UInt64) {
        nanoseconds &+= CPUClock.nanoseconds() &- start
    }

    /// Whether the time is used up.
    var isUsedUp: Bool { isUsedUp(nanoseconds) }

    /// Whether the time is used up in the middle of a search.
    func isUsedUp(since start: UInt64) -> Bool {
        isUsedUp(nanoseconds &+ (CPUClock.nanoseconds() &- start))
    }

    @inline(__always)
    private func isUsedUp(_ spent: UInt64) -> Bool {
        guard spent > PatternBudget.nanosecondsMax, let threadStart else { return false }
        return CPUClock.threadNanoseconds() &- threadStart > PatternBudget.nanosecondsMax
    }
}
