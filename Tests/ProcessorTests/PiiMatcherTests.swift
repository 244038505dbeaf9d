import Testing

@testable import RelayProcessor

/// Every built-in matcher against the texts that its pattern is easily got wrong on. The expected
/// parts were compared with the reference.
@Suite struct PiiMatcherTests {
    typealias Find = (ScannedText, Int) -> TextMatch

    /// The redacted parts of a text.
    private func parts(_ text: String, _ find: Find) -> [String] {
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: 64)
        return bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return [] }
            let scanned = ScannedText(base: base, count: text.utf8.count)
            var result: [String] = []
            var match = find(scanned, 0)
            while match.found {
                result.append(String(decoding: buffer[match.start..<match.end], as: UTF8.self))
                #expect(match.next >= match.end)
                match = match.next > scanned.count ? .none : find(scanned, match.next)
            }
            return result
        }
    }

    private func traits(_ text: String) -> TextTraits {
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: 64)
        return bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return [] }
            return TextTraits.of(ScannedText(base: base, count: text.utf8.count))
        }
    }

    /// The parts, after checking that the traits let the matcher run at all.
    private func check(
        _ text: String, _ trait: TextTraits, _ expected: [String], _ find: Find,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(parts(text, find) == expected, "in \(text)", sourceLocation: location)
        if !expected.isEmpty {
            #expect(
                traits(text).contains(trait), "traits of \(text)", sourceLocation: location)
        }
    }

    @Test func ipv4() {
        let find: Find = { NetworkMatchers.ipv4($0, from: $1) }
        check("a 1.2.3.4, 255.255.255.255", .ipv4, ["1.2.3.4", "255.255.255.255"], find)
        check("01.02.003.004", .ipv4, ["01.02.003.004"], find)
        check("256.1.2.3 1.2.3.256 1.2.3", .ipv4, [], find)
        check("é1.2.3.4 1.2.3.4é _1.2.3.4", .ipv4, [], find)
        check("1.2.3.4.5.6.7.8", .ipv4, ["1.2.3.4", "5.6.7.8"], find)
    }

    @Test func ipv6() {
        let find: Find = { InternetProtocol6Matcher($0).next(from: $1) }
        check("::1", .ipv6, ["::1"], find)
        check(
            "[2001:0db8:85a3:0000:0000:8a2e:0370:7334]", .ipv6,
            ["2001:0db8:85a3:0000:0000:8a2e:0370:7334"], find)
        check("2001:db8::1", .ipv6, ["db8::1"], find)
        check("1:::2", .ipv6, ["1::"], find)
        check("a::b::c", .ipv6, ["a::b"], find)
        check("fe80::1%eth0", .ipv6, ["fe80::1"], find)
        check("std::string x1::2 é::1 12:30:45", .ipv6, [], find)
        check("\u{A0}::1\u{A0}", .ipv6, ["::1"], find)
    }

    @Test func email() {
        let find: Find = { NetworkMatchers.email($0, from: $1) }
        check("x foo.bar@example.com y", .email, ["foo.bar@example.com"], find)
        check("a@b a@b.c a@b..co", .email, [], find)
        check("q@example.com_ q@a.b1.c2.org", .email, ["q@a.b1.c2.org"], find)
        check("é@example.com .x@y.zz", .email, ["x@y.zz"], find)
        check("a@b.co@c.dd", .email, ["a@b.co"], find)
    }

    @Test func cards() {
        let find: Find = { NumberMatchers.creditCard($0, from: $1) }
        check("4571 2345 6789 0111", .creditCard, ["4571 2345 6789 0111"], find)
        check("3714-496353-98431", .creditCard, ["3714-496353-98431"], find)
        check("45712345678901112 x4571234567890111 4571234567890111_", .creditCard, [], find)
        check("4٥71234567890111", .creditCard, ["4٥71234567890111"], find)
        check("6011111111111117 6012111111111117", .creditCard, ["6011111111111117"], find)
    }

    @Test func accountsAndDevices() {
        check(
            "DE89370400440532013000 XX89370400440532013000 DE893704004405", .iban,
            ["DE89370400440532013000"], { NumberMatchers.iban($0, from: $1) })
        check(
            "35-209900-176148-1 356938035643809", .imei,
            ["35-209900-176148-1", "356938035643809"], { NumberMatchers.imei($0, from: $1) })
        check(
            "4a:00-04:10:9b:50 4a:00:04:10:9b:5g", .mac, ["4a:00-04:10:9b:50"],
            { NumberMatchers.mac($0, from: $1) })
        check(
            "ceee0822-ed8f4622-b2a3-789e73e75cd1", .uuid,
            ["ceee0822-ed8f4622-b2a3-789e73e75cd1"], { NumberMatchers.uuid($0, from: $1) })
        check(
            "078-05-1120 1078-05-1120 078-05-11201", .usSsn, ["078-05-1120"],
            { NumberMatchers.socialSecurity($0, from: $1) })
    }

    @Test func urls() {
        let auth: Find = { NetworkMatchers.urlAuth($0, from: $1) }
        check("https://user:pw@h git+ssh://u@h", .urlAuth, ["user:pw", "u"], auth)
        check("HTTP://user:pw@h ://u:p@h https://u:p:q@h", .urlAuth, [], auth)
        check("x//u:p@h", .urlAuth, ["u:p"], auth)
        check(
            "https://user:pw@h //u@h", .urlAuth, ["pw"],
            { NetworkMatchers.urlPassword($0, from: $1) })
    }

    @Test func userPaths() {
        let find: Find = { UserPathMatcher.next($0, from: $1) }
        check("C:\\Users\\peter\\x /home/bob/y", .userPath, ["peter", "bob"], find)
        check("foo users/profiles/x", .userPath, ["x"], find)
        check("users/profiles/x", .userPath, ["profiles"], find)
        check("c:\\profiles\\profiles\\bob", .userPath, ["bob"], find)
        check("homes/bob /home//x", .userPath, [], find)
        check("/uſers/x", .userPath, ["x"], find)
    }

    @Test func keys() {
        let find: Find = { PemKeyMatcher.next($0, from: $1) }
        check(
            "-----BEGIN EC PRIVATE KEY-----\r\nabc\nd\r\n-----END EC PRIVATE KEY-----", .pemKey,
            ["abc\nd"], find)
        check("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----", .pemKey, ["\n"], find)
        check("-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----", .pemKey, [], find)
        check("-----BEGIN PRIVATE KEY-----\nabc", .pemKey, [], find)
    }

    /// Many starts without an end must not be searched to the end each.
    @Test func manyKeysWithoutAnEnd() {
        let text = String(repeating: "-----BEGIN A PRIVATE KEY-----", count: 40_000)
        #expect(parts(text) { PemKeyMatcher.next($0, from: $1) } == [])
    }

    @Test func tokensAndCookies() {
        check(
            "Bearer a.b xBearer c BEARER\u{3000}d", .bearer, ["Bearer a.b", "BEARER\u{3000}d"],
            { KeywordMatchers.bearer($0, from: $1) })
        check(
            "a=b;sudo=2; x-csrf-token=3;session=;xsession=4", .cookies, ["2", "3"],
            { KeywordMatchers.cookies($0, from: $1) })
    }

    @Test(arguments: [
        ("my password", true), ("PASSWD", true), ("api key", false), ("apikey", true),
        ("api-key", true), ("author", true), ("token", false), ("token: x", true),
        ("token x:", false), ("otp", true), (" otp", false), ("two_factor", true),
        ("pa\u{17F}\u{17F}word", true), ("api\u{212A}ey", true), ("hello world", false),
        ("mysql_pwd", true), ("private_key", true), ("private key", false), ("secret", true),
    ]) func secretNames(text: String, isSecret: Bool) {
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: 64)
        let found = bytes.withUnsafeBufferPointer { buffer -> Bool in
            guard let base = buffer.baseAddress else { return false }
            return KeywordMatchers.containsSecretName(
                ScannedText(base: base, count: text.utf8.count))
        }
        #expect(found == isSecret)
        if isSecret { #expect(traits(text).contains(.secretName)) }
    }

    /// Traits look at 16 bytes at a time; no position in the vector may hide anything.
    @Test func traitsAtEveryOffset() {
        for offset in 0..<40 {
            let space = String(repeating: "x", count: offset) + " "
            #expect(traits(space + "password").contains(.secretName))
            #expect(traits(space + "Bearer t").contains(.bearer))
            #expect(traits(space + "1.2.3.4").contains(.ipv4))
            #expect(traits(space + "a@b.co").contains(.email))
            #expect(traits(space + "4571234567890111").contains(.creditCard))
        }
    }

    /// SHA-1 and HMAC against the values of RFC 3174 and of the reference.
    @Test func hash() {
        var sha = SHA1()
        Array("abc".utf8).withUnsafeBytes { sha.update($0) }
        let digest = sha.finish()
        #expect(UInt32(bigEndian: digest.0) == 0xA999_3E36)
        #expect(UInt32(bigEndian: digest.4) == 0x9CD0_D89D)
        let target = ByteBuffer()
        let place = target.reserve(HashedText.byteCount)
        Array("127.0.0.1".utf8).withUnsafeBytes { HashedText.write($0, to: place) }
        #expect(
            String(decoding: UnsafeBufferPointer(start: target.base, count: 40), as: UTF8.self)
                == "AE12FE3B5F129B5CC4CDD2B136B7B7947C4D2741")
    }
}
