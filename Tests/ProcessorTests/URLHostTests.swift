import Testing

@testable import RelayProcessor

@Suite struct URLHostTests {
    @Test(arguments: [
        ("BÜCHER.example", "xn--bcher-kva.example"), ("日本語。jp", "xn--wgv71a119e.jp"),
        ("Faß.de", "xn--fa-hia.de"), ("☃.net", "xn--n3h.net"), ("ＧＯ.com", "go.com"),
        ("مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"), ("i❤.ws", "xn--i-7iq.ws"),
        ("%41bc.de", "abc.de"), ("a_b.de", "a_b.de"), ("EXAMPLE.com.", "example.com."),
        ("1.2.3", "1.2.0.3"), ("0x7f.1", "127.0.0.1"), ("4294967295", "255.255.255.255"),
        ("[::1]", "[::1]"), ("a..b", "a..b"),
    ])
    func hostsGetTheirNormalForm(host: String, expected: String) {
        #expect(URLHost.parse(Array(host.utf8)[...]) == expected)
    }

    @Test(arguments: [
        "", "a b", "256.1.1.1", "1.2.3.4.5", "4294967296", "a%20b", "[::1", "a\u{200D}b",
    ])
    func otherHostsAreLeftAsTheyAre(host: String) {
        #expect(URLHost.parse(Array(host.utf8)[...]) == nil)
    }

    @Test func longHostsAreNotConverted() {
        #expect(URLHost.parse(Array(String(repeating: "ä", count: 2000).utf8)[...]) == nil)
    }
}
