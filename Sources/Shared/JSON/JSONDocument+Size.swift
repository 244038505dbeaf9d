extension JSONDocument {
    /// Bytes that the tree would take as compact JSON with numbers as they are.
    ///
    /// - Parameter escaped: false counts strings without their escapes (text + 2) and fractions
    ///   without exponents, which is how Relay's size estimate works, and costs no look at texts.
    public func serializedByteCount(of node: JSONNode, escaped: Bool = true) -> Int {
        byteCount(of: node, escaped: escaped, depth: 0)
    }

    private func byteCount(of node: JSONNode, escaped: Bool, depth: Int) -> Int {
        let record = record(node)
        switch record.pointee.kind {
        case JSONKind.null.rawValue:
            return 4
        case JSONKind.bool.rawValue:
            return record.pointee.flags & JSONNodeFlags.isTrue != 0 ? 4 : 5
        case JSONKind.number.rawValue:
            return escaped || isInteger(node) && record.pointee.last < 19
                ? Int(record.pointee.last) : JSONNumber.positionalByteCount(numberBytes(of: node))
        case JSONKind.string.rawValue:
            return quotedByteCount(
                record.pointee.first, record.pointee.last,
                escaped && record.pointee.flags & JSONNodeFlags.mayNeedEscape != 0)
        case JSONKind.array.rawValue, JSONKind.object.rawValue:
            guard depth <= limits.depthMax else { return 0 }
            let isObject = record.pointee.kind == JSONKind.object.rawValue
            var total = 2 + max(Int(record.pointee.count) - 1, 0)
            var child = JSONNode(index: record.pointee.first)
            while child.exists {
                let childRecord = self.record(child)
                if isObject {
                    total += quotedByteCount(
                        childRecord.pointee.keyOffset, childRecord.pointee.keyLength,
                        escaped && childRecord.pointee.flags & JSONNodeFlags.keyMayNeedEscape != 0)
                    total += 1
                }
                total += byteCount(of: child, escaped: escaped, depth: depth + 1)
                child = JSONNode(index: childRecord.pointee.next)
            }
            return total
        default:
            return 0
        }
    }

    private func quotedByteCount(_ offset: UInt32, _ length: UInt32, _ look: Bool) -> Int {
        var total = Int(length) + 2
        guard look else { return total }
        let start = text + Int(offset)
        for index in 0..<Int(length) {
            switch start[index] {
            case 0x22, 0x5C, 0x08, 0x0C, 0x0A, 0x0D, 0x09: total += 1
            case 0..<0x20: total += 5
            default: break
            }
        }
        return total
    }
}
