import Glibc

/// An IPv4 or IPv6 address; an IPv4 address mapped into IPv6 is the IPv4 address.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 16 bytes: IPv6, or IPv4 as `::ffff:a.b.c.d`.
    private var high: UInt64
    private var low: UInt64

    private static let mappedPrefix: UInt64 = 0x0000_ffff_0000_0000

    fileprivate init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Whether this is an IPv4 address.
    public var isV4: Bool { high == 0 && low & 0xffff_ffff_0000_0000 == Self.mappedPrefix }

    /// Whether this is the machine itself: `127.0.0.0/8` or `::1`.
    public var isLoopback: Bool { isV4 ? low >> 24 & 0xff == 127 : high == 0 && low == 1 }

    /// Reads a textual address; a zone (`fe80::1%eth0`) is dropped. Nil for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 64, !bytes.contains(0) else { return nil }
        let address = bytes.firstIndex(of: UInt8(ascii: "%")).map { bytes[..<$0] } ?? bytes[...]
        let plain = String(decoding: address, as: UTF8.self)
        var four = in_addr()
        if address.count == bytes.count, inet_pton(AF_INET, plain, &four) == 1 {
            self.init(high: 0, low: Self.mappedPrefix | UInt64(UInt32(bigEndian: four.s_addr)))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, plain, &six) == 1 else { return nil }
        let words = withUnsafeBytes(of: &six) { raw in
            (
                raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            )
        }
        self.init(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
    }

    /// The usual textual form.
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if isV4 {
            var four = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
            _ = inet_ntop(AF_INET, &four, &text, socklen_t(text.count))
        } else {
            var words = (high.bigEndian, low.bigEndian)
            _ = inet_ntop(AF_INET6, &words, &text, socklen_t(text.count))
        }
        let end = text.firstIndex(of: 0) ?? text.endIndex
        return String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    fileprivate func masked(bits: Int) -> IPAddress {
        let highBits = min(bits, 64)
        let lowBits = max(0, bits - 64)
        return IPAddress(
            high: highBits == 0 ? 0 : high & (~0 << UInt64(64 - highBits)),
            low: lowBits == 0 ? 0 : low & (~0 << UInt64(64 - lowBits)))
    }
}

/// A range of addresses: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    private let base: IPAddress
    /// Of 128; IPv4 networks have 96 more than written.
    private let prefixBits: Int

    /// Reads a network in CIDR form; nil for anything else. Bits of the host part are ignored.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        let widest = address.isV4 ? 32 : 128
        var bits = widest
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                let number = Int(parts[1]), number <= widest
            else { return nil }
            bits = number
        }
        prefixBits = bits + (128 - widest)
        base = address.masked(bits: prefixBits)
    }

    /// Whether the address lies in the range.
    public func contains(_ address: IPAddress) -> Bool {
        address.masked(bits: prefixBits) == base
    }

    /// The range in CIDR form.
    public var description: String {
        "\(base)/\(base.isV4 && prefixBits >= 96 ? prefixBits - 96 : prefixBits)"
    }
}
