/// Bounds of one `JSONDocument`. The document reserves (does not touch) address space for them.
public struct JSONLimits: Sendable, Equatable {
    /// Nested arrays and objects allowed, for reading and for writing. 127 is what serde_json's
    /// recursion limit of 128 lets through.
    public var depthMax: Int
    /// Nodes that parsing may make.
    public var nodesMax: Int
    /// Bytes of input, summed over all `parseFragment` calls of a document.
    public var inputBytesMax: Int
    /// Nodes that edits may add on top of `nodesMax`, so that an event that just fits can still be
    /// processed.
    public var editNodesMax: Int
    /// Bytes of text that edits may add.
    public var editTextBytesMax: Int
    /// Bytes one `JSONWriter.write` may add.
    public var outputBytesMax: Int

    /// Every bound has a default that suits one event.
    public init(
        depthMax: Int = 127, nodesMax: Int = 1 << 20, inputBytesMax: Int = 32 << 20,
        editNodesMax: Int = 1 << 18, editTextBytesMax: Int = 16 << 20,
        outputBytesMax: Int = 64 << 20
    ) {
        self.depthMax = Self.clamped(depthMax, 1 << 16)
        self.nodesMax = Self.clamped(nodesMax, 1 << 28)
        self.inputBytesMax = Self.clamped(inputBytesMax, 1 << 30)
        self.editNodesMax = Self.clamped(editNodesMax, 1 << 28)
        self.editTextBytesMax = Self.clamped(editTextBytesMax, 1 << 30)
        self.outputBytesMax = Self.clamped(outputBytesMax, 1 << 40)
    }

    /// The bounds for one event.
    public static var event: JSONLimits { JSONLimits() }

    /// The same verdicts for a text of so many bytes that is only read, with less address space.
    func fitting(inputBytes: Int) -> JSONLimits {
        var limits = self
        // A byte starts at most one node.
        limits.nodesMax = min(nodesMax, inputBytes + 1)
        limits.inputBytesMax = min(inputBytesMax, inputBytes)
        limits.editNodesMax = 0
        limits.editTextBytesMax = 0
        return limits
    }

    /// Offsets and indexes are 32 bits wide: larger wishes are cut to what they can express.
    private static func clamped(_ value: Int, _ most: Int) -> Int {
        min(max(value, 0), most)
    }
}

/// Departures from RFC 8259 that a caller may ask for.
@frozen
public struct JSONParseOptions: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// Options from their bits.
    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Read the tokens `NaN`, `Infinity` and `-Infinity`, which Python's json module writes by
    /// default, as the number 0.
    public static let pythonConstants = JSONParseOptions(rawValue: 1)
    /// Read half of a surrogate pair, which Python's json module writes for strings with
    /// undecodable bytes, as U+FFFD. Without it, as in serde_json, the text is refused.
    public static let replaceLoneSurrogates = JSONParseOptions(rawValue: 2)
}
