import JSON
import Testing

@testable import RelayProcessor

@Suite struct PiiConfigurationTests {
    private func problems(_ text: String) throws -> [String] {
        ScrubProgram(PiiConfiguration(try JSONValue(parsing: text))).problems.map(\.description)
    }

    @Test func acceptsWhatTheReferenceAccepts() throws {
        for text in [
            "{}", "[]", #"{"x":1}"#, #"{"vars":{"hashKey":null}}"#,
            #"{"rules":{"a":{"type":"ip","extra":1,"redaction":{"method":"odd"}}}}"#,
            #"{"rules":{"a":{"type":"redactPair","keyPattern":""}}}"#,
            #"{"applications":{"$string && !foo":["@ip"]}}"#,
        ] {
            #expect(try problems(text) == [], "\(text)")
        }
    }

    @Test(arguments: [
        ("null", "invalid type: null, expected struct PiiConfig"),
        (#"{"rules":{"a":{}}}"#, "rules.a: missing field `type`"),
        (#"{"rules":{"a":{"type":"pattern"}}}"#, "rules.a: missing field `pattern`"),
        (
            #"{"rules":{"a":{"type":"alias","rule":5}}}"#,
            "rules.a: invalid type: integer `5`, expected a string"
        ),
        (#"{"applications":{"a b":["@ip"]}}"#, #"applications.a b: invalid syntax near "a b""#),
        (
            #"{"applications":{"a":"@ip"}}"#,
            #"applications.a: invalid type: string "@ip", expected a sequence"#
        ),
        (
            #"{"rules":{"a":{"type":"pattern","pattern":"("}},"applications":{"a":["a"]}}"#,
            "rules.a: regex parse error:\n    (\n    ^\nerror: unclosed group"
        ),
        (
            #"{"rules":{"a":{"type":"pattern","pattern":"(?=a)"}},"applications":{"a":["a"]}}"#,
            "rules.a: regex parse error:\n    (?=a)\n    ^^^\nerror: look-around, including "
                + "look-ahead and look-behind, is not supported"
        ),
    ]) func namesWhatIsWrong(text: String, expected: String) throws {
        #expect(try problems(text).contains(expected))
    }

    @Test func convertsSettings() throws {
        let settings = try JSONValue(
            parsing: """
                {"scrubData":true,"scrubDefaults":false,"scrubIpAddresses":true,
                 "sensitiveFields":["a.b"," ","x|y"],"excludeFields":["a b","$http.x","1a"]}
                """)
        let converted = DataScrubbingSettings(settings).piiConfiguration()
        let rule = converted["rules"]?["strip-fields"]
        #expect(rule?["keyPattern"]?.stringValue == #"a\.b|x\|y"#)
        #expect(
            converted["applications"]?.objectValue?.map(\.0) == [
                "($string || $number || $array || $object) && !(debug_meta.** || $frame.filename || "
                    + "$frame.abs_path || $logentry.formatted || $error.value || "
                    + "$http.headers.user-agent) && !'a b' && !$http.x && !'1a'",
                "$http.env.REMOTE_ADDR || $user.ip_address || $sdk.client_ip || "
                    + "$span.sentry_tags.'user.ip' || attributes.'client.address'",
            ])
        #expect(DataScrubbingSettings(.object([])).piiConfiguration() == .object([]))
        #expect(ScrubProgram(PiiConfiguration(DataScrubbingSettings(settings))).problems == [])
    }

    @Test(arguments: [
        ("a**", "(?:a*)*"), (#"\d"#, #"\p{Nd}"#), ("(?x) a b # c", "ab"), ("(?<n>a)", "(?P<n>a)"),
        (#"\u{e9}\x41"#, #"\x{e9}A"#), ("[a[bc]]", "[abc]"), (#"a\-b"#, #"a\-b"#),
        ("(?i)x", "(?i)x"),
        (#"[[:alpha:]\d]"#, #"[[:alpha:]\p{Nd}]"#), ("]", #"\]"#), (#"\pL"#, #"[\p{L}]"#),
    ]) func translatesPatterns(pattern: String, expected: String) throws {
        #expect(try RustPattern.translate(pattern).text == expected)
        _ = try UserPattern(pattern)
    }

    @Test(arguments: ["(", ")", "*", "[z-a]", "a{2", "[a", #"\q"#, "[a&&b]", "(?-u)a", "a{2,1}"])
    func refusesPatterns(pattern: String) {
        #expect(throws: PatternError.self) { try UserPattern(pattern) }
    }
}
