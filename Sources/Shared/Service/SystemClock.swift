import Glibc

/// The machine's clocks, as plain numbers: decisions take a time as a parameter and never look.
public enum SystemClock {
    /// Nanoseconds of the monotonic clock.
    public static func monotonicNanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Microseconds since 1970-01-01T00:00:00Z.
    public static func wallMicroseconds() -> Int64 { read(CLOCK_REALTIME) / 1000 }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
