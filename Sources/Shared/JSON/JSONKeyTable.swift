/// The known field names of a schema, each with a small id.
///
/// Made once at start; a document resolves every key it parses through it, so that later passes
/// compare 16-bit ids instead of bytes. The number of probes per lookup is bounded by the table's
/// longest run of entries, whatever keys an input brings.
public final class JSONKeyTable: Sendable {
    /// Names in order of their ids; `names[0]` is the empty name of id 0.
    public let names: [String]

    /// All names one after the other; a document starts its text with a copy of them.
    let text: [UInt8]
    /// Where the name of an id lies in `text`.
    let spans: [(offset: UInt32, length: UInt32)]

    nonisolated(unsafe) let slots: UnsafeMutablePointer<Slot>
    let slotMask: Int

    /// One entry of the open-addressing table; `id` 0 = free.
    struct Slot {
        var head: UInt64
        var tail: UInt64
        var length: UInt32
        var offset: UInt32
        var id: UInt32
        var reserved: UInt32
    }

    /// A table without names.
    public static let empty = JSONKeyTable([])

    /// Gives the names the ids 1, 2, 3 … in their order.
    ///
    /// A name that comes twice keeps its first id; at most 65,535 names count, the rest stay
    /// unknown.
    public init(_ list: [String]) {
        var names = [""]
        var text: [UInt8] = []
        var spans: [(offset: UInt32, length: UInt32)] = [(0, 0)]
        for name in list.prefix(Int(UInt16.max)) {
            let bytes = Array(name.utf8)
            spans.append((UInt32(text.count), UInt32(bytes.count)))
            text += bytes
            names.append(name)
        }
        // Long runs of zeros behind the text let lookups load whole words.
        text += [UInt8](repeating: 0, count: 16)
        var slotCount = 16
        while slotCount < names.count * 4 { slotCount *= 2 }

        self.names = names
        self.text = text
        self.spans = spans
        self.slotMask = slotCount - 1
        self.slots = .allocate(capacity: slotCount)
        self.slots.initialize(
            repeating: Slot(head: 0, tail: 0, length: 0, offset: 0, id: 0, reserved: 0),
            count: slotCount)
        text.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            for id in 1..<max(names.count, 1) { insert(UInt32(id), base: base) }
        }
    }

    deinit {
        slots.deallocate()
    }

    /// The id of a name.
    public func id(of name: String) -> JSONKeyID {
        var name = name
        return name.withUTF8 { id(of: UnsafeRawBufferPointer($0)) }
    }

    /// The id of a name given as UTF-8.
    public func id(of name: UnsafeRawBufferPointer) -> JSONKeyID {
        guard let base = name.baseAddress, !name.isEmpty else { return id(ofEmpty: ()) }
        var head: UInt64 = 0
        var tail: UInt64 = 0
        if name.count >= 8 {
            head = base.loadUnaligned(as: UInt64.self)
            tail = base.loadUnaligned(fromByteOffset: name.count - 8, as: UInt64.self)
        } else {
            for (index, byte) in name.enumerated() { head |= UInt64(byte) << UInt64(8 * index) }
            tail = head
        }
        return JSONKeyID(rawValue: find(base, name.count, head, tail))
    }

    private func id(ofEmpty: Void) -> JSONKeyID {
        text.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return .unknown }
            return JSONKeyID(rawValue: find(base, 0, 0, 0))
        }
    }

    private func insert(_ id: UInt32, base: UnsafeRawPointer) {
        let span = spans[Int(id)]
        let length = Int(span.length)
        let start = base + Int(span.offset)
        let (head, tail) = Self.ends(start, length)
        guard find(start, length, head, tail) == 0 else { return }
        var index = Self.hash(head, tail, length) & slotMask
        while slots[index].id != 0 { index = (index + 1) & slotMask }
        slots[index] = Slot(
            head: head, tail: tail, length: span.length, offset: span.offset, id: id, reserved: 0)
    }

    /// The id of a key of which 8 bytes past the end may be read. Static and without a table
    /// object, for the parser's loop; `names` is a copy of `text`.
    @inline(__always)
    static func find(
        _ start: UnsafeRawPointer, length: Int, slots: UnsafeMutablePointer<Slot>, mask: Int,
        names: UnsafePointer<UInt8>
    ) -> UInt16 {
        let (head, tail) = ends(start, length)
        return find(start, length, head, tail, slots, mask, names)
    }

    private func find(
        _ start: UnsafeRawPointer, _ length: Int, _ head: UInt64, _ tail: UInt64
    ) -> UInt16 {
        text.withUnsafeBufferPointer { bytes in
            guard let names = bytes.baseAddress else { return 0 }
            return Self.find(start, length, head, tail, slots, slotMask, names)
        }
    }

    @inline(__always)
    private static func find(
        _ start: UnsafeRawPointer, _ length: Int, _ head: UInt64, _ tail: UInt64,
        _ slots: UnsafeMutablePointer<Slot>, _ mask: Int, _ names: UnsafePointer<UInt8>
    ) -> UInt16 {
        var index = hash(head, tail, length) & mask
        while true {
            let slot = slots + index
            if slot.pointee.head == head && slot.pointee.tail == tail
                && slot.pointee.length == UInt32(truncatingIfNeeded: length)
                && (length <= 16
                    || JSONBytes.equal(start, names + Int(slot.pointee.offset), length))
            {
                return UInt16(truncatingIfNeeded: slot.pointee.id)
            }
            if slot.pointee.id == 0 { return 0 }
            index = (index &+ 1) & mask
        }
    }

    /// The first and the last 8 bytes; short names are padded with zeros.
    @inline(__always)
    static func ends(_ start: UnsafeRawPointer, _ length: Int) -> (UInt64, UInt64) {
        let head = start.loadUnaligned(as: UInt64.self)
        if length >= 8 {
            return (head, start.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self))
        }
        let kept = head & ((1 &<< UInt64(truncatingIfNeeded: length &* 8)) &- 1)
        return (kept, kept)
    }

    @inline(__always)
    static func hash(_ head: UInt64, _ tail: UInt64, _ length: Int) -> Int {
        let mixed =
            (head ^ (tail &<< 23 | tail &>> 41) ^ UInt64(truncatingIfNeeded: length))
            &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> 40)
    }
}
