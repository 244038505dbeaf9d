/// An instant of civil time: what events and headers carry. Precision is a microsecond.
public struct WallTime: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// An instant by its microseconds since 1970.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The later of two instants is the greater.
    public static func < (left: WallTime, right: WallTime) -> Bool {
        left.microseconds < right.microseconds
    }

    /// Seconds since 1970 with a fraction.
    public var seconds: Double { Double(microseconds) / 1_000_000 }
}
