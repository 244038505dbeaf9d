import Glibc

/// An IPv4 or IPv6 address.
struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes in network order.
    let bytes: [UInt8]

    var isVersion6: Bool { bytes.count == 16 }

    /// Reads the textual form, without zone and prefix.
    init?(_ text: String) {
        guard text.utf8.count >= 2, text.utf8.count <= 45, !text.utf8.contains(0),
            text.utf8.allSatisfy({ $0 < 0x80 })
        else { return nil }
        let isVersion6 = text.utf8.contains(0x3A)
        var buffer = [UInt8](repeating: 0, count: isVersion6 ? 16 : 4)
        let result = buffer.withUnsafeMutableBytes {
            inet_pton(isVersion6 ? AF_INET6 : AF_INET, text, $0.baseAddress)
        }
        guard result == 1 else { return nil }
        bytes = buffer
    }

    /// The canonical text.
    var description: String {
        var text = [CChar](repeating: 0, count: 64)
        let family = isVersion6 ? AF_INET6 : AF_INET
        let isDone = bytes.withUnsafeBytes {
            inet_ntop(family, $0.baseAddress, &text, socklen_t(text.count)) != nil
        }
        guard isDone else { return "" }
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// An address or a range in CIDR notation.
struct IPNetwork: Hashable, Sendable {
    private let address: IPAddress
    private let prefixLength: Int

    /// Reads `a.b.c.d`, `a.b.c.d/n`, `a.b.c.d/255.255.0.0` and the same with IPv6; nil for anything
    /// else.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
        self.address = address
        let most = address.bytes.count * 8
        guard parts.count == 2 else {
            prefixLength = most
            return
        }
        if parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ $0 &- 0x30 < 10 }),
            let length = Int(parts[1])
        {
            guard length <= most else { return nil }
            prefixLength = length
        } else if !address.isVersion6, let mask = IPAddress(String(parts[1])), !mask.isVersion6 {
            let bits = mask.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let length = (~bits).leadingZeroBitCount
            guard length == 32 || bits << UInt32(length) == 0 else { return nil }
            prefixLength = length
        } else {
            return nil
        }
    }

    func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        for bit in stride(from: 0, to: prefixLength, by: 8) {
            let left = prefixLength - bit
            let mask: UInt8 = left >= 8 ? 0xFF : ~(0xFF >> UInt8(left))
            if (other.bytes[bit / 8] ^ address.bytes[bit / 8]) & mask != 0 { return false }
        }
        return true
    }
}
