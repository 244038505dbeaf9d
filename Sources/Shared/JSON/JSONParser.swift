/// The reader: one loop over the input that makes records in document order.
///
/// There is no stack. While a container is open, its `next` holds its parent and its `count` the
/// children so far; both get their meaning when it closes. `link` is the place that names the next
/// node made: the `first` of a container just opened or the `next` of the sibling before.
struct JSONParser {
    let text: UnsafeMutablePointer<UInt8>
    let nodes: UnsafeMutablePointer<JSONNodeRecord>
    let keys: JSONKeyTable
    let depthMax: Int
    /// First index that parsing may not use.
    let nodeEnd: UInt32
    let pythonConstants: Bool

    /// What `parse` found: `failure` is the raw value of a `JSONError.Kind`, 0 = none.
    struct Result {
        /// First free node.
        var nodeCount: UInt32
        var failure: UInt8
        /// Offset in `text` where reading stopped.
        var offset: Int
    }

    /// Reads one value from `text[start..<end]`; 64 zero bytes must follow. Its node gets the index
    /// `firstNode`.
    func parse(start: Int, end: Int, firstNode: UInt32) -> Result {
        let base = text
        let nodes = nodes
        let limit = text + end
        var cursor = text + start
        var node = firstNode
        var parent: UInt32 = 0
        var inObject = false
        var count: UInt32 = 0
        var last: UInt32 = 0
        var depth = 0
        var keyBits: UInt32 = 0
        var keyOffset: UInt32 = 0
        var keyLength: UInt32 = 0
        // The root is nobody's child: its index goes into record 0, where the caller erases it.
        var link = UnsafeMutableRawPointer(nodes) + JSONNodeRecord.nextOffset

        @inline(__always) func fail(
            _ kind: JSONError.Kind, _ place: UnsafeMutablePointer<UInt8>
        ) -> Result {
            let atEnd = place >= limit && kind != .depthExceeded && kind != .nodesExceeded
            return Result(
                nodeCount: firstNode, failure: atEnd ? JSONError.Kind.unexpectedEnd.rawValue : kind.rawValue,
                offset: min(place, limit) - base)
        }
        Self.skipSpace(&cursor)
        while true {
            // A value starts at the cursor.
            if node >= nodeEnd { return fail(.nodesExceeded, cursor) }
            let record = UnsafeMutableRawPointer(nodes + Int(node))
            var bits: UInt32
            var first: UInt32 = 0
            var length: UInt32 = 0
            let byte = cursor.pointee
            switch byte {
            case 0x22:
                let text = cursor + 1
                first = UInt32(truncatingIfNeeded: text - base)
                bits = UInt32(JSONKind.string.rawValue)
                let stop = JSONStringScanner.plainEnd(text)
                if stop.pointee == 0x22 {
                    length = UInt32(truncatingIfNeeded: stop - text)
                    cursor = stop + 1
                } else {
                    let result = JSONStringScanner.finish(text, from: stop)
                    if result.failure != 0 {
                        return fail(Self.kind(result.failure), result.end)
                    }
                    length = result.length
                    bits |= UInt32(result.flags) &<< 8
                    cursor = result.end + 1
                }
            case 0x7B, 0x5B:
                if depth >= depthMax { return fail(.depthExceeded, cursor) }
                let isObject = byte == 0x7B
                let kind: JSONKind = isObject ? .object : .array
                link.storeBytes(of: node, as: UInt32.self)
                Self.store(
                    record, UInt32(kind.rawValue) | Self.attached(parent) | keyBits, parent, 0,
                    0, keyOffset, keyLength)
                if parent != 0 { nodes[Int(parent)].count = count &+ 1 }
                parent = node
                inObject = isObject
                link = record + JSONNodeRecord.firstOffset
                count = 0
                last = 0
                depth &+= 1
                node &+= 1
                keyBits = 0
                keyOffset = 0
                keyLength = 0
                cursor += 1
                Self.skipSpace(&cursor)
                if cursor.pointee == (isObject ? 0x7D : 0x5D) {
                    bits = 0
                    break
                }
                if isObject {
                    let failure = readKey(&cursor, &keyBits, &keyOffset, &keyLength)
                    if failure != 0 { return fail(Self.kind(failure), cursor) }
                }
                continue
            case 0x2D, 0x30...0x39:
                first = UInt32(truncatingIfNeeded: cursor - base)
                bits = UInt32(JSONKind.number.rawValue)
                let start = cursor
                if JSONNumberScanner.scan(&cursor, &bits) {
                    length = UInt32(truncatingIfNeeded: cursor - start)
                } else {
                    if !pythonConstants || !Self.readPythonConstant(start, &cursor) {
                        return fail(.invalidNumber, cursor)
                    }
                    bits |= UInt32(JSONNodeFlags.integer) &<< 8
                    start.pointee = 0x30
                    length = 1
                }
            case 0x74, 0x66, 0x6E:
                guard let (kind, consumed) = Self.literal(cursor) else {
                    return fail(.invalidLiteral, cursor)
                }
                bits = kind
                cursor += consumed
            default:
                let start = cursor
                guard pythonConstants, Self.readPythonConstant(start, &cursor) else {
                    return fail(.unexpectedCharacter, cursor)
                }
                first = UInt32(truncatingIfNeeded: start - base)
                start.pointee = 0x30
                length = 1
                bits =
                    UInt32(JSONKind.number.rawValue) | UInt32(JSONNodeFlags.integer) &<< 8
            }
            if bits != 0 {
                link.storeBytes(of: node, as: UInt32.self)
                Self.store(
                    record, bits | Self.attached(parent) | keyBits, 0, first, length, keyOffset,
                    keyLength)
                link = record + JSONNodeRecord.nextOffset
                count &+= 1
                last = node
                node &+= 1
            }
            // A value, or the start of an empty container, ends at the cursor.
            while true {
                if parent == 0 {
                    Self.skipSpace(&cursor)
                    if cursor != limit { return fail(.trailingBytes, cursor) }
                    return Result(nodeCount: node, failure: 0, offset: end)
                }
                Self.skipSpace(&cursor)
                let byte = cursor.pointee
                if byte == 0x2C {
                    cursor += 1
                    Self.skipSpace(&cursor)
                    if inObject {
                        let failure = readKey(&cursor, &keyBits, &keyOffset, &keyLength)
                        if failure != 0 { return fail(Self.kind(failure), cursor) }
                    }
                    break
                }
                if byte != (inObject ? 0x7D : 0x5D) {
                    return fail(.expectedCommaOrEnd, cursor)
                }
                cursor += 1
                let closed = nodes + Int(parent)
                let above = closed.pointee.next
                closed.pointee.next = 0
                closed.pointee.last = last
                closed.pointee.count = count
                link = UnsafeMutableRawPointer(closed) + JSONNodeRecord.nextOffset
                last = parent
                parent = above
                depth &-= 1
                if parent != 0 {
                    count = nodes[Int(parent)].count
                    inObject = nodes[Int(parent)].kind == JSONKind.object.rawValue
                }
                keyBits = 0
                keyOffset = 0
                keyLength = 0
            }
        }
    }

    /// Reads a key and the colon; leaves the cursor at the value. Answers an error kind or 0.
    @inline(__always)
    private func readKey(
        _ cursor: inout UnsafeMutablePointer<UInt8>, _ bits: inout UInt32, _ offset: inout UInt32,
        _ length: inout UInt32
    ) -> UInt8 {
        if cursor.pointee != 0x22 { return JSONError.Kind.expectedKey.rawValue }
        let key = cursor + 1
        offset = UInt32(truncatingIfNeeded: key - text)
        bits = 0
        let stop = JSONStringScanner.plainEnd(key)
        if stop.pointee == 0x22 {
            length = UInt32(truncatingIfNeeded: stop - key)
            cursor = stop + 1
        } else {
            let result = JSONStringScanner.finish(key, from: stop)
            if result.failure != 0 {
                cursor = result.end
                return result.failure
            }
            length = result.length
            if result.flags & JSONNodeFlags.mayNeedEscape != 0 {
                bits = UInt32(JSONNodeFlags.keyMayNeedEscape) &<< 8
            }
            cursor = result.end + 1
        }
        bits |= UInt32(keys.id(padded: UnsafeRawPointer(key), length: Int(length))) &<< 16
        Self.skipSpace(&cursor)
        if cursor.pointee != 0x3A { return JSONError.Kind.expectedColon.rawValue }
        cursor += 1
        Self.skipSpace(&cursor)
        return 0
    }

    @inline(__always)
    private static func attached(_ parent: UInt32) -> UInt32 {
        parent == 0 ? 0 : UInt32(JSONNodeFlags.attached) &<< 8
    }

    /// Writes a record: fields in the order of `JSONNodeRecord`.
    @inline(__always)
    private static func store(
        _ record: UnsafeMutableRawPointer, _ bits: UInt32, _ next: UInt32, _ first: UInt32,
        _ last: UInt32, _ keyOffset: UInt32, _ keyLength: UInt32
    ) {
        record.storeBytes(of: bits, toByteOffset: 0, as: UInt32.self)
        record.storeBytes(of: next, toByteOffset: 4, as: UInt32.self)
        record.storeBytes(of: first, toByteOffset: 8, as: UInt32.self)
        record.storeBytes(of: last, toByteOffset: 12, as: UInt32.self)
        record.storeBytes(of: keyOffset, toByteOffset: 16, as: UInt32.self)
        record.storeBytes(of: keyLength, toByteOffset: 20, as: UInt32.self)
        record.storeBytes(of: 0, toByteOffset: 24, as: UInt64.self)
    }

    @inline(__always)
    private static func kind(_ raw: UInt8) -> JSONError.Kind {
        JSONError.Kind(rawValue: raw) ?? .unexpectedCharacter
    }

    @inline(__always)
    private static func skipSpace(_ cursor: inout UnsafeMutablePointer<UInt8>) {
        if cursor.pointee > 0x20 { return }
        while true {
            switch cursor.pointee {
            case 0x20, 0x0A, 0x0D, 0x09: cursor += 1
            default: return
            }
        }
    }

    /// `true`, `false` or `null`: the kind and flags of its record and its bytes.
    @inline(__always)
    private static func literal(_ start: UnsafeMutablePointer<UInt8>) -> (UInt32, Int)? {
        let word = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        switch word {
        case 0x6575_7274:
            return (UInt32(JSONKind.bool.rawValue) | UInt32(JSONNodeFlags.isTrue) &<< 8, 4)
        case 0x736C_6166 where start[4] == 0x65: return (UInt32(JSONKind.bool.rawValue), 5)
        case 0x6C6C_756E: return (UInt32(JSONKind.null.rawValue), 4)
        default: return nil
        }
    }

    @inline(never)
    private static func readPythonConstant(
        _ start: UnsafeMutablePointer<UInt8>, _ cursor: inout UnsafeMutablePointer<UInt8>
    ) -> Bool {
        for token in ["NaN", "Infinity", "-Infinity"] as [StaticString]
        where JSONBytes.equal(start, token.utf8Start, token.utf8CodeUnitCount) {
            cursor = start + token.utf8CodeUnitCount
            return true
        }
        return false
    }
}
