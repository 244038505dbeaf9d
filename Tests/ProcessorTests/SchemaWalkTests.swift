import JSON
import Testing

@testable import RelayProcessor

@Suite struct SchemaWalkTests {
    let harness = EngineHarness()

    @Test func wrongTypesBecomeNullWithTheOriginalInMeta() throws {
        let event = try harness.parsed(#"{"culprit":[1,"a"],"level":"loud"}"#)
        #expect(event["culprit"] == .null)
        #expect(
            event["_meta"]?["culprit"]?[""]
                == ["err": [["invalid_data", ["reason": "expected a string"]]], "val": [1, "a"]])
        #expect(
            event["_meta"]?["level"]?[""]
                == ["err": [["invalid_data", ["reason": "invalid level"]]], "val": "loud"])
    }

    @Test func originalsOfManyBytesAreNotKept() throws {
        let long = String(repeating: "x", count: 600)
        let event = try harness.parsed(#"{"level":"\#(long)"}"#)
        #expect(event["_meta"]?["level"]?[""]?["val"] == nil)
        #expect(event["_meta"]?["level"]?[""]?["err"] != nil)
    }

    @Test(arguments: [
        ("10", "debug"), ("20", "info"), ("30", "warning"), ("40", "error"), ("50", "fatal"),
        (#""log""#, "info"), (#""critical""#, "fatal"), (#""warning""#, "warning"),
    ])
    func levelsAreCoerced(_ level: String, _ expected: String) throws {
        #expect(
            try harness.parsed(#"{"level":\#(level)}"#)["level"] == .string(expected))
    }

    @Test(arguments: [
        (#""2023-11-14T22:13:20Z""#, "1700000000.0"),
        (#""2023-11-14T22:13:20""#, "1700000000.0"),
        (#""2023-11-14T22:13:20.123456789Z""#, "1700000000.123457"),
        (#""2023-11-14T22:13:20+02:00""#, "1699992800.0"),
        ("1700000000", "1700000000.0"), ("-1.5", "-1.5"),
    ])
    func timestampsAreSeconds(_ text: String, _ expected: String) throws {
        #expect(
            try harness.parsed(#"{"timestamp":\#(text)}"#)["timestamp"] == .number(expected))
    }

    @Test(arguments: [
        ("2023-13-14T22:13:20Z", "input is out of range"),
        ("2023-11-14", "premature end of input"),
        ("1700000000", "input contains invalid characters"),
        ("2023-11-14T22:13:20Zx", "trailing input"),
        ("2023-02-29T00:00:00Z", "input is out of range"),
    ])
    func badTimestampsSayWhy(_ text: String, _ reason: String) throws {
        let event = try harness.parsed(#"{"timestamp":"\#(text)"}"#)
        #expect(event["_meta"]?["timestamp"]?[""]?["err"]?[0]?[1]?["reason"] == .string(reason))
    }

    @Test func identifiersTakeTheirCanonicalForm() throws {
        let event = try harness.parsed(
            #"""
            {"event_id":"DFB8E43A-F242-3D73-A453-AEB6A777EF75","debug_meta":{"images":[
            {"type":"elf","debug_id":"dfb8e43af2423d73a453aeb6a777ef751","code_id":"AB-C0",
            "image_addr":4096,"name":"x.so"}]}}
            """#)
        #expect(event["event_id"] == "dfb8e43af2423d73a453aeb6a777ef75")
        let image = event["debug_meta"]?["images"]?[0]
        #expect(image?["debug_id"] == "dfb8e43a-f242-3d73-a453-aeb6a777ef75-1")
        #expect(image?["code_id"] == "abc0")
        #expect(image?["image_addr"] == "0x1000")
        #expect(image?["code_file"] == "x.so")
        #expect(image?["name"] == nil)
    }

    @Test func oldNamesMoveAndCurrentOnesWin() throws {
        #expect(
            try harness.parsed(#"{"message":"x"}"#)["logentry"] == ["formatted": "x"])
        #expect(
            try harness.parsed(#"{"message":"x","logentry":{"message":"y"}}"#)["logentry"]
                == ["message": "y"])
        #expect(
            try harness.parsed(#"{"message":"x","sentry.interfaces.Message":{"message":"z"}}"#)[
                "logentry"] == ["message": "z"])
    }

    @Test func repeatedKeysOfARecordLeaveTheLast() throws {
        let event = try harness.parsed(#"{"culprit":"a","level":"info","culprit":"b"}"#)
        #expect(event["culprit"] == "b")
        #expect(event.objectValue?.filter { $0.0 == "culprit" }.count == 1)
    }

    @Test func pairListsComeFromObjectsListsAndTexts() throws {
        let event = try harness.parsed(
            #"""
            {"tags":{"b c":1,"a":true},"request":{"headers":{"x-a":["1",2],"B":"c"},
            "query_string":"?a=b&c=d%20e","cookies":"a=b; c; d=%20e"}}
            """#)
        #expect(event["tags"] == [["a", "True"], ["b-c", "1"]])
        #expect(event["request"]?["headers"] == [["B", "c"], ["X-A", "1,2"]])
        #expect(event["request"]?["query_string"] == [["a", "b"], ["c", "d e"]])
        #expect(event["request"]?["cookies"] == [["a", "b"], ["d", " e"]])
    }

    @Test func emptyPartsAreLeftOut() throws {
        #expect(
            try harness.parsed(#"{"user":{"id":""},"extra":{},"exception":[{}]}"#)["user"] == nil)
        #expect(try harness.parsed(#"{"extra":{"a":null}}"#)["extra"] == ["a": .null])
        #expect(try harness.parsed(#"{"exception":[{}]}"#)["exception"] == [:])
        #expect(
            try harness.parsed(#"{"exception":[{"type":"x","stacktrace":{}}]}"#)["exception"]
                == ["values": [["type": "x"]]])
    }

    @Test func incomingMetaStaysWithItsValues() throws {
        let event = try harness.parsed(
            #"""
            {"user":{"id":null},"tags":{"foo":"b"},"_meta":{"user":{"id":{"":{"rem":[["a","s",0,1]],
            "len":3}}},"tags":{"foo":{"":{"rem":[["b","x"]]}}},"gone":{"":{"len":1}}}}
            """#)
        #expect(event["_meta"]?["user"]?["id"]?[""] == ["len": 3, "rem": [["a", "s", 0, 1]]])
        #expect(event["_meta"]?["tags"]?["0"]?["1"]?[""] == ["rem": [["b", "x"]]])
        #expect(event["_meta"]?["gone"] == nil)
    }

    @Test func whatIsNoEventLeavesItsError() throws {
        let event = try harness.parsed("[]")
        #expect(
            event["_meta"]?[""]?["err"]
                == [["invalid_data", ["reason": "expected event"]]])
    }
}
