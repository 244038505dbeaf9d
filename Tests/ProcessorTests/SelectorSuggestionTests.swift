import Testing

@testable import RelayProcessor

@Suite struct SelectorSuggestionTests {
    /// The suggestions as `selector=value` or `selector`.
    private func suggestions(_ event: String) throws -> [String] {
        let engine = EventEngine()
        let root = try Array(event.utf8).withUnsafeBytes { try engine.parse($0) }
        return engine.selectorSuggestions(root).map { suggestion in
            let value = suggestion.value.map { "=" + String(decoding: $0, as: UTF8.self) }
            return suggestion.path.description + (value ?? "")
        }
    }

    @Test func typesComeFirstThenTexts() throws {
        let found = try suggestions(
            #"{"message":"hi","extra":{"b":"x","a":"y","n":5},"user":{"id":4}}"#)
        #expect(
            found == [
                "$string=4", "$string=hi", "$string=x", "$string=y", "$number", "$user.id=4",
                "$message=hi", "extra", "extra.a=y", "extra.b=x", "extra.n",
            ])
    }

    @Test func pathsBeginAtTheNearestType() throws {
        let found = try suggestions(
            #"""
            {"exception":{"values":[{"value":"v","stacktrace":{"frames":[{"vars":{"a":"b"}}]}},
             {"value":"w"}]}}
            """#)
        #expect(
            found == [
                "$string=b", "$string=v", "$string=w", "$error.value=v", "$error.value=w",
                "$frame.vars", "$frame.vars.a=b",
            ])
    }

    @Test func whatMustBeNamedIsReachedByNoMereType() throws {
        #expect(
            try suggestions(#"{"request":{"url":"http://a"},"transaction":"t","platform":"c"}"#)
                == ["$http.url=http://a"])
    }

    @Test func indexesAreWildcardsAndOddKeysAreQuoted() throws {
        #expect(
            try suggestions(#"{"extra":{"foo bar":[1,"s"],"a'b":"c","0":true}}"#) == [
                "$string=c", "$string=s", "$number", "extra", "extra.'a''b'=c", "extra.'foo bar'",
                "extra.'foo bar'.*", "extra.'foo bar'.*=s",
            ])
    }

    @Test func declaredPairsAreMembersOthersAreLists() throws {
        #expect(
            try suggestions(#"{"tags":[["a","b"]],"extra":{"l":[["k","v"]]}}"#) == [
                "$string=k", "$string=v", "extra", "extra.l", "extra.l.*", "extra.l.*.*=k",
                "extra.l.*.*=v", "tags", "tags.a=b",
            ])
    }

    @Test func hiddenMembersAreNotSuggested() throws {
        #expect(
            try suggestions(#"{"extra":{"a":"old","a":"new"}}"#)
                == ["$string=new", "extra", "extra.a=new"])
    }

    @Test func nothingInNothing() throws {
        #expect(try suggestions("{}").isEmpty)
        #expect(try suggestions("[]").isEmpty)
        #expect(try suggestions(#"{"extra":{"a":null,"b":false}}"#) == ["extra"])
    }

    /// Texts that are equal to Swift but not to a selector.
    @Test func textsAreComparedByBytes() throws {
        let found = try suggestions("{\"extra\":{\"e\u{301}\":\"e\u{301}\",\"\u{E9}\":\"\u{E9}\"}}")
        #expect(found.count == 5)
    }
}
