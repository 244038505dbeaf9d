import Testing

@testable import Config

@Suite struct TrustedProxiesTests {
    private static func networks(_ texts: String...) -> TrustedProxies {
        .networks(texts.compactMap { IPNetwork($0) })
    }

    /// What counts as the client for a header and a peer, by every setting.
    @Test(arguments: [
        // The original: the first element, whoever sent it.
        (TrustedProxies.any, ["1.2.3.4, 5.6.7.8"], "10.0.0.1", "1.2.3.4"),
        (.any, [" , 1.2.3.4"], "10.0.0.1", "1.2.3.4"),
        (.any, [], "10.0.0.1", "10.0.0.1"),
        // What is no address is nobody's.
        (.any, ["unknown, 1.2.3.4"], "10.0.0.1", "10.0.0.1"),
        (.any, ["1.2.3.4 or 1=1"], "10.0.0.1", "10.0.0.1"),
        (.any, ["127.1"], "10.0.0.1", "10.0.0.1"),
        (.any, ["fe80::1%<b>"], "10.0.0.1", "fe80::1"),
        (.none, ["1.2.3.4"], "10.0.0.1", "10.0.0.1"),
        // One proxy: what it appended; forged elements stand before.
        (.hops(1), ["6.6.6.6, 1.2.3.4"], "10.0.0.1", "1.2.3.4"),
        (.hops(2), ["6.6.6.6, 1.2.3.4, 10.0.0.2"], "10.0.0.1", "1.2.3.4"),
        (.hops(3), ["1.2.3.4"], "10.0.0.1", "1.2.3.4"),
        (.hops(1), [], "10.0.0.1", "10.0.0.1"),
        (.hops(2), ["unknown, 10.0.0.2"], "10.0.0.1", "10.0.0.2"),
        // Networks: as far as the chain is ours.
        (networks("10.0.0.0/8"), ["6.6.6.6, 1.2.3.4, 10.0.0.2"], "10.0.0.1", "1.2.3.4"),
        (networks("10.0.0.0/8"), ["6.6.6.6"], "9.9.9.9", "9.9.9.9"),
        (networks("10.0.0.0/8"), ["10.1.1.1, 10.0.0.2"], "10.0.0.1", "10.1.1.1"),
        (networks("10.0.0.0/8"), ["1.2.3.4"], "::ffff:10.0.0.1", "1.2.3.4"),
        (
            networks("2001:db8::/32"), ["[2001:db8::5]:99, 2001:db8::7"], "2001:db8::1",
            "2001:db8::5"
        ),
        (networks("10.0.0.0/8"), ["1.2.3.4:5678"], "10.0.0.1", "1.2.3.4"),
        (networks("10.0.0.0/8"), ["6.6.6.6", "1.2.3.4"], "10.0.0.1", "1.2.3.4"),
        (networks("fe80::/10"), ["1.2.3.4"], "fe80::1%eth0", "1.2.3.4"),
        (.hops(1), ["[fe80::1%eth0]:443"], "10.0.0.1", "fe80::1"),
    ])
    func decides(_ proxies: TrustedProxies, lines: [String], peer: String, client: String) {
        #expect(proxies.clientAddress(forwardedFor: lines, peer: peer) == client)
    }

    @Test func aLongChainIsLookedAtOnlySoFar() {
        let chain = (0..<1000).map { "10.0.\($0 / 256).\($0 % 256)" }.joined(separator: ",")
        let client = Self.networks("10.0.0.0/8").clientAddress(
            forwardedFor: [chain], peer: "10.9.9.9")
        #expect(client == "10.0.3.132")
    }

    @Test func networksAreReadStrictly() {
        #expect(IPNetwork("10.1.2.3/8")?.description == "10.0.0.0/8")
        #expect(IPNetwork("::1")?.description == "::1/128")
        #expect(IPNetwork("0.0.0.0/0")?.contains(IPAddress("255.1.1.1")!) == true)
        #expect(IPNetwork("0.0.0.0/0")?.contains(IPAddress("2001::1")!) == false)
        for text in ["", "10.0.0.0/33", "10.0.0/8", "x/8", "::/129", "10.0.0.0/", "10.0.0.0/+8"] {
            #expect(IPNetwork(text) == nil)
        }
    }

    @Test func theSettingTakesAllForms() throws {
        func proxies(_ text: String) throws -> TrustedProxies {
            try load("http: {trusted_proxies: \(text)}").config.http.trustedProxies
        }
        #expect(try proxies("any") == .any)
        #expect(try proxies("none") == .none)
        #expect(try proxies("0") == .none)
        #expect(try proxies("2") == .hops(2))
        #expect(try proxies("[10.0.0.0/8, '::1']") == Self.networks("10.0.0.0/8", "::1"))
        #expect(
            try problems("http:\n  trusted_proxies:\n    - 10.0.0.0/8\n    - office\n")
                == ["config.yml:4: http.trusted_proxies: \"office\" is no network in CIDR form"])
    }
}
