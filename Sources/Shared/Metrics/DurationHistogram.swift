/// How long things took, in buckets that double in width: 64 µs, 128 µs, … 67 s, and what is longer.
/// Keeping it costs two additions a duration and 352 bytes, however many there are.
public struct DurationHistogram: Hashable, Sendable {
    /// Buckets: the last one has no upper bound.
    public static let bucketsCount = 22
    private static let firstBits = 6

    /// Durations of each bucket.
    public private(set) var counts = [UInt64](repeating: 0, count: bucketsCount)
    /// Their sum in microseconds, by bucket.
    public private(set) var sumsMicroseconds = [UInt64](repeating: 0, count: bucketsCount)

    /// Without durations.
    public init() {}

    /// Notes a duration; negative ones count as zero.
    public mutating func add(microseconds: Int64) {
        let value = UInt64(max(0, microseconds))
        let bits = UInt64.bitWidth - (value == 0 ? 0 : value - 1).leadingZeroBitCount
        let bucket = min(max(0, bits - Self.firstBits), Self.bucketsCount - 1)
        counts[bucket] &+= 1
        sumsMicroseconds[bucket] &+= value
    }

    /// The longest duration of a bucket, in microseconds; nil for the last one.
    public static func boundMicroseconds(_ bucket: Int) -> UInt64? {
        bucket < bucketsCount - 1 ? 1 << UInt64(bucket + firstBits) : nil
    }

    /// All durations.
    public var count: UInt64 { counts.reduce(0, &+) }
    /// All time, in microseconds.
    public var sumMicroseconds: UInt64 { sumsMicroseconds.reduce(0, &+) }

    /// What has been added since an earlier value of the same histogram.
    public func since(_ earlier: DurationHistogram) -> DurationHistogram {
        var difference = self
        for bucket in counts.indices {
            difference.counts[bucket] &-= earlier.counts[bucket]
            difference.sumsMicroseconds[bucket] &-= earlier.sumsMicroseconds[bucket]
        }
        return difference
    }
}
