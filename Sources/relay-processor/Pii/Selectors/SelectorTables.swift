/// The keys and indexes that selectors name, each with a class number; everything else shares one.
struct KeyClasses {
    /// Class of a key that no selector names.
    static let otherKey: UInt32 = 0
    /// Class of an index that no selector names.
    static let otherIndex: UInt32 = 1

    private struct Entry {
        var hash: UInt32
        var classNumber: UInt32
        var offset: UInt32
        var length: UInt32
    }

    /// Number of classes.
    let count: Int
    private let table: [Entry]
    private let mask: Int
    private let text: [UInt8]
    private let indexClasses: [UInt64: UInt32]
    private let lengths: UInt64

    init(keys: [[UInt8]], indexes: [UInt64]) {
        var known: [[UInt8]: UInt32] = [:]
        var text: [UInt8] = []
        var entries: [Entry] = []
        var next: UInt32 = 2
        var lengths: UInt64 = 0
        for key in keys {
            let folded = key.map(KeyClasses.fold)
            if known[folded] != nil { continue }
            known[folded] = next
            let hash = folded.withUnsafeBytes { KeyClasses.hash($0) }
            entries.append(
                Entry(
                    hash: hash, classNumber: next, offset: UInt32(text.count),
                    length: UInt32(folded.count)))
            text += folded
            lengths |= 1 << UInt64(min(folded.count, 63))
            next += 1
        }
        var indexClasses: [UInt64: UInt32] = [:]
        for index in indexes where indexClasses[index] == nil {
            indexClasses[index] = next
            next += 1
        }
        var size = 16
        while size < entries.count * 4 { size *= 2 }
        let empty = Entry(hash: 0, classNumber: 0, offset: 0, length: 0)
        var table = [Entry](repeating: empty, count: size)
        for entry in entries {
            var slot = Int(entry.hash) & (size - 1)
            while table[slot].classNumber != 0 { slot = (slot + 1) & (size - 1) }
            table[slot] = entry
        }
        self.table = table
        self.text = text
        self.indexClasses = indexClasses
        self.lengths = lengths
        mask = size - 1
        count = Int(next)
    }

    @inline(__always)
    static func fold(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    @inline(__always)
    private static func hash(_ key: UnsafeRawBufferPointer) -> UInt32 {
        var head: UInt64 = 0
        var tail: UInt64 = 0
        if let base = key.baseAddress, key.count >= 8 {
            head = base.loadUnaligned(as: UInt64.self)
            tail = base.loadUnaligned(fromByteOffset: key.count - 8, as: UInt64.self)
        } else {
            for index in 0..<key.count { head = head << 8 | UInt64(key[index]) }
        }
        let fold: UInt64 = 0x2020_2020_2020_2020
        let mixed = ((head | fold) ^ ((tail | fold) &<< 21) ^ UInt64(key.count))
        return UInt32(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) >> 32)
    }

    @inline(__always)
    func classOf(key: UnsafeRawBufferPointer) -> UInt32 {
        if lengths >> UInt64(min(key.count, 63)) & 1 == 0 { return KeyClasses.otherKey }
        let hash = KeyClasses.hash(key)
        return table.withUnsafeBufferPointer { table in
            var slot = Int(hash) & mask
            while true {
                let entry = table[slot]
                if entry.classNumber == 0 { return KeyClasses.otherKey }
                if entry.hash == hash, Int(entry.length) == key.count, isSame(entry, key) {
                    return entry.classNumber
                }
                slot = (slot + 1) & mask
            }
        }
    }

    private func isSame(_ entry: Entry, _ key: UnsafeRawBufferPointer) -> Bool {
        text.withUnsafeBufferPointer { text in
            let start = Int(entry.offset)
            for index in 0..<key.count where text[start + index] != KeyClasses.fold(key[index]) {
                return false
            }
            return true
        }
    }

    func classOf(key: [UInt8]) -> Int { key.withUnsafeBytes { Int(classOf(key: $0)) } }

    func classOf(index: UInt64) -> Int { Int(indexClasses[index] ?? KeyClasses.otherIndex) }

    @inline(__always)
    func classOf(index: Int) -> UInt32 {
        if indexClasses.isEmpty { return KeyClasses.otherIndex }
        return indexClasses[UInt64(max(index, 0))] ?? KeyClasses.otherIndex
    }
}

/// Open-addressing table from a step to the number of the set it leads to.
struct StepTable {
    private struct Entry {
        var key: UInt64 = .max
        var value: Int32 = -1
    }

    private var entries = [Entry](repeating: Entry(), count: 256)
    private(set) var count = 0

    @inline(__always)
    private static func slot(_ key: UInt64, _ mask: Int) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    /// The value of a key, -1 when it is not there.
    @inline(__always)
    func find(_ key: UInt64) -> Int32 {
        entries.withUnsafeBufferPointer { entries in
            let mask = entries.count - 1
            var slot = StepTable.slot(key, mask)
            while true {
                let entry = entries[slot]
                if entry.key == key { return entry.value }
                if entry.key == .max { return -1 }
                slot = (slot + 1) & mask
            }
        }
    }

    mutating func insert(_ key: UInt64, _ value: Int32) {
        if count * 2 >= entries.count { grow() }
        let mask = entries.count - 1
        var slot = StepTable.slot(key, mask)
        while entries[slot].key != .max { slot = (slot + 1) & mask }
        entries[slot] = Entry(key: key, value: value)
        count += 1
    }

    private mutating func grow() {
        let old = entries
        entries = [Entry](repeating: Entry(), count: old.count * 2)
        count = 0
        for entry in old where entry.key != .max { insert(entry.key, entry.value) }
    }
}

/// Numbers by a 64-bit hash; several may share one.
struct IndexTable {
    private var buckets: [UInt64: [Int32]] = [:]

    func first(_ hash: UInt64) -> Int32 { buckets[hash]?.first ?? -1 }

    func next(_ hash: UInt64, after number: Int32) -> Int32 {
        guard let bucket = buckets[hash], let index = bucket.firstIndex(of: number) else {
            return -1
        }
        return index + 1 < bucket.count ? bucket[index + 1] : -1
    }

    mutating func insert(_ hash: UInt64, _ number: Int32) {
        buckets[hash, default: []].append(number)
    }
}
