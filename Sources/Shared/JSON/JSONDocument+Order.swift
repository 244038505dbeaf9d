/// Order and uniqueness of an object's keys.
extension JSONDocument {
    /// Sorts the children of an object by the bytes of their keys; equal keys keep their order.
    public func sortByKey(_ object: JSONNode) {
        let container = record(object)
        guard container.pointee.kind == JSONKind.object.rawValue, !isSortedByKey(object) else {
            return
        }
        // Merge sort from below: bin i holds a sorted list of 2^i children or none.
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 33) { bins in
            bins.initialize(repeating: 0)
            var upcoming = container.pointee.first
            while upcoming != 0 {
                var list = upcoming
                upcoming = nodes[Int(list)].next
                nodes[Int(list)].next = 0
                var bin = 0
                while bins[bin] != 0 {
                    list = merge(bins[bin], list)
                    bins[bin] = 0
                    bin += 1
                }
                bins[bin] = list
            }
            var sorted: UInt32 = 0
            for list in bins where list != 0 { sorted = merge(list, sorted) }
            container.pointee.first = sorted
        }
        var last = container.pointee.first
        while nodes[Int(last)].next != 0 { last = nodes[Int(last)].next }
        container.pointee.last = last
    }

    /// Sorts the members of all objects in a tree; of repeated keys the last one stays. That is how the
    /// original keeps objects, which shows where a value becomes JSON text.
    public func sortTreeByKey(_ node: JSONNode) {
        sortTreeByKey(node, depth: 0)
    }

    private func sortTreeByKey(_ node: JSONNode, depth: Int) {
        let kind = kind(of: node)
        guard kind == .object || kind == .array, depth < limits.depthMax else { return }
        if kind == .object { removeDuplicateKeys(of: node) }
        for child in children(of: node) { sortTreeByKey(child, depth: depth + 1) }
        if kind == .object { sortByKey(node) }
    }

    private func isSortedByKey(_ object: JSONNode) -> Bool {
        var previous = firstChild(of: object)
        while previous.exists {
            let following = next(after: previous)
            if following.exists, compareKeys(previous.index, following.index) > 0 { return false }
            previous = following
        }
        return true
    }

    /// Merges two sorted lists; of equal keys those of `earlier` come first.
    private func merge(_ earlier: UInt32, _ later: UInt32) -> UInt32 {
        var left = earlier
        var right = later
        var head: UInt32 = 0
        var tail: UInt32 = 0
        while left != 0 && right != 0 {
            let takesLeft = compareKeys(left, right) <= 0
            let taken = takesLeft ? left : right
            if takesLeft { left = nodes[Int(left)].next } else { right = nodes[Int(right)].next }
            if tail == 0 { head = taken } else { nodes[Int(tail)].next = taken }
            tail = taken
        }
        let rest = left != 0 ? left : right
        if tail == 0 { return rest }
        nodes[Int(tail)].next = rest
        return head
    }

    private func compareKeys(_ left: UInt32, _ right: UInt32) -> Int {
        JSONBytes.compare(
            keyBytes(of: JSONNode(index: left)), keyBytes(of: JSONNode(index: right)))
    }

    /// Takes all but the last of children with the same key out of an object. At most
    /// n log n comparisons of keys, whatever they are.
    ///
    /// - Returns: the number of children taken out.
    @discardableResult
    public func removeDuplicateKeys(of object: JSONNode) -> Int {
        let count = childCount(of: object)
        guard kind(of: object) == .object, count > 1 else { return 0 }
        if count <= Self.fingerprintedMax, hasDistinctFingerprints(object, count) { return 0 }
        let marked = count <= 8 ? markByComparing(object) : markBySorting(object, count)
        guard marked > 0 else { return 0 }
        return removeChildren(of: object) { child in
            let isMarked = record(child).pointee.flags & JSONNodeFlags.marked != 0
            record(child).pointee.flags &= ~JSONNodeFlags.marked
            return isMarked
        }
    }

    /// Children whose fingerprints are told apart before their keys are compared.
    private static var fingerprintedMax: Int { 256 }

    /// Whether no two keys have the same fingerprint, so that all differ: true for most objects,
    /// and much cheaper than to compare or sort keys.
    private func hasDistinctFingerprints(_ object: JSONNode, _ count: Int) -> Bool {
        // So many bits that a chance collision is rare.
        let bits: UInt64 = count <= 32 ? 12 : 16
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 1 << Int(bits - 6)) {
            seen in
            seen.initialize(repeating: 0)
            var child = firstChild(of: object)
            while child.exists {
                let fingerprint = Int(truncatingIfNeeded: keyHash(child) &>> (64 &- bits))
                let mask = UInt64(1) &<< UInt64(fingerprint & 63)
                if seen[fingerprint &>> 6] & mask != 0 { return false }
                seen[fingerprint &>> 6] |= mask
                child = next(after: child)
            }
            return true
        }
    }

    /// Mixes length, first and last bytes. Behind every key are bytes that may be read.
    @inline(__always)
    private func keyHash(_ node: JSONNode) -> UInt64 {
        let length = Int(record(node).pointee.keyLength)
        let start = UnsafeRawPointer(text + Int(record(node).pointee.keyOffset))
        var first = start.loadUnaligned(as: UInt64.self)
        var last: UInt64 = 0
        if length >= 8 {
            last = start.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
        } else {
            first &= (1 &<< (UInt64(length) &* 8)) &- 1
        }
        return (first ^ (last &<< 7) ^ (last &>> 57) ^ UInt64(length)) &* 0x9E37_79B9_7F4A_7C15
    }

    private func markByComparing(_ object: JSONNode) -> Int {
        var marked = 0
        for child in children(of: object) {
            var later = next(after: child)
            while later.exists {
                if compareKeys(child.index, later.index) == 0 {
                    record(child).pointee.flags |= JSONNodeFlags.marked
                    marked += 1
                    break
                }
                later = next(after: later)
            }
        }
        return marked
    }

    private func markBySorting(_ object: JSONNode, _ count: Int) -> Int {
        // Position above node, so that equal keys can be told apart by their order.
        var order: [UInt64] = []
        order.reserveCapacity(count)
        for child in children(of: object) {
            order.append(UInt64(order.count) << 32 | UInt64(child.index))
        }
        order.sort { left, right in
            let byKey = compareKeys(
                UInt32(truncatingIfNeeded: left), UInt32(truncatingIfNeeded: right))
            return byKey == 0 ? left < right : byKey < 0
        }
        var marked = 0
        for position in 1..<order.count {
            let earlier = UInt32(truncatingIfNeeded: order[position - 1])
            guard compareKeys(earlier, UInt32(truncatingIfNeeded: order[position])) == 0 else {
                continue
            }
            nodes[Int(earlier)].flags |= JSONNodeFlags.marked
            marked += 1
        }
        return marked
    }
}
