import Glibc

/// Time for budgets of regular expressions.
enum CPUClock {
    /// Nanoseconds of the monotonic clock, 0 at an arbitrary point.
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000
            &+ UInt64(truncatingIfNeeded: time.tv_nsec)
    }
}
