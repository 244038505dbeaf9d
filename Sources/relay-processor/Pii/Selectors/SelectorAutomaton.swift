import JSON

/// All selectors of a configuration as one automaton that is fed a value's path element by element.
///
/// Every item of every path is one bit. After an element, bit *i* says that the items of its path up
/// to *i* match the last elements of the value's path; a selector path matches when the bit of its
/// last item is set. The next set follows from the shifted set and the bits that the element
/// satisfies, so a step costs a few word operations per 64 items:
///
///     items   $frame . vars . **      'a' . b
///     bits      0       1     2        3    4
///     first     1       0     0        1    0      may match at any depth
///     deep      0       0     1        0    0      stays set once reached
///
/// Sets that occur get a number, steps between numbered sets are remembered, and so is the list of
/// rules that each set selects: in the steady state a value costs one lookup. The memory for that
/// is bounded; beyond it steps are computed anew, in one slot per depth.
final class SelectorAutomaton {
    /// Items of all selectors together; more are refused when the configuration is compiled.
    static let itemsMax = 1 << 15

    /// Number of 64-bit words of a set.
    let wordCount: Int
    /// Types that some selector names.
    let usedTypes: UInt32

    private let applications: [CompiledSelector]
    private let keyClasses: KeyClasses
    /// Bits of first items, of deep wildcards, of wildcards (deep ones included).
    private let firstBits: [UInt64]
    private let deepBits: [UInt64]
    private let wildcardBits: [UInt64]
    /// Per type: the items that name it.
    private let typeBits: [UInt64]
    /// The items that the classes of keys satisfy, class by class; `keyStarts[class]` is the first
    /// one's position. Most classes satisfy one item, so that sets of bits would grow with the
    /// square of the selectors.
    private let keyItems: [Int32]
    private let keyStarts: [Int32]

    // Behind a pointer, so that access needs no run-time exclusivity check.
    private let memory: UnsafeMutablePointer<Memory>

    /// What the automaton remembers.
    private struct Memory {
        var sets: [UInt64]
        var setCount: Int
        var setTable = IndexTable()
        var steps = StepTable()
        /// Per numbered set and attribute: index of its rule list plus 1, 0 = not yet known.
        var lists: [UInt32]
        var ruleLists: [[Int32]] = [[]]
        var listTable: [[Int32]: UInt32] = [[]: 0]
        /// Per key id of the schema: its class plus 1, 0 = not yet known.
        var classes = [UInt32](repeating: 0, count: Schema.event.keys.names.count + 1)
    }

    private let setsMax: Int
    private static let depthSlots = 256
    private static let listsMax = 4096
    private static let stepsMax = 1 << 16

    init(_ selectors: [Selector]) {
        var builder = AutomatonBuilder()
        applications = selectors.map { builder.add($0) }
        let words = max(1, (builder.items.count + 63) / 64)
        wordCount = words
        usedTypes = builder.usedTypes
        keyClasses = KeyClasses(keys: builder.keys, indexes: builder.indexes)
        var first = [UInt64](repeating: 0, count: words)
        var deep = first
        var wildcard = first
        var keys = [(itemClass: Int, bit: Int)]()
        var types = [UInt64](repeating: 0, count: words * 32)
        for (bit, item) in builder.items.enumerated() {
            let word = bit >> 6
            let mask = UInt64(1) << UInt64(bit & 63)
            if builder.firstItems.contains(bit) { first[word] |= mask }
            switch item {
            case .deepWildcard:
                deep[word] |= mask
                wildcard[word] |= mask
            case .wildcard: wildcard[word] |= mask
            case .type(let type): types[Int(type.rawValue) * words + word] |= mask
            case .key(let key): keys.append((keyClasses.classOf(key: key), bit))
            case .index(let index): keys.append((keyClasses.classOf(index: index), bit))
            }
        }
        firstBits = first
        deepBits = deep
        wildcardBits = wildcard
        typeBits = types
        (keyItems, keyStarts) = SelectorAutomaton.grouped(keys, classCount: keyClasses.count)
        // Slot 0 is the root (nothing matched), the next ones belong to depths.
        let setCount = SelectorAutomaton.depthSlots + 1
        setsMax = setCount + min(4096, (4 << 20) / (words * 8))
        memory = .allocate(capacity: 1)
        memory.initialize(
            to: Memory(
                sets: [UInt64](repeating: 0, count: words * setCount), setCount: setCount,
                lists: [UInt32](repeating: 0, count: setCount * 2)))
    }

    deinit {
        memory.deinitialize(count: 1)
        memory.deallocate()
    }

    private static func grouped(
        _ items: [(itemClass: Int, bit: Int)], classCount: Int
    ) -> (items: [Int32], starts: [Int32]) {
        var starts = [Int32](repeating: 0, count: classCount + 1)
        for item in items { starts[item.itemClass + 1] += 1 }
        for index in 0..<classCount { starts[index + 1] += starts[index] }
        var next = starts
        var grouped = [Int32](repeating: 0, count: items.count)
        for item in items {
            grouped[Int(next[item.itemClass])] = Int32(item.bit)
            next[item.itemClass] += 1
        }
        return (grouped, starts)
    }

    /// Number of the set before any element.
    static let root: Int32 = 0

    /// The class of an object's key, for `step`.
    @inline(__always)
    func classOf(key: UnsafeRawBufferPointer) -> UInt32 { keyClasses.classOf(key: key) }

    /// The class of an object's key with its id in the key table of the schema.
    @inline(__always)
    func classOf(_ id: JSONKeyID, key: UnsafeRawBufferPointer) -> UInt32 {
        let index = Int(id.rawValue)
        guard index != 0, index < memory.pointee.classes.count else {
            return keyClasses.classOf(key: key)
        }
        let known = memory.pointee.classes[index]
        if known != 0 { return known - 1 }
        let found = keyClasses.classOf(key: key)
        memory.pointee.classes[index] = found + 1
        return found
    }

    /// The class of an array's index, for `step`.
    @inline(__always)
    func classOf(index: Int) -> UInt32 { keyClasses.classOf(index: index) }

    /// The set after one more element of the path.
    ///
    /// - Parameters:
    ///   - state: The set of the parent.
    ///   - elementClass: From `classOf`.
    ///   - types: Bits of the value's types (`SelectorType.bit`).
    ///   - depth: Of the value, at least 1.
    @inline(__always)
    func step(_ state: Int32, _ elementClass: UInt32, types: UInt32, depth: Int) -> Int32 {
        let relevant = types & usedTypes
        let key =
            UInt64(UInt32(bitPattern: state)) << 48 ^ UInt64(elementClass) << 32
            ^ UInt64(relevant)
        let known = memory.pointee.steps.find(key)
        if known >= 0 { return known }
        return computeStep(state, elementClass, relevant, depth: depth, key: key)
    }

    @inline(never)
    private func computeStep(
        _ state: Int32, _ elementClass: UInt32, _ types: UInt32, depth: Int, key: UInt64
    ) -> Int32 {
        let isParentNumbered = state == 0 || Int(state) > SelectorAutomaton.depthSlots
        let slot = 1 + (depth & (SelectorAutomaton.depthSlots - 1))
        let target = min(slot, SelectorAutomaton.depthSlots) * wordCount
        let source = Int(state) * wordCount
        var carry: UInt64 = 0
        for word in 0..<wordCount {
            let old = memory.pointee.sets[source + word]
            var satisfied = wildcardBits[word]
            var remaining = types
            while remaining != 0 {
                satisfied |= typeBits[remaining.trailingZeroBitCount * wordCount + word]
                remaining &= remaining - 1
            }
            let shifted = old << 1 | carry | firstBits[word]
            carry = old >> 63
            memory.pointee.sets[target + word] = shifted & satisfied | old & deepBits[word]
        }
        for index in keyStarts[Int(elementClass)]..<keyStarts[Int(elementClass) + 1] {
            let bit = Int(keyItems[Int(index)])
            let mask = UInt64(1) << UInt64(bit & 63)
            let isReached =
                firstBits[bit >> 6] & mask != 0
                || bit > 0
                    && memory.pointee.sets[source + (bit - 1) >> 6]
                        >> UInt64((bit - 1) & 63) & 1 != 0
            if isReached { memory.pointee.sets[target + bit >> 6] |= mask }
        }
        guard isParentNumbered, memory.pointee.steps.count < SelectorAutomaton.stepsMax else {
            return Int32(target / wordCount)
        }
        let number = numberSet(at: target)
        if number >= 0 {
            memory.pointee.steps.insert(key, number)
            return number
        }
        return Int32(target / wordCount)
    }

    /// The number of the set that lies in a depth's slot, -1 when there is no room for another.
    private func numberSet(at slot: Int) -> Int32 {
        var hash: UInt64 = 0
        for word in 0..<wordCount {
            hash = (hash ^ memory.pointee.sets[slot + word]) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
        }
        var candidate = memory.pointee.setTable.first(hash)
        while candidate >= 0 {
            let start = Int(candidate) * wordCount
            let isSame = (0..<wordCount).allSatisfy {
                memory.pointee.sets[start + $0] == memory.pointee.sets[slot + $0]
            }
            if isSame { return candidate }
            candidate = memory.pointee.setTable.next(hash, after: candidate)
        }
        let number = memory.pointee.setCount
        guard number < setsMax else { return -1 }
        for word in 0..<wordCount {
            memory.pointee.sets.append(memory.pointee.sets[slot + word])
        }
        memory.pointee.lists.append(0)
        memory.pointee.lists.append(0)
        memory.pointee.setCount = number + 1
        memory.pointee.setTable.insert(hash, Int32(number))
        return Int32(number)
    }

    /// The list of applications that select a value in this set.
    ///
    /// - Parameter isSpecificOnly: The value's attribute is pii=maybe: only paths that name it.
    /// - Returns: Number for `applications(ofList:)`; 0 is the empty list.
    @inline(__always)
    func list(_ state: Int32, isSpecificOnly: Bool) -> UInt32 {
        let index = Int(state) * 2 + (isSpecificOnly ? 1 : 0)
        if state == 0 || Int(state) > SelectorAutomaton.depthSlots {
            let known = memory.pointee.lists[index]
            if known != 0 { return known - 1 }
        }
        return computeList(state, isSpecificOnly, index)
    }

    @inline(never)
    private func computeList(_ state: Int32, _ isSpecificOnly: Bool, _ index: Int) -> UInt32 {
        let start = Int(state) * wordCount
        var selected: [Int32] = []
        for (number, application) in applications.enumerated()
        where application.matches(memory.pointee.sets, start, isSpecificOnly) {
            selected.append(Int32(number))
        }
        var list = memory.pointee.listTable[selected]
        if list == nil {
            if memory.pointee.ruleLists.count < SelectorAutomaton.listsMax {
                list = UInt32(memory.pointee.ruleLists.count)
                memory.pointee.listTable[selected] = list
                memory.pointee.ruleLists.append(selected)
            } else {
                // The last entry is reused for lists beyond the bound.
                let last = memory.pointee.ruleLists.count - 1
                memory.pointee.listTable[memory.pointee.ruleLists[last]] = nil
                memory.pointee.ruleLists[last] = selected
                return UInt32(last)
            }
        }
        let number = list ?? 0
        if state == 0 || Int(state) > SelectorAutomaton.depthSlots,
            Int(number) < SelectorAutomaton.listsMax - 1
        {
            memory.pointee.lists[index] = number + 1
        }
        return number
    }

    /// Applications of a list, in the order in which they are carried out.
    func applications(ofList list: UInt32) -> [Int32] { memory.pointee.ruleLists[Int(list)] }

    /// Whether a list's content may change, so that nothing may be remembered about it.
    func isScratch(_ list: UInt32) -> Bool { Int(list) == SelectorAutomaton.listsMax - 1 }
}

/// A selector over bits of a set.
indirect enum CompiledSelector {
    case and([CompiledSelector])
    case or([CompiledSelector])
    case not(CompiledSelector)
    /// `isSpecific`: may reach a value whose attribute is pii=maybe.
    case path(lastBit: Int, isSpecific: Bool)

    func matches(_ sets: [UInt64], _ start: Int, _ isSpecificOnly: Bool) -> Bool {
        switch self {
        case .and(let parts): return parts.allSatisfy { $0.matches(sets, start, isSpecificOnly) }
        case .or(let parts): return parts.contains { $0.matches(sets, start, isSpecificOnly) }
        case .not(let part): return !part.matches(sets, start, isSpecificOnly)
        case .path(let bit, let isSpecific):
            if isSpecificOnly && !isSpecific { return false }
            return sets[start + bit >> 6] >> UInt64(bit & 63) & 1 != 0
        }
    }
}

/// Collects the items of selectors into one row of bits.
struct AutomatonBuilder {
    var items: [SelectorItem] = []
    var firstItems: Set<Int> = []
    var keys: [[UInt8]] = []
    var indexes: [UInt64] = []
    var usedTypes: UInt32 = 0
    private var paths: [[UInt8]: Int] = [:]

    mutating func add(_ selector: Selector) -> CompiledSelector {
        switch selector {
        case .and(let parts): return .and(parts.map { add($0) })
        case .or(let parts): return .or(parts.map { add($0) })
        case .not(let part): return .not(add(part))
        case .path(let path): return add(path)
        }
    }

    private mutating func add(_ path: [SelectorItem]) -> CompiledSelector {
        let isSpecific = path.enumerated().allSatisfy { position, item in
            switch item {
            case .deepWildcard: false
            case .type(let type): position == 0 && !type.isGeneric
            default: true
            }
        }
        let name = Array(Selector.path(path).description.utf8)
        if let bit = paths[name] { return .path(lastBit: bit, isSpecific: isSpecific) }
        firstItems.insert(items.count)
        for item in path {
            items.append(item)
            switch item {
            case .key(let key): keys.append(key)
            case .index(let index): indexes.append(index)
            case .type(let type): usedTypes |= type.bit
            default: break
            }
        }
        paths[name] = items.count - 1
        return .path(lastBit: items.count - 1, isSpecific: isSpecific)
    }
}
