/// The reader: one loop over the input that makes records in document order.
///
/// There is no stack. While a container is open, its `next` holds its parent and its `count` the
/// children so far; both get their meaning when it closes. `link` is the place that names the next
/// node made: the `first` of a container just opened or the `next` of the sibling before.
///
/// The steps are inlined into `run`, whose copy of `self` the optimiser takes apart into locals.
/// Failures are raw values of `JSONError.Kind`, 0 = none.
struct JSONParser {
    private let text: UnsafeMutablePointer<UInt8>
    private let end: UnsafeMutablePointer<UInt8>
    private let nodes: UnsafeMutablePointer<JSONNodeRecord>
    private let slots: UnsafeMutablePointer<JSONKeyTable.Slot>
    private let slotMask: Int
    private let names: UnsafePointer<UInt8>
    private let depthMax: Int
    /// First index that parsing may not use.
    private let nodeEnd: UInt32
    private let pythonConstants: Bool
    private let replacing: Bool

    private var cursor: UnsafeMutablePointer<UInt8>
    /// Index of the next node.
    private var node: UInt32
    private var link: UnsafeMutableRawPointer
    /// The open container (0 = none), its kind, its children so far and the last of them.
    private var parent: UInt32 = 0
    private var inObject = false
    private var count: UInt32 = 0
    private var last: UInt32 = 0
    private var depth = 0
    /// The key of the next value as it lies in the record: id and flag, offset and length.
    private var keyBits: UInt32 = 0
    private var keySlice: UInt64 = 0

    /// What `run` found.
    struct Result {
        /// First free node.
        var nodeCount: UInt32
        var failure: UInt8
        /// Offset in the document's text where reading stopped.
        var offset: Int
    }

    /// Prepares reading of `text[start..<end]`; 64 zero bytes must follow. The root gets the next
    /// free index; it is nobody's child, so record 0, whose `next` the caller erases, names it.
    init(document: JSONDocument, start: Int, end: Int, options: JSONParseOptions) {
        text = document.text
        self.end = document.text + end
        nodes = document.nodes
        slots = document.keys.slots
        slotMask = document.keys.slotMask
        names = UnsafePointer(document.text)
        depthMax = document.limits.depthMax
        nodeEnd = UInt32(truncatingIfNeeded: document.limits.nodesMax &+ 1)
        pythonConstants = options.contains(.pythonConstants)
        replacing = options.contains(.replaceLoneSurrogates)
        cursor = document.text + start
        node = document.state.pointee.nodeCount
        link = UnsafeMutableRawPointer(document.nodes) + JSONNodeRecord.nextOffset
    }

    /// Reads one value and the space around it.
    consuming func run() -> Result {
        var reader = self
        reader.skipSpace()
        while true {
            let answer = reader.readValue()
            if answer == Self.opened { continue }
            if answer != 0 { return reader.failed(answer) }
            // A value, or the opening bracket of an empty container, is behind the cursor.
            while true {
                reader.skipSpace()
                if reader.parent == 0 { return reader.finished() }
                let byte = reader.cursor.pointee
                if byte == 0x2C {
                    let failure = reader.readComma()
                    if failure != 0 { return reader.failed(failure) }
                    break
                }
                if byte != (reader.inObject ? 0x7D : 0x5D) {
                    return reader.failed(JSONError.Kind.expectedCommaOrEnd.rawValue)
                }
                reader.close()
            }
        }
    }

    /// Answer of `readValue`: a container with at least one child has been opened.
    private static var opened: UInt8 { 0xFF }

    private func finished() -> Result {
        if cursor != end { return failed(JSONError.Kind.trailingBytes.rawValue) }
        return Result(nodeCount: node, failure: 0, offset: cursor - text)
    }

    private func failed(_ failure: UInt8) -> Result {
        let isLimit =
            failure == JSONError.Kind.depthExceeded.rawValue
            || failure == JSONError.Kind.nodesExceeded.rawValue
        let isAtEnd = cursor >= end && !isLimit
        return Result(
            nodeCount: node, failure: isAtEnd ? JSONError.Kind.unexpectedEnd.rawValue : failure,
            offset: min(cursor, end) - text)
    }

    // MARK: Values

    @inline(__always)
    private mutating func readValue() -> UInt8 {
        if node >= nodeEnd { return JSONError.Kind.nodesExceeded.rawValue }
        // Most values are strings; a branch of their own is predicted better than the switch.
        if cursor.pointee == 0x22 { return readString() }
        switch cursor.pointee {
        case 0x7B: return open(.object, closing: 0x7D)
        case 0x5B: return open(.array, closing: 0x5D)
        case 0x2D, 0x30...0x39: return readNumber()
        case 0x74: return readLiteral(0x6575_7274, .bool, flags: JSONNodeFlags.isTrue)
        case 0x66:
            // "fals"; the "e" that must follow is checked with the last byte.
            if cursor[4] != 0x65 { return JSONError.Kind.invalidLiteral.rawValue }
            let failure = readLiteral(0x736C_6166, .bool, flags: 0)
            if failure == 0 { cursor += 1 }
            return failure
        case 0x6E: return readLiteral(0x6C6C_756E, .null, flags: 0)
        default:
            return readPythonConstant(at: cursor, else: .unexpectedCharacter)
        }
    }

    @inline(__always)
    private mutating func readString() -> UInt8 {
        let start = cursor + 1
        let stop = JSONStringScanner.plainEnd(start)
        if stop.pointee == 0x22 {
            cursor = stop + 1
            addScalar(.string, flags: 0, start, length: stop - start)
            return 0
        }
        let result = JSONStringScanner.finish(start, from: stop, replacing: replacing)
        cursor = result.end
        if result.failure != 0 { return result.failure }
        cursor += 1
        addScalar(.string, flags: result.flags, start, length: Int(result.length))
        return 0
    }

    @inline(__always)
    private mutating func readNumber() -> UInt8 {
        let start = cursor
        let scan = JSONNumberScanner.scan(start)
        cursor = scan.end
        if scan.isValid {
            addScalar(.number, flags: scan.flags, start, length: scan.end - start)
            return 0
        }
        return readPythonConstant(at: start, else: .invalidNumber)
    }

    @inline(__always)
    private mutating func readLiteral(_ word: UInt32, _ kind: JSONKind, flags: UInt8) -> UInt8 {
        guard UnsafeRawPointer(cursor).loadUnaligned(as: UInt32.self) == word else {
            return JSONError.Kind.invalidLiteral.rawValue
        }
        addScalar(kind, flags: flags, text, length: 0)
        cursor += 4
        return 0
    }

    /// `NaN`, `Infinity` or `-Infinity`: becomes a 0 in place.
    @inline(never)
    private mutating func readPythonConstant(
        at start: UnsafeMutablePointer<UInt8>, else kind: JSONError.Kind
    ) -> UInt8 {
        guard pythonConstants else { return kind.rawValue }
        for token in ["NaN", "Infinity", "-Infinity"] as [StaticString]
        where JSONBytes.equal(start, token.utf8Start, token.utf8CodeUnitCount) {
            start.pointee = 0x30
            cursor = start + token.utf8CodeUnitCount
            addScalar(.number, flags: JSONNodeFlags.integer, start, length: 1)
            return 0
        }
        return kind.rawValue
    }

    @inline(__always)
    private mutating func addScalar(
        _ kind: JSONKind, flags: UInt8, _ start: UnsafeMutablePointer<UInt8>, length: Int
    ) {
        let record = store(
            kind, flags: flags, next: 0, value: Self.slice(start - text, length))
        link = record + JSONNodeRecord.nextOffset
        count &+= 1
        last = node
        node &+= 1
    }

    /// Writes the record of the next node and links it: the fields of `JSONNodeRecord` in their
    /// order, two at a time.
    @inline(__always)
    private func store(
        _ kind: JSONKind, flags: UInt8, next: UInt32, value: UInt64
    ) -> UnsafeMutableRawPointer {
        let attached = parent == 0 ? 0 : JSONNodeFlags.attached
        let bits = UInt32(kind.rawValue) | UInt32(flags | attached) &<< 8 | keyBits
        let record = UnsafeMutableRawPointer(nodes + Int(node))
        record.storeBytes(of: UInt64(bits) | UInt64(next) &<< 32, toByteOffset: 0, as: UInt64.self)
        record.storeBytes(of: value, toByteOffset: 8, as: UInt64.self)
        record.storeBytes(of: keySlice, toByteOffset: 16, as: UInt64.self)
        record.storeBytes(of: 0, toByteOffset: 24, as: UInt64.self)
        link.storeBytes(of: node, as: UInt32.self)
        return record
    }

    /// Offset and length as they lie in a record.
    @inline(__always)
    private static func slice(_ offset: Int, _ length: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: offset) | UInt64(truncatingIfNeeded: length) &<< 32
    }

    // MARK: Containers

    @inline(__always)
    private mutating func open(_ kind: JSONKind, closing: UInt8) -> UInt8 {
        if depth >= depthMax { return JSONError.Kind.depthExceeded.rawValue }
        let record = store(kind, flags: 0, next: parent, value: 0)
        if parent != 0 { nodes[Int(parent)].count = count &+ 1 }
        link = record + JSONNodeRecord.firstOffset
        parent = node
        inObject = kind == .object
        count = 0
        last = 0
        depth &+= 1
        node &+= 1
        clearKey()
        cursor += 1
        skipSpace()
        if cursor.pointee == closing { return 0 }
        if kind == .object {
            let failure = readKey()
            if failure != 0 { return failure }
        }
        return Self.opened
    }

    @inline(__always)
    private mutating func close() {
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
        // Record 0 is no object and has no children, so the root needs no exception.
        let record = nodes + Int(above)
        count = record.pointee.count
        inObject = record.pointee.kind == JSONKind.object.rawValue
        clearKey()
    }

    @inline(__always)
    private mutating func readComma() -> UInt8 {
        cursor += 1
        skipSpace()
        return inObject ? readKey() : 0
    }

    @inline(__always)
    private mutating func clearKey() {
        keyBits = 0
        keySlice = 0
    }

    /// Reads a key and the colon; leaves the cursor at the value.
    @inline(__always)
    private mutating func readKey() -> UInt8 {
        if cursor.pointee != 0x22 { return JSONError.Kind.expectedKey.rawValue }
        let key = cursor + 1
        let stop = JSONStringScanner.plainEnd(key)
        var length = stop - key
        var flags: UInt32 = 0
        cursor = stop
        if stop.pointee != 0x22 {
            let result = JSONStringScanner.finish(key, from: stop, replacing: replacing)
            cursor = result.end
            if result.failure != 0 { return result.failure }
            length = Int(result.length)
            if result.flags & JSONNodeFlags.mayNeedEscape != 0 {
                flags = UInt32(JSONNodeFlags.keyMayNeedEscape) &<< 8
            }
        }
        cursor += 1
        let id = JSONKeyTable.find(
            UnsafeRawPointer(key), length: length, slots: slots, mask: slotMask, names: names)
        keyBits = UInt32(id) &<< 16 | flags
        keySlice = Self.slice(key - text, length)
        skipSpace()
        if cursor.pointee != 0x3A { return JSONError.Kind.expectedColon.rawValue }
        cursor += 1
        skipSpace()
        return 0
    }

    @inline(__always)
    private mutating func skipSpace() {
        if cursor.pointee > 0x20 { return }
        if cursor[0] == 0x20 && cursor[1] > 0x20 {
            cursor += 1
            return
        }
        cursor = JSONStringScanner.spaceEnd(cursor)
    }
}
