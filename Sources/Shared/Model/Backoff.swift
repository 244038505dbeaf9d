/// Waiting times between attempts: they grow by a factor up to a cap and are jittered, so that many
/// who failed together do not return together.
public struct Backoff: Hashable, Sendable {
    /// The longest first wait.
    public let initial: Duration
    /// How much the wait grows with each attempt.
    public let factor: Double
    /// The longest wait at all.
    public let max: Duration
    /// Attempts since the last success.
    public private(set) var attempt = 0
    private var current: Duration

    /// Defaults are the original's: 1 s, growing by half, up to a minute.
    public init(
        initial: Duration = .seconds(1), factor: Double = 1.5, max: Duration = .seconds(60)
    ) {
        self.initial = initial
        self.factor = Swift.max(1, factor)
        self.max = max
        current = Swift.min(initial, max)
    }

    /// The next wait: between half of the current step and all of it.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let step = current.nanosecondsClamped
        let grown = Double(step) * factor
        let cap = max.nanosecondsClamped
        current = .nanoseconds(grown >= Double(cap) ? cap : Int64(grown))
        attempt += 1
        let half = Swift.max(0, step / 2)
        guard half > 0 else { return .nanoseconds(step) }
        return .nanoseconds(step - Int64.random(in: 0...half, using: &generator))
    }

    /// The next wait, by the system's generator.
    public mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    /// Starts over after a success.
    public mutating func reset() {
        attempt = 0
        current = Swift.min(initial, max)
    }
}

/// A repeatable generator for jitter in tests and simulations (SplitMix64); not for secrets.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The same seed gives the same numbers.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
