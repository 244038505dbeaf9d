import JSON
import Testing

@testable import RelayProcessor

/// Rules measured against the reference (docs/CONFORMANCE.md); what it answers is the expectation.
@Suite struct FidelityTests {
    private let harness = EngineHarness()

    private func normalized(_ event: String) throws -> JSONValue {
        try harness.normalized(event)
    }

    private func json(_ text: String) throws -> JSONValue {
        try JSONValue(parsing: Array(text.utf8)).sorted
    }

    @Test(arguments: [
        // Keys are looked up among the pairs, the position is taken of the whole list.
        (#"[null,["environment","debug"],["a","b"]]"#, #"[["environment","debug"],["a","b"]]"#),
        (#"[["environment","a"],["environment","b"]]"#, #"[["environment","b"]]"#),
        // Bad keys become null before repeated keys go.
        (#"[["é","x"],["ü","y"],["ok","z"]]"#, #"[[null,"x"],["ok","z"]]"#),
    ])
    func tags(sent: String, expected: String) throws {
        #expect(try normalized(#"{"tags":\#(sent)}"#)["tags"] == json(expected))
    }

    @Test func emptyServerNameBecomesTag() throws {
        #expect(
            try normalized(#"{"server_name":""}"#)["tags"] == json(#"[["server_name",""]]"#))
    }

    @Test func largeNumbersCountAllTheirDigits() throws {
        // 1e300 counts as 301 bytes: too large to be kept as the original.
        let long = String(repeating: "x", count: 200)
        let large = try normalized(#"{"level":[1e300,"\#(long)"]}"#)
        #expect(large["_meta"]?["level"]?[""]?["val"] == nil)
        let small = try normalized(#"{"level":[1e30,"\#(long)"]}"#)
        #expect(small["_meta"]?["level"]?[""]?["val"] != nil)
    }

    @Test func sameErrorCountsOnce() throws {
        let event = try normalized(#"{"request":{"cookies":"a; b"}}"#)
        #expect(event["_meta"]?["request"]?["cookies"]?[""]?["err"]?.arrayValue?.count == 1)
        // Reported for the field and for what wraps it.
        #expect(event["errors"]?.arrayValue?.count == 2)
    }

    @Test func javaLoggersLoseTheirStart() throws {
        let name = "com.example.social.scheduled.handlers.foo.TiktokVideoHandler123456789"
        let event = try normalized(#"{"platform":"java","logger":"\#(name)"}"#)
        #expect(
            event["logger"]?.stringValue
                == "*.social.scheduled.handlers.foo.TiktokVideoHandler123456789")
        #expect(
            try event["_meta"]?[""] == json(#"{"len":69,"rem":[["@logger:replace","s",0,11]]}"#))
    }

    @Test(arguments: [
        ("/dfb8e43af2423d73a453aeb6a777ef75", "int"), ("dfb8e43af2423d73a453aeb6a777ef75/x", "md5"),
        ("/abcdefab-abcd-abcd-abcd-abcdefabcdef/b", "uuid"), ("2022-01-01T10:00:00Z/x", "date"),
        ("0xAB/x", "hex"), ("/%1234", "int"),
    ])
    func transactionNames(name: String, rule: String) throws {
        let event = try normalized(transaction(#","transaction":"\#(name)""#))
        let remark = event["_meta"]?["transaction"]?[""]?["rem"]?.arrayValue?.first
        #expect(remark?.arrayValue?.first?.stringValue == rule)
    }

    @Test(arguments: ["/%12", "/a%212x"])
    func escapesAreNoNumbers(name: String) throws {
        let event = try normalized(transaction(#","transaction":"\#(name)""#))
        #expect(event["transaction"]?.stringValue == name)
    }

    @Test func staleSpansAndBreadcrumbsGo() throws {
        let event = try normalized(#"{"breadcrumbs":[{"timestamp":18446744073709551615}]}"#)
        let reason = event["errors"]?.arrayValue?.first?["reason"]?.stringValue
        #expect(reason == "timestamp is too stale: 1969-12-31 23:59:59 UTC")
    }

    @Test func generativeModels() throws {
        let data = #""data":{"gen_ai.usage.input_tokens":5,"gen_ai.request.model":"m"}"#
        let event = try normalized(
            #"{"spans":[{"op":"gen_ai.invoke_agent",\#(data)}]}"#)
        let result = event["spans"]?.arrayValue?.first?["data"]
        #expect(result?["gen_ai.operation.type"]?.stringValue == "agent")
        #expect(result?["gen_ai.response.model"]?.stringValue == "m")
        #expect(result?["gen_ai.usage.total_tokens"]?.doubleValue == 5)
    }

    @Test func breakdownNames() throws {
        let event = try normalized(#"{"breakdowns":{"é":{}," a ":{}}}"#)
        #expect(try event["breakdowns"] == json(#"{"a":{}}"#))
        #expect(event["errors"]?.arrayValue?.count == 2)
    }

    @Test func aForeignTraceContextIsReplaced() throws {
        let event = try normalized(#"{"contexts":{"trace":{"type":"x","a":1}}}"#)
        #expect(event["contexts"]?["trace"]?["a"] == nil)
        #expect(event["contexts"]?["trace"]?["type"]?.stringValue == "trace")
    }

    @Test func membersOfFramesThatAreSlimmedHaveNoErrors() throws {
        let frame = #"{"vars":5}"#
        let frames = [String](repeating: frame, count: 60).joined(separator: ",")
        let event = try normalized(#"{"stacktrace":{"frames":[\#(frames)]}}"#)
        #expect(event["errors"]?.arrayValue?.count == 50)
    }

    private func transaction(_ more: String) -> String {
        let trace =
            #"{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","span_id":"fa90fdead5f74052"}"#
        return #"{"type":"transaction","start_timestamp":1,"timestamp":2,"#
            + #""transaction_info":{"source":"url"},"contexts":{"trace":\#(trace)}\#(more)}"#
    }
}
