import Glibc

/// An IPv4 or IPv6 address.
struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The bits from the top; of IPv4 the first 32.
    private let high: UInt64
    private let low: UInt64
    let isVersion6: Bool

    /// Bits that an address has.
    var bitCount: Int { isVersion6 ? 128 : 32 }

    /// Reads the textual form, without zone and prefix.
    init?(_ text: String) {
        guard text.utf8.count >= 2, text.utf8.count <= 45 else { return nil }
        var isVersion6 = false
        for byte in text.utf8 {
            guard byte != 0, byte < 0x80 else { return nil }
            if byte == 0x3A { isVersion6 = true }
        }
        var words = (UInt64(0), UInt64(0))
        guard inet_pton(isVersion6 ? AF_INET6 : AF_INET, text, &words) == 1 else { return nil }
        self.isVersion6 = isVersion6
        high = UInt64(bigEndian: words.0)
        low = UInt64(bigEndian: words.1)
    }

    /// Whether the first bits are the same.
    func shares(_ prefixLength: Int, with other: IPAddress) -> Bool {
        guard isVersion6 == other.isVersion6 else { return false }
        let first = min(prefixLength, 64)
        let second = max(prefixLength - 64, 0)
        return (high ^ other.high) & Self.mask(first) == 0
            && (low ^ other.low) & Self.mask(second) == 0
    }

    private static func mask(_ length: Int) -> UInt64 {
        length == 0 ? 0 : .max << UInt64(64 - length)
    }

    /// The number of leading ones if nothing but zeros follows, of IPv4.
    var maskLength: Int? {
        let length = (~high).leadingZeroBitCount
        guard !isVersion6, length <= 32, high & ~Self.mask(length) == 0 else { return nil }
        return length
    }

    /// The canonical text.
    var description: String {
        var words = (high.bigEndian, low.bigEndian)
        var text = [CChar](repeating: 0, count: 64)
        let family = isVersion6 ? AF_INET6 : AF_INET
        guard inet_ntop(family, &words, &text, socklen_t(text.count)) != nil else { return "" }
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
        guard parts.count == 2 else {
            prefixLength = address.bitCount
            return
        }
        if parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ $0 &- 0x30 < 10 }),
            let length = Int(parts[1])
        {
            guard length <= address.bitCount else { return nil }
            prefixLength = length
        } else if !address.isVersion6, let length = IPAddress(String(parts[1]))?.maskLength {
            prefixLength = length
        } else {
            return nil
        }
    }

    func contains(_ other: IPAddress) -> Bool {
        address.shares(prefixLength, with: other)
    }
}
