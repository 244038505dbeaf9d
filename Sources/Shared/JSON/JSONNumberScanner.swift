/// Checks the grammar of a number (RFC 8259, section 6). Numbers stay text.
enum JSONNumberScanner {
    /// What `scan` found: where the number ends or the byte that is wrong, and the node flags.
    struct Result {
        var end: UnsafeMutablePointer<UInt8>
        var flags: UInt8
        var isValid: Bool
    }

    /// Reads a number that starts with a minus or a digit.
    @inline(__always)
    static func scan(_ start: UnsafeMutablePointer<UInt8>) -> Result {
        var cursor = start
        if cursor.pointee == 0x2D { cursor += 1 }
        if cursor.pointee == 0x30 {
            cursor += 1
        } else {
            guard skipDigits(&cursor) else { return Result(end: cursor, flags: 0, isValid: false) }
        }
        // Digits and letters behind the integer part are errors that the next step reports.
        if cursor.pointee != 0x2E && cursor.pointee | 0x20 != 0x65 {
            return Result(end: cursor, flags: JSONNodeFlags.integer, isValid: true)
        }
        let isValid = scanFraction(&cursor)
        return Result(end: cursor, flags: 0, isValid: isValid)
    }

    @inline(__always)
    private static func scanFraction(_ cursor: inout UnsafeMutablePointer<UInt8>) -> Bool {
        if cursor.pointee == 0x2E {
            cursor += 1
            guard skipDigits(&cursor) else { return false }
        }
        if cursor.pointee | 0x20 == 0x65 {
            cursor += 1
            if cursor.pointee == 0x2B || cursor.pointee == 0x2D { cursor += 1 }
            guard skipDigits(&cursor) else { return false }
        }
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
