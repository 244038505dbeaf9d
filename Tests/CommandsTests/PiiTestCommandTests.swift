import JSON
import RelayProcessor
import Testing

@testable import RelayCommands

@Suite struct PiiTestCommandTests {
    private func changes(_ event: String, _ config: String) throws -> [PiiChange] {
        let program = ScrubProgram(PiiConfiguration(try JSONValue(parsing: Array(config.utf8))))
        return try PiiTestCommand.changes(Array(event.utf8), [program])
    }

    @Test func valuesRulesAndPlaces() throws {
        let found = try changes(
            """
            {"extra":{"a":"from 127.0.0.1 on","b":{"password":"x","kept":1},"c":[["address","::1"]]},
             "modules":{"kept":"1"},"message":"kept"}
            """, #"{"applications":{"**":["@ip:replace","@password:remove"]}}"#)
        #expect(found.count == 3)
        let text = try #require(found.first { $0.path == ["extra", "a"] })
        #expect(text.before == .string("from 127.0.0.1 on"))
        #expect(text.after == .string("from [ip] on"))
        #expect(text.remarks == [.init(rule: "@ip:replace", kind: "s", range: 5..<9)])
        let secret = try #require(found.first { $0.path == ["extra", "b", "password"] })
        #expect(secret.before == .string("x"))
        #expect(secret.remarks == [.init(rule: "@password:remove", kind: "x", range: nil)])
        #expect(found.contains { $0.path == ["extra", "c", "0", "1"] })
    }

    @Test func whatWasRemarkedBeforeIsNoChange() throws {
        let event = """
            {"extra":{"a":null},"_meta":{"extra":{"a":{"":{"rem":[["@ip","x"]]}}}}}
            """
        #expect(try changes(event, #"{"applications":{"**":["@ip"]}}"#).isEmpty)
    }

    @Test func printing() throws {
        let found = try changes(
            #"{"extra":{"odd key\u001b":"a@b.cd \u009b"}}"#,
            #"{"applications":{"$string":["@email:mask"]}}"#)
        let plain = PiiChangePrinter(hasColours: false).text(found)
        #expect(
            plain == """
                extra.'odd key\u{FFFD}'
                  @email:mask masked 0–6
                  - "a@b.cd \u{FFFD}"
                  + "****** \u{FFFD}"
                1 value changed by 1 rule

                """)
        let coloured = PiiChangePrinter(hasColours: true).text(found)
        #expect(coloured.contains("\u{1B}[33m@email:mask\u{1B}[0m masked"))
        #expect(PiiChangePrinter(hasColours: false).text([]) == "nothing changed\n")
    }

    @Test func refusedEventsAreNamed() {
        #expect(throws: CommandError.self) { try changes("{", "{}") }
    }

    @Test func aConfigurationIsNeeded() {
        #expect(RelayCommand.main(arguments: ["pii", "test"]) == 1)
        #expect(RelayCommand.main(arguments: ["pii", "test", "--config", "/nowhere/x.json"]) == 1)
    }
}
