import Testing

@testable import RelayProcessor

@Suite struct PiiSelectorTests {
    @Test(arguments: [
        ("a . b", "a.b"), ("a&b", "a && b"), ("a||b&&!c", "a || b && !c"),
        ("(a||b)&&c", "(a || b) && c"), ("!(a.b)", "!a.b"), ("!(!a)", "!(!a)"),
        ("~a", "!a"), ("$request.'x y'", "$http.'x y'"), ("'it''s'", "'it''s'"),
        ("'A-b'", "A-b"), ("00", "0"), ("$list.$bool", "$array.$boolean"), ("freeform", "$string"),
        ("container", "$object"), ("freeform.a", "freeform.a"), ("**.a", "**.a"),
        ("'text'", "'text'"), (" text", "'text'"), ("!'text'", "!text"),
        ("'container'.a", "container.a"), ("text||email", "text || email"),
    ]) func parsesAndPrints(text: String, expected: String) throws {
        #expect(try Selector(parsing: text).description == expected)
    }

    @Test(arguments: [
        ("", SelectorError.invalidSyntax("")), ("a.", .invalidSyntax("a.")),
        ("a b", .invalidSyntax("a b")), ("*", .bareWildcard), ("!*", .bareWildcard),
        ("$foo", .unknownType), ("a.**.b.**", .deepWildcardTwice),
        ("99999999999999999999999", .invalidIndex), ("!!a", .invalidSyntax("!!a")),
        ("''", .invalidSyntax("''")), ("'a", .invalidSyntax("'a")), ("1b", .invalidSyntax("1b")),
        ("é", .invalidSyntax("é")), ("(a", .invalidSyntax("(a")), ("-a", .invalidSyntax("-a")),
    ]) func refuses(text: String, expected: SelectorError) {
        #expect(throws: expected) { try Selector(parsing: text) }
    }

    @Test func boundsNesting() {
        let text = String(repeating: "(", count: 65) + "a" + String(repeating: ")", count: 65)
        #expect(throws: SelectorError.tooDeep(levelsMax: 64)) { try Selector(parsing: text) }
        #expect(throws: SelectorError.tooLong(bytesMax: 65536)) {
            try Selector(parsing: String(repeating: "a", count: 65537))
        }
    }

    /// The order in which applications are carried out.
    @Test func order() throws {
        let sorted = [
            "foo && $string", "0 || foo", "foo || zz", "!zzz", "$string", "$object.foo",
            "$object.*", "1", "FOO", "extra.foo", "extra.*", "extra.**", "foo", "*.foo", "**",
        ]
        let selectors = try sorted.map { try Selector(parsing: $0) }
        #expect(selectors.reversed().sorted() == selectors)
    }

    /// Whether a selector matches a path of keys (`#n` = index) and types.
    private func matches(
        _ text: String, _ path: [(String, SelectorType?)], maybe: Bool = false
    ) throws -> Bool {
        let automaton = SelectorAutomaton([try Selector(parsing: text)])
        var state = SelectorAutomaton.root
        for (depth, (name, type)) in path.enumerated() {
            let element: UInt32
            if name.hasPrefix("#"), let index = Int(name.dropFirst()) {
                element = automaton.classOf(index: index)
            } else {
                element = Array(name.utf8).withUnsafeBytes { automaton.classOf(key: $0) }
            }
            state = automaton.step(state, element, types: type?.bit ?? 0, depth: depth + 1)
        }
        return !automaton.applications(
            ofList: automaton.list(state, isSpecificOnly: maybe)
        ).isEmpty
    }

    @Test func matchesSuffixes() throws {
        let path: [(String, SelectorType?)] = [
            ("exception", nil), ("values", .array), ("#0", .exception), ("vars", .object),
            ("Foo", .string),
        ]
        for text in [
            "foo", "vars.foo", "$object.$string", "*.foo", "$exception.vars.foo", "0.vars.foo",
            "exception.**", "exception.**.foo", "$array.**.$string", "!bar", "foo && $string",
            "x || foo", "**",
        ] {
            #expect(try matches(text, path), "\(text)")
        }
        for text in [
            "bar", "a.b.c.d.e.foo", "1.vars.foo", "foo.**", "vars.**.foo", "$number", "!foo",
            "foo && !$string", "exception.foo",
        ] {
            #expect(try !matches(text, path), "\(text)")
        }
    }

    /// A value that may hold personal data is only reached by paths that name it.
    @Test func specificity() throws {
        let path: [(String, SelectorType?)] = [
            ("frames", .array), ("#0", .frame), ("module", .string),
        ]
        for text in ["module", "$frame.module", "$frame.*", "frames.*.module", "*.*", "!foo"] {
            #expect(try matches(text, path, maybe: true), "\(text)")
        }
        for text in [
            "$string", "**", "**.module", "$frame.$string", "frames.$frame.module",
            "$array.*.module", "module && $string",
        ] {
            #expect(try !matches(text, path, maybe: true), "\(text)")
        }
    }

    /// More distinct sets than are remembered: answers stay right.
    @Test func staysRightBeyondItsMemory() throws {
        let text = (0..<300).map { "k\($0).**.z" }.joined(separator: " || ")
        let automaton = SelectorAutomaton([try Selector(parsing: text)])
        var expected = 0
        var found = 0
        for first in 0..<300 {
            for second in stride(from: first, to: 300, by: 7) {
                var state = SelectorAutomaton.root
                for (depth, key) in ["k\(first)", "k\(second)", "y", "z"].enumerated() {
                    let element = Array(key.utf8).withUnsafeBytes { automaton.classOf(key: $0) }
                    state = automaton.step(state, element, types: 0, depth: depth + 1)
                }
                expected += 1
                let list = automaton.list(state, isSpecificOnly: false)
                if !automaton.applications(ofList: list).isEmpty { found += 1 }
            }
        }
        #expect(found == expected)
    }
}
