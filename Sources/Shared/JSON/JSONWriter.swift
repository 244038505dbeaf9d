import Glibc

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
    /// serde_json writes the value (`1e2` → `100.0`); otherwise numbers keep their text.
    public static let normalizedNumbers = JSONWriteOptions(rawValue: 2)
}

/// A growing buffer of bytes that writes JSON. Make one and use it again: `reset` keeps the memory.
///
/// Either whole trees (`write(_:from:)`) or, for small texts that never were a tree, piece by piece
/// (JSONWriter+Pieces.swift). Escapes are exactly those of serde_json: `\"` `\\` `\b` `\f` `\n`
/// `\r` `\t`, `\u00xx` with lower-case digits for other control characters, everything else raw.
public final class JSONWriter {
    var base: UnsafeMutablePointer<UInt8>
    var capacity: Int
    /// Bytes written since the last reset.
    public internal(set) var count = 0
    /// Open containers while a tree is written; one entry per level.
    private var stack: UnsafeMutablePointer<UInt32>
    private var stackCapacity = 0
    /// Whether the piece written last needs a comma before the next one.
    var needsComma = false

    /// Writable bytes behind every reservation, for copies in whole blocks.
    static let slack = 64
    private static let capacityKept = 1 << 20

    /// A writer with room for `capacity` bytes; it grows as needed.
    public init(capacity: Int = 4096) {
        let initial = min(max(capacity, 64), 1 << 30)
        base = .allocate(capacity: initial + Self.slack)
        self.capacity = initial
        stack = .allocate(capacity: 1)
    }

    deinit {
        base.deallocate()
        stack.deallocate()
    }

    /// Forgets what was written. Memory of an unusually large text is given back.
    public func reset() {
        count = 0
        needsComma = false
        if capacity > Self.capacityKept {
            base.deallocate()
            base = .allocate(capacity: Self.capacityKept + Self.slack)
            capacity = Self.capacityKept
        }
    }

    /// What was written; valid until the next write or reset.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count)
    }

    /// What was written, as text.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Makes room for `more` bytes (and the slack).
    @inline(__always)
    func reserve(_ more: Int) {
        if more > capacity - count { grow(more) }
    }

    @inline(never)
    private func grow(_ more: Int) {
        let wanted = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted + Self.slack)
        memcpy(larger, base, count)
        base.deallocate()
        base = larger
        capacity = wanted
    }

    /// Appends a tree as JSON.
    ///
    /// - Throws: `.depthExceeded` and `.outputTooLarge` by the document's limits, `.missingNode`
    ///   for `.none`, and the document's `exhausted` if an edit had no room. Nothing is appended
    ///   then.
    public func write(
        _ root: JSONNode, from document: JSONDocument, options: JSONWriteOptions = []
    ) throws(JSONError) {
        let before = count
        if let limit = document.exhausted { throw JSONError(limit, offset: 0) }
        reserveStack(document.limits.depthMax)
        let failure = writeTree(root, document, options)
        if let failure {
            let written = count - before
            count = before
            throw JSONError(failure, offset: written)
        }
    }

    private func reserveStack(_ depth: Int) {
        guard stackCapacity < depth else { return }
        stack.deallocate()
        stack = .allocate(capacity: depth)
        stackCapacity = depth
    }

    private func writeTree(
        _ root: JSONNode, _ document: JSONDocument, _ options: JSONWriteOptions
    ) -> JSONError.Kind? {
        let nodes = document.nodes
        let text = UnsafePointer(document.text)
        let pretty = options.contains(.pretty)
        let normalized = options.contains(.normalizedNumbers)
        let depthMax = document.limits.depthMax
        let (sum, overflowed) = count.addingReportingOverflow(document.limits.outputBytesMax)
        let countMax = overflowed ? Int.max : sum
        var depth = 0
        var current = root.index
        var inObject = false
        while true {
            let record = nodes + Int(current)
            let keyLength = inObject ? Int(record.pointee.keyLength) : 0
            // Room for indent, quotes, colon, comma and a bracket or literal beside the texts.
            reserve(keyLength + depth * 2 + 32)
            if inObject {
                writeText(
                    text + Int(record.pointee.keyOffset), keyLength,
                    record.pointee.flags & JSONNodeFlags.keyMayNeedEscape != 0)
                put(0x3A)
                if pretty { put(0x20) }
            }
            var opened = false
            switch record.pointee.kind {
            case JSONKind.string.rawValue:
                let length = Int(record.pointee.last)
                reserve(length + depth * 2 + 32)
                writeText(
                    text + Int(record.pointee.first), length,
                    record.pointee.flags & JSONNodeFlags.mayNeedEscape != 0)
            case JSONKind.number.rawValue:
                let length = Int(record.pointee.last)
                reserve(length + depth * 2 + 64)
                if normalized {
                    writeNormalized(
                        UnsafeRawBufferPointer(
                            start: text + Int(record.pointee.first), count: length),
                        record.pointee.flags & JSONNodeFlags.integer != 0)
                } else {
                    JSONBytes.copyLoosely(
                        to: base + count, from: text + Int(record.pointee.first), length)
                    count &+= length
                }
            case JSONKind.bool.rawValue:
                putLiteral(record.pointee.flags & JSONNodeFlags.isTrue != 0 ? "true" : "false")
            case JSONKind.null.rawValue:
                putLiteral("null")
            case JSONKind.array.rawValue, JSONKind.object.rawValue:
                if depth >= depthMax { return .depthExceeded }
                let isObject = record.pointee.kind == JSONKind.object.rawValue
                put(isObject ? 0x7B : 0x5B)
                if record.pointee.first == 0 {
                    put(isObject ? 0x7D : 0x5D)
                } else {
                    stack[depth] = current
                    depth &+= 1
                    inObject = isObject
                    current = record.pointee.first
                    opened = true
                }
            default:
                return .missingNode
            }
            if count > countMax { return .outputTooLarge }
            if opened {
                if pretty { newLine(depth) }
                continue
            }
            while true {
                if depth == 0 { return nil }
                let following = nodes[Int(current)].next
                if following != 0 {
                    put(0x2C)
                    if pretty { newLine(depth) }
                    current = following
                    break
                }
                depth &-= 1
                current = stack[depth]
                reserve(depth * 2 + 32)
                if pretty { newLine(depth) }
                put(inObject ? 0x7D : 0x5D)
                if depth > 0 {
                    inObject = nodes[Int(stack[depth &- 1])].kind == JSONKind.object.rawValue
                }
            }
        }
    }

    @inline(__always)
    func put(_ byte: UInt8) {
        base[count] = byte
        count &+= 1
    }

    @inline(__always)
    func putLiteral(_ literal: StaticString) {
        JSONBytes.copyExactly(to: base + count, from: literal.utf8Start, literal.utf8CodeUnitCount)
        count &+= literal.utf8CodeUnitCount
    }

    private func newLine(_ depth: Int) {
        reserve(depth * 2 + 32)
        put(0x0A)
        memset(base + count, 0x20, depth * 2)
        count += depth * 2
    }

    /// A quoted text; the caller has reserved its bytes and 32 more. 16 bytes past the end of
    /// `text` must be readable.
    @inline(__always)
    func writeText(_ text: UnsafePointer<UInt8>, _ length: Int, _ mayNeedEscape: Bool) {
        put(0x22)
        if mayNeedEscape {
            writeEscaped(text, length)
        } else {
            JSONBytes.copyLoosely(to: base + count, from: text, length)
            count &+= length
        }
        put(0x22)
    }

    @inline(never)
    private func writeNormalized(_ bytes: UnsafeRawBufferPointer, _ isInteger: Bool) {
        let isNegativeZero = bytes.count == 2 && bytes[0] == 0x2D && bytes[1] == 0x30
        if isInteger, !isNegativeZero,
            JSONNumber.int64(bytes) != nil || JSONNumber.uint64(bytes) != nil
        {
            append(bytes)
            return
        }
        let value = JSONNumber.double(bytes)
        if value.isFinite {
            count += JSONNumber.write(value, to: base + count)
        } else {
            putLiteral("null")
        }
    }
}
