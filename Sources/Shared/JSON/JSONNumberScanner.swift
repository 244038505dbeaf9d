/// Checks the grammar of a number (RFC 8259, section 6). Numbers stay text.
enum JSONNumberScanner {
    /// Moves the cursor over the number and adds the flag of integers to `bits`. False: not a
    /// number, and the cursor is at the byte that is wrong.
    @inline(__always)
    static func scan(_ cursor: inout UnsafeMutablePointer<UInt8>, _ bits: inout UInt32) -> Bool {
        if cursor.pointee == 0x2D { cursor += 1 }
        if cursor.pointee == 0x30 {
            cursor += 1
        } else {
            guard skipDigits(&cursor) else { return false }
        }
        var isInteger = true
        if cursor.pointee == 0x2E {
            isInteger = false
            cursor += 1
            guard skipDigits(&cursor) else { return false }
        }
        if cursor.pointee | 0x20 == 0x65 {
            isInteger = false
            cursor += 1
            if cursor.pointee == 0x2B || cursor.pointee == 0x2D { cursor += 1 }
            guard skipDigits(&cursor) else { return false }
        }
        if isInteger { bits |= UInt32(JSONNodeFlags.integer) &<< 8 }
        return true
    }

    /// Skips at least one digit.
    @inline(__always)
    private static func skipDigits(_ cursor: inout UnsafeMutablePointer<UInt8>) -> Bool {
        guard cursor.pointee &- 0x30 < 10 else { return false }
        repeat { cursor += 1 } while cursor.pointee &- 0x30 < 10
        return true
    }
}
