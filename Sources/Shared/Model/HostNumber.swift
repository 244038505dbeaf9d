/// Hosts that are IPv4 addresses in any of the forms the WHATWG URL standard reads: `127.1`,
/// `0x7f000001`, `017700000001`.
public enum HostNumber {
    /// Whether the last label is a number, so that the host is an address or none at all.
    public static func isLast(in host: String) -> Bool {
        var parts = host.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true, parts.count > 1 { parts.removeLast() }
        guard let last = parts.last, !last.isEmpty else { return false }
        return last.allSatisfy { $0 &- 0x30 < 10 } || number(Array(last)) != nil
    }

    /// Decimal, `0x…` or `0…` (octal).
    private static func number(_ part: [UInt8]) -> UInt64? {
        guard !part.isEmpty else { return nil }
        var digits = part[...]
        var radix = 10
        if part.count >= 2, part[0] == 0x30, part[1] | 0x20 == 0x78 {
            digits = part[2...]
            radix = 16
        } else if part.count >= 2, part[0] == 0x30 {
            digits = part[1...]
            radix = 8
        }
        if digits.isEmpty { return 0 }
        guard digits.first != 0x2B, digits.first != 0x2D else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self), radix: radix)
    }

    /// The usual form of the address, nil if it is none.
    public static func address(_ host: String) -> String? {
        var parts = host.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true, parts.count > 1 { parts.removeLast() }
        guard parts.count <= 4 else { return nil }
        var address: UInt64 = 0
        for (index, part) in parts.enumerated() {
            guard let value = number(Array(part)) else { return nil }
            if index < parts.count - 1 {
                guard value <= 255 else { return nil }
                address |= value << UInt64(8 * (3 - index))
            } else {
                guard value < 1 << UInt64(8 * (5 - parts.count)) else { return nil }
                address |= value
            }
        }
        return "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
    }
}
