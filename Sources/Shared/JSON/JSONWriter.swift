/// How `JSONWriter` lays out and spells values.
@frozen
public struct JSONWriteOptions: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// Options from their bits.
    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// One value per line, indented by 2 spaces, as serde_json's pretty printer does.
    public static let pretty = JSONWriteOptions(rawValue: 1)
    /// Numbers with fraction or exponent, and integers that do not fit 64 bits, are written the way
    /// serde_json writes the value (`1e2` → `100.0`, out of range → `null`); otherwise numbers keep
    /// their text.
    public static let normalizedNumbers = JSONWriteOptions(rawValue: 2)
}

/// A growing buffer of bytes that writes JSON. Make one and use it again: `reset` keeps the memory.
///
/// Either whole trees (`write(_:from:)`) or, for small texts that never were a tree, piece by piece
/// (JSONWriter+Pieces.swift). Escapes are exactly those of serde_json: `\"` `\\` `\b` `\f` `\n`
/// `\r` `\t`, `\u00xx` with lower-case digits for other control characters, everything else raw.
public final class JSONWriter {
    // Behind a pointer, so that access needs no run-time exclusivity check.
    let state: UnsafeMutablePointer<State>

    struct State {
        var output: JSONOutput
        /// Room for the open containers while a tree is written; one entry per level.
        var stack: UnsafeMutablePointer<UInt32>
        var stackCapacity: Int
        /// Whether the piece written last needs a comma before the next one.
        var needsComma = false
    }

    private static let capacityKept = 1 << 20

    /// A writer with room for `capacity` bytes; it grows as needed.
    public init(capacity: Int = 4096) {
        state = .allocate(capacity: 1)
        state.initialize(
            to: State(
                output: JSONOutput(capacity: min(max(capacity, 64), 1 << 30)),
                stack: .allocate(capacity: 1), stackCapacity: 1))
    }

    deinit {
        state.pointee.output.base.deallocate()
        state.pointee.stack.deallocate()
        state.deallocate()
    }

    /// Forgets what was written. Memory of an unusually large text is given back.
    public func reset() {
        if state.pointee.output.capacity > Self.capacityKept {
            state.pointee.output.base.deallocate()
            state.pointee.output = JSONOutput(capacity: Self.capacityKept)
        }
        state.pointee.output.count = 0
        state.pointee.needsComma = false
    }

    /// Bytes written since the last reset.
    public var count: Int { state.pointee.output.count }

    /// What was written; valid until the next write or reset.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: state.pointee.output.base, count: state.pointee.output.count)
    }

    /// What was written, as text.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Appends a tree as JSON.
    ///
    /// - Throws: `.depthExceeded` and `.outputTooLarge` by the document's limits, `.missingNode`
    ///   for `.none`, and the document's `exhausted` if an edit had no room. Nothing is appended
    ///   then.
    public func write(
        _ root: JSONNode, from document: JSONDocument, options: JSONWriteOptions = []
    ) throws(JSONError) {
        if let limit = document.exhausted { throw JSONError(limit, offset: 0) }
        reserveStack(document.limits.depthMax)
        let before = count
        var writer = JSONTreeWriter(
            document: document, output: state.pointee.output, stack: state.pointee.stack,
            options: options)
        let failure = JSONError.Kind(rawValue: writer.write(root))
        state.pointee.output = writer.output
        if let failure {
            state.pointee.output.count = before
            throw JSONError(failure, offset: writer.output.count - before)
        }
        state.pointee.needsComma = true
    }

    private func reserveStack(_ depth: Int) {
        guard state.pointee.stackCapacity < depth else { return }
        state.pointee.stack.deallocate()
        state.pointee.stack = .allocate(capacity: depth)
        state.pointee.stackCapacity = depth
    }
}
