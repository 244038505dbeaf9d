/// An instant of the machine's monotonic clock. Decisions take it as `now`; only drivers read a
/// clock. It never crosses a process boundary: frames carry durations.
public struct MonotonicTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since an arbitrary origin of this boot.
    public let nanoseconds: Int64

    /// An instant by its nanoseconds.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The later of two instants is the greater.
    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Saturating: no distance can overflow.
    public static func + (instant: MonotonicTime, distance: Duration) -> MonotonicTime {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(
            distance.nanosecondsClamped)
        if overflow {
            return MonotonicTime(nanoseconds: distance < .zero ? .min : .max)
        }
        return MonotonicTime(nanoseconds: sum)
    }

    /// Saturating difference; negative when `right` is later.
    public static func - (left: MonotonicTime, right: MonotonicTime) -> Duration {
        let (difference, overflow) = left.nanoseconds.subtractingReportingOverflow(
            right.nanoseconds)
        if overflow { return .nanoseconds(left < right ? Int64.min : Int64.max) }
        return .nanoseconds(difference)
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to 64 bits (292 years).
    public var nanosecondsClamped: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        if carry { return seconds < 0 ? .min : .max }
        return sum
    }

    /// Whole milliseconds, clamped, rounded down.
    public var millisecondsClamped: Int64 { nanosecondsClamped / 1_000_000 }

    /// Seconds rounded up, at least zero: the form `Retry-After` wants.
    public var secondsRoundedUp: Int64 {
        let nanoseconds = max(0, nanosecondsClamped)
        let whole = nanoseconds / 1_000_000_000
        return nanoseconds % 1_000_000_000 == 0 ? whole : whole + 1
    }
}
