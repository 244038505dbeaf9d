/// Whom to believe about the client's address (`http.trusted_proxies`).
///
/// The address that counts for an event is what an attacker would like to forge, so it can be tied
/// to the proxies one runs. `any` is the original's behaviour: the first element of
/// `X-Forwarded-For` counts, whoever sent it. The header that goes upstream is always what came in
/// with the peer appended; only the address that counts depends on this.
public enum TrustedProxies: Hashable, Sendable, CustomStringConvertible {
    /// The first element of the header counts.
    case any
    /// The header never counts, only the connection's peer.
    case none
    /// This many proxies stand before us: the peer is the last of them.
    case hops(Int)
    /// The header counts as far as its elements were appended by proxies from these networks.
    case networks([IPNetwork])

    /// The most elements of a header that are looked at, from the right.
    public static let forwardedElementsMax = 100

    /// The client's address, by the header (lines in order, elements from the client to us) and the
    /// peer's address. Elements that are no IP address (`unknown`, obfuscated names) end the search:
    /// the last address that is certain counts.
    public func clientAddress(forwardedFor lines: [String], peer: String) -> String {
        switch self {
        case .none:
            return peer
        case .any:
            for line in lines {
                for element in line.split(separator: ",") {
                    let text = Self.address(element)
                    if !text.isEmpty { return IPAddress(text) == nil ? peer : text }
                }
            }
            return peer
        case .hops(let count):
            let chain = Self.chainFromPeer(lines)
            guard count > 0, !chain.isEmpty else { return peer }
            var client = peer
            for element in chain.prefix(count) {
                guard IPAddress(element) != nil else { break }
                client = element
            }
            return client
        case .networks(let networks):
            var client = peer
            guard Self.isTrusted(peer, networks) else { return peer }
            for element in Self.chainFromPeer(lines) {
                guard IPAddress(element) != nil else { break }
                client = element
                guard Self.isTrusted(element, networks) else { break }
            }
            return client
        }
    }

    private static func isTrusted(_ text: String, _ networks: [IPNetwork]) -> Bool {
        guard let address = IPAddress(text) else { return false }
        return networks.contains { $0.contains(address) }
    }

    /// The header's elements, the nearest to us first.
    private static func chainFromPeer(_ lines: [String]) -> [String] {
        var chain: [String] = []
        for line in lines.reversed() {
            for element in line.split(separator: ",").reversed() {
                guard chain.count < forwardedElementsMax else { return chain }
                let text = address(element)
                if !text.isEmpty { chain.append(text) }
            }
        }
        return chain
    }

    /// An element without blanks, quotes, brackets, port and zone. A zone (`fe80::1%eth0`) is of use
    /// to its own host only, and may be any text.
    private static func address(_ element: Substring) -> String {
        let text = plain(element)
        return String(text.prefix { $0 != "%" })
    }

    private static func plain(_ element: Substring) -> Substring {
        var text = element
        while let first = text.first, " \t\"".contains(first) { text.removeFirst() }
        while let last = text.last, " \t\"".contains(last) { text.removeLast() }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return text[text.index(after: text.startIndex)..<end]
        }
        if let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon,
            text.contains(".")
        {
            return text[..<colon]
        }
        return text
    }

    /// The setting as it is written in the file.
    public var description: String {
        switch self {
        case .any: "any"
        case .none: "none"
        case .hops(let count): "\(count)"
        case .networks(let networks):
            "[" + networks.map(\.description).joined(separator: ", ") + "]"
        }
    }
}
