import Testing

@testable import InboundFilters

@Suite struct GlobTests {
    @Test(arguments: [
        ("foo", "FOO"), ("foo*", "foobar"), ("*bar", "foobar"), ("*ob*", "foobar"),
        ("f*b*r", "foobar"),
        ("*", ""), ("?oo", "foo"), ("[a-f]oo", "Foo"), ("[!a-e]oo", "foo"),
        ("{foo,bar}*", "barrel"),
        ("x{,y}", "x"), ("a\\*b", "a*b"), ("*\n*", "a\nb"), ("*straße", "Hauptstraße"),
        ("a,b", "a,b"),
        ("[-a]", "-"), ("[]x", "x"), ("foo{", "foo"), ("\u{212A}", "k"), ("*a*a*a*", "aaa"),
    ]) func matches(pattern: String, text: String) {
        #expect(glob(pattern, text))
    }

    @Test(arguments: [
        ("foo", "foobar"), ("foo*", "xfoo"), ("", ""), ("?", ""), ("?", "ab"), ("[!f]oo", "foo"),
        ("*a*a*a*", "aa"), ("a*b", "a*"), ("aba*aba", "aba"), ("[", "["), ("]", "]"),
        ("{{a}}", "a"),
        ("a\\", "a"), ("[z-a]", "b"),
    ]) func doesNotMatch(pattern: String, text: String) {
        #expect(!glob(pattern, text))
    }

    @Test func manyPatternsAreOneSearch() {
        let patterns = (0..<500).map { "*needle\($0)!*" } + ["exact", "*.end"]
        let list = GlobList(patterns) { _ in }
        var scratch: [UInt8] = []
        func isFound(_ text: String) -> Bool {
            Array(text.utf8).withUnsafeBytes { list.matches($0, &scratch) }
        }
        #expect(isFound("a Needle499! b"))
        #expect(isFound("EXACT"))
        #expect(isFound("x.END"))
        #expect(!isFound("needle500! exact"))
    }

    /// At each offset, at the end of a text too, behind what looks like a beginning.
    @Test func literalsAreFoundEverywhere() {
        let list = GlobList(["*needle*", "*ab*", "*Z*", "*nee?edge*"]) { _ in }
        var scratch: [UInt8] = []
        func isFound(_ text: String) -> Bool {
            Array(text.utf8).withUnsafeBytes { list.matches($0, &scratch) }
        }
        for count in 0..<70 {
            for filler in [".", "nee", "a", "é"] {
                let text = String(repeating: filler, count: count)
                #expect(!isFound(text))
                for needle in ["needle", "AB", "z", "nee edge"] {
                    #expect(isFound(text + needle))
                    #expect(isFound(text + needle + "."))
                    #expect(isFound(needle + text))
                }
            }
        }
    }

    /// Work that doubled with every star would not end.
    @Test func starsDoNotExplode() {
        let text = String(repeating: "a", count: 8000)
        #expect(!glob(String(repeating: "*a", count: 100) + "*b", text))
        #expect(!glob(String(repeating: "*?", count: 50) + "*[b]", text))
        #expect(!glob("*" + String(repeating: "{a,aa}", count: 12) + "b", String(text.prefix(300))))
    }

    @Test func faultyPatternsAreTold() {
        var problems: [String] = []
        let list = GlobList(["ok", "[", "{a,{b}}"]) { problems.append($0) }
        #expect(problems.count == 2)
        #expect(!list.isEmpty)
    }
}
