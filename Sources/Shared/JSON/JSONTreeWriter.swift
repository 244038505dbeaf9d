/// Writes one tree: a walk along first child and next sibling. The stack of open containers lies in
/// the writer's memory and has an entry per level that the limits allow.
struct JSONTreeWriter {
    private let nodes: UnsafeMutablePointer<JSONNodeRecord>
    private let text: UnsafePointer<UInt8>
    private let stack: UnsafeMutablePointer<UInt32>
    private let depthMax: Int
    private let countMax: Int
    private let pretty: Bool
    private let normalizedNumbers: Bool

    /// The bytes written so far.
    var output: JSONOutput
    private var depth = 0
    private var inObject = false

    init(
        document: JSONDocument, output: JSONOutput, stack: UnsafeMutablePointer<UInt32>,
        options: JSONWriteOptions
    ) {
        nodes = document.nodes
        text = UnsafePointer(document.text)
        self.stack = stack
        depthMax = document.limits.depthMax
        let (sum, overflowed) = output.count.addingReportingOverflow(
            document.limits.outputBytesMax)
        countMax = overflowed ? Int.max : sum
        pretty = options.contains(.pretty)
        normalizedNumbers = options.contains(.normalizedNumbers)
        self.output = output
    }

    /// Bytes reserved beside a text: quotes, colon, comma, a bracket or a literal.
    @inline(__always)
    private static var spare: Int { 32 }

    /// Writes the tree of a node, not its siblings. Answers the raw value of a `JSONError.Kind`,
    /// 0 = all written.
    @inline(__always)
    mutating func write(_ root: JSONNode) -> UInt8 {
        var current = root.index
        while true {
            let record = UnsafePointer(nodes + Int(current))
            if inObject { putKey(record) } else { output.reserve(Self.spare) }
            let child = putValue(record)
            if output.count > countMax { return JSONError.Kind.outputTooLarge.rawValue }
            if child == Self.none {
                // Nothing to go down into.
            } else if child == Self.missing {
                return JSONError.Kind.missingNode.rawValue
            } else {
                if depth >= depthMax { return JSONError.Kind.depthExceeded.rawValue }
                if child != 0 {
                    stack[depth] = current
                    depth &+= 1
                    inObject = record.pointee.kind == JSONKind.object.rawValue
                    if pretty { output.putLine(depth: depth) }
                    current = child
                    continue
                }
            }
            while true {
                if depth == 0 {
                    return output.count > countMax ? JSONError.Kind.outputTooLarge.rawValue : 0
                }
                let following = nodes[Int(current)].next
                if following != 0 {
                    output.put(0x2C)
                    if pretty { output.putLine(depth: depth) }
                    current = following
                    break
                }
                depth &-= 1
                current = stack[depth]
                output.reserve(Self.spare)
                if pretty { output.putLine(depth: depth) }
                output.put(inObject ? 0x7D : 0x5D)
                if depth > 0 {
                    inObject = nodes[Int(stack[depth &- 1])].kind == JSONKind.object.rawValue
                }
            }
        }
    }

    /// Answers of `putValue` beside the first child of a container and 0 for an empty one.
    private static var none: UInt32 { .max }
    private static var missing: UInt32 { .max - 1 }

    @inline(__always)
    private mutating func putValue(_ record: UnsafePointer<JSONNodeRecord>) -> UInt32 {
        switch record.pointee.kind {
        case JSONKind.string.rawValue:
            putText(
                record.pointee.first, record.pointee.last,
                mayNeedEscape: record.pointee.flags & JSONNodeFlags.mayNeedEscape != 0)
        case JSONKind.number.rawValue:
            putNumber(record)
        case JSONKind.object.rawValue:
            // An empty one is closed at once.
            if record.pointee.first == 0 {
                output.put(pair: 0x7D7B)
            } else {
                output.put(0x7B)
            }
            return record.pointee.first
        case JSONKind.array.rawValue:
            if record.pointee.first == 0 {
                output.put(pair: 0x5D5B)
            } else {
                output.put(0x5B)
            }
            return record.pointee.first
        case JSONKind.bool.rawValue:
            if record.pointee.flags & JSONNodeFlags.isTrue != 0 {
                output.put(word: JSONOutput.true, length: 4)
            } else {
                output.put(word: JSONOutput.false, length: 5)
            }
        case JSONKind.null.rawValue:
            output.put(word: JSONOutput.null, length: 4)
        default:
            return Self.missing
        }
        return Self.none
    }

    @inline(__always)
    private mutating func putKey(_ record: UnsafePointer<JSONNodeRecord>) {
        putText(
            record.pointee.keyOffset, record.pointee.keyLength,
            mayNeedEscape: record.pointee.flags & JSONNodeFlags.keyMayNeedEscape != 0)
        if pretty {
            output.put(pair: 0x203A)
        } else {
            output.put(0x3A)
        }
    }

    /// A quoted text; leaves `spare` bytes reserved.
    @inline(__always)
    private mutating func putText(_ offset: UInt32, _ length: UInt32, mayNeedEscape: Bool) {
        let start = text + Int(offset)
        let length = Int(length)
        output.reserve(length &+ 2 &* Self.spare)
        output.put(0x22)
        if mayNeedEscape {
            output.putEscaped(start, length, spare: 2 &* Self.spare)
        } else {
            output.put(padded: start, length)
        }
        output.put(0x22)
    }

    @inline(__always)
    private mutating func putNumber(_ record: UnsafePointer<JSONNodeRecord>) {
        let start = text + Int(record.pointee.first)
        let length = Int(record.pointee.last)
        output.reserve(length &+ 2 &* Self.spare)
        if !normalizedNumbers {
            output.put(padded: start, length)
        } else {
            putNormalized(
                UnsafeRawBufferPointer(start: start, count: length),
                isInteger: record.pointee.flags & JSONNodeFlags.integer != 0)
        }
    }

    @inline(never)
    private mutating func putNormalized(_ bytes: UnsafeRawBufferPointer, isInteger: Bool) {
        let isNegativeZero = bytes.count == 2 && bytes[0] == 0x2D && bytes[1] == 0x30
        let isAsItIs =
            isInteger
            ? !isNegativeZero
                && (bytes.count <= 18 || JSONNumber.int64(bytes) != nil
                    || JSONNumber.uint64(bytes) != nil)
            : JSONNumber.isShortest(bytes)
        if isAsItIs { return output.append(bytes) }
        let value = JSONNumber.double(bytes)
        if value.isFinite {
            output.count += JSONNumber.write(value, to: output.base + output.count)
        } else {
            output.put(word: JSONOutput.null, length: 4)
        }
    }
}
