import Model

/// The header of a signature: a JSON object whose member `t` is the time. Members nobody knows are
/// skipped: other versions of the original write more. Only flat objects of strings, numbers and
/// literals occur; anything else is refused.
enum SignatureHeader {
    /// What the header says of the time.
    enum Stated: Hashable {
        case time(WallTime)
        case absent
        case malformed
    }

    static func time(in header: [UInt8]) -> Stated {
        var reader = Reader(bytes: header)
        guard reader.take(UInt8(ascii: "{")) else { return .malformed }
        var stated = Stated.absent
        var isFirst = true
        while !reader.take(UInt8(ascii: "}")) {
            guard isFirst || reader.take(UInt8(ascii: ",")), let name = reader.string(),
                reader.take(UInt8(ascii: ":"))
            else { return .malformed }
            isFirst = false
            if name.elementsEqual("t".utf8), let text = reader.string() {
                guard let time = WallTime(rfc3339: String(decoding: text, as: UTF8.self)) else {
                    return .malformed
                }
                stated = .time(time)
            } else if reader.string() == nil, !reader.scalar() {
                return .malformed
            }
        }
        return reader.isAtEnd ? stated : .malformed
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return position == bytes.count
            }
        }

        mutating func skipSpace() {
            while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) {
                position += 1
            }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            skipSpace()
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        /// A string's text; escapes are left as they are, since no name or time of ours has any.
        mutating func string() -> ArraySlice<UInt8>? {
            guard take(UInt8(ascii: "\"")) else { return nil }
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard position < bytes.count else { return nil }
            position += 1
            return bytes[start..<position - 1]
        }

        /// Skips a number or literal.
        mutating func scalar() -> Bool {
            skipSpace()
            let start = position
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "E"):
                    position += 1
                default:
                    return position > start
                }
            }
            return false
        }
    }
}
