import JSON
import Testing
import UserAgents

@testable import RelayProcessor

@Suite struct NormalizerTests {
    let harness = EngineHarness()

    @Test func everyEventGetsItsDefaults() throws {
        let event = try harness.normalized("{}") {
            $0.client = "raven-js/1.0"
            $0.keyID = "abc"
            $0.protocolVersion = "7"
        }
        #expect(event["level"] == "error")
        #expect(event["type"] == "default")
        #expect(event["platform"] == "other")
        #expect(event["logger"] == "")
        #expect(event["project"] == 42)
        #expect(event["key_id"] == "abc")
        #expect(event["version"] == "7")
        #expect(event["timestamp"] == .number("1700000000.0"))
        #expect(event["received"] == .number("1700000000.0"))
        #expect(event["sdk"] == ["name": "raven-js", "version": "1.0"])
        #expect(event["event_id"]?.stringValue?.count == 32)
        #expect(event["contexts"]?["trace"]?["trace_id"] == event["event_id"])
    }

    @Test func errorsListWhatMetaSays() throws {
        let event = try harness.normalized(#"{"level":"bad","foo":1}"#)
        #expect(
            event["errors"] == [
                [
                    "name": "level", "reason": "invalid level", "type": "invalid_data",
                    "value": "bad",
                ],
                ["name": "foo", "type": "invalid_attribute"],
            ])
        #expect(event["foo"] == .null)
    }

    @Test func clocksThatAreWrongAreCorrected() throws {
        let event = try harness.normalized(#"{"timestamp":"2024-11-14T22:13:50"}"#) {
            $0.secondsInFutureMax = 60
        }
        #expect(event["timestamp"] == .number("1700000000.0"))
        #expect(
            event["errors"]?[0] == [
                "name": "timestamp", "sdk_time": "2024-11-14T22:13:50+00:00",
                "server_time": "2023-11-14T22:13:20+00:00", "type": "future_timestamp",
            ])
    }

    @Test(arguments: [
        (#"{"message":"a %s b %d %%","params":["x",5]}"#, "a x b 5 %"),
        (#"{"message":"a {0} {1}","params":["x","y"]}"#, "a x y"),
        (#"{"message":"a %(x)s","params":{"x":"y"}}"#, "a y"),
        (#"{"message":"%s %s","params":["a"]}"#, "%s %s"),
        (#"{"message":"a"}"#, "a"),
    ])
    func messagesAreFormatted(_ entry: String, _ expected: String) throws {
        let event = try harness.normalized(#"{"logentry":\#(entry)}"#)
        #expect(event["logentry"]?["formatted"] == .string(expected))
    }

    @Test func exceptionTypesAreSplitOffValues() throws {
        let event = try harness.normalized(#"{"exception":[{"value":"Boom: it broke"}]}"#)
        #expect(event["exception"]?["values"] == [["type": "Boom", "value": "it broke"]])
        #expect(event["type"] == "error")
    }

    @Test func tagsAreTidied() throws {
        let event = try harness.normalized(
            #"""
            {"server_name":"web","tags":[["environment","prod"],["release","x"],["a","1"],
            ["a","2"],["b\nc","x"],["c",""]]}
            """#)
        #expect(event["environment"] == "prod")
        #expect(
            event["tags"]
                == [["a", "1"], [.null, "x"], ["c", .null], ["server_name", "web"]])
        #expect(event["server_name"] == nil)
    }

    @Test func autoAddressIsTheSenders() throws {
        let event = try harness.normalized(#"{"user":{"ip_address":"{{auto}}"}}"#) {
            $0.infersClientIP = true
            $0.clientIP = "93.184.216.34"
        }
        #expect(event["user"]?["ip_address"] == "93.184.216.34")
        let browser = try harness.normalized(#"{"platform":"javascript"}"#) {
            $0.infersClientIP = true
            $0.clientIP = "93.184.216.34"
        }
        #expect(browser["user"]?["ip_address"] == "93.184.216.34")
        let never = try harness.normalized(
            #"""
            {"user":{"ip_address":"{{auto}}"},"sdk":{"name":"a","version":"1",
            "settings":{"infer_ip":"never"}}}
            """#
        ) {
            $0.infersClientIP = true
            $0.clientIP = "93.184.216.34"
        }
        #expect(never["user"] == nil)
    }

    @Test func urlsAreTakenApart() throws {
        let event = try harness.normalized(
            #"{"request":{"url":"HTTP://Example.com:80/a/../b?c=d#e","method":"get"}}"#)
        #expect(
            event["request"] == [
                "fragment": "e", "method": "GET", "query_string": [["c", "d"]],
                "url": "http://example.com/b",
            ])
    }

    @Test func bodiesAreParsed() throws {
        let json = try harness.normalized(#"{"request":{"data":"{\"a\":1}"}}"#)
        #expect(json["request"]?["data"] == ["a": 1])
        #expect(json["request"]?["inferred_content_type"] == "application/json")
        let form = try harness.normalized(#"{"request":{"data":"a=b&c=%20d"}}"#)
        #expect(form["request"]?["data"] == ["a": "b", "c": " d"])
    }

    @Test func longTextsAreCutWithARemark() throws {
        let event = try harness.normalized(
            #"{"logger":"\#(String(repeating: "é", count: 70))"}"#)
        #expect(event["logger"]?.stringValue?.unicodeScalars.count == 64)
        #expect(
            event["_meta"]?["logger"]?[""]
                == ["len": 70, "rem": [["!limit", "s", 122, 125]]])
    }

    @Test func longStackTracesKeepTheirEnds() throws {
        let frames = (0..<300).map { #"{"function":"f\#($0)","vars":{"a":1}}"# }
        let event = try harness.normalized(
            #"{"stacktrace":{"frames":[\#(frames.joined(separator: ","))]}}"#)
        let kept = event["stacktrace"]?["frames"]?.arrayValue ?? []
        #expect(kept.count == 250)
        #expect(kept[49]["function"] == "f49")
        #expect(kept[50]["function"] == "f100")
        #expect(event["_meta"]?["stacktrace"]?["frames"]?[""] == ["len": 300])
        #expect(kept.filter { $0["vars"] != nil }.count == 50)
    }

    @Test func largeBagsAreCutInTheOrderOfTheirKeys() throws {
        let members = (0..<50).reversed().map {
            #""k\#($0 < 10 ? "0" : "")\#($0)":"\#(String(repeating: "v", count: 100))""#
        }
        let event = try harness.normalized(
            #"{"breadcrumbs":[{"data":{\#(members.joined(separator: ","))}}]}"#)
        let data = event["breadcrumbs"]?["values"]?[0]?["data"]?.objectValue ?? []
        #expect(data.count == 20)
        #expect(data.map(\.0).max() == "k19")
    }

    @Test(arguments: [
        (#"{"type":"transaction"}"#, "start_timestamp hard-required for transaction events"),
        (
            #"{"type":"transaction","start_timestamp":5,"timestamp":4}"#,
            "end timestamp is smaller than start timestamp"
        ),
        (#"{"type":"transaction","start_timestamp":5}"#, "missing valid trace context"),
        (#"{"start_timestamp":-5}"#, "timestamp is too stale"),
    ])
    func brokenTransactionsAreRefused(_ event: String, _ detail: String) {
        #expect(
            throws: EventRejection(
                reason: "invalid_transaction", detail: "invalid transaction event: \(detail)")
        ) {
            try harness.normalized(event)
        }
    }

    @Test func transactionNamesLoseIdentifiers() throws {
        let event = try harness.normalized(
            #"""
            {"type":"transaction","transaction":"/user/123/x","transaction_info":{"source":"url"},
            "start_timestamp":1699999999,"timestamp":1700000000,"contexts":{"trace":{
            "trace_id":"4c79f60c11214eb38604f4ae0781bfb2","span_id":"fa90fdead5f74052"}}}
            """#)
        #expect(event["transaction"] == "/user/*/x")
        #expect(event["transaction_info"]?["source"] == "sanitized")
        #expect(event["spans"] == [])
    }

    @Test func oneEngineServesManyEventsWithoutMemoryOfTheLast() throws {
        _ = try harness.normalized(#"{"level":"bad","tags":[["a","b"]]}"#)
        let event = try harness.normalized(#"{"level":"info"}"#)
        #expect(event["_meta"] == nil)
        #expect(event["errors"] == nil)
        #expect(event["tags"] == nil)
    }
}

@Suite struct UserAgentTests {
    /// A few rules in uap-core's format, written for this test.
    static let yaml = #"""
        user_agent_parsers:
          # comment
          - regex: '(Surfer)/(\d+)\.(\d+)'
          - regex: 'Old(Surf)/(\d+)'
            family_replacement: 'Old $1'
            v1_replacement: '1'
        os_parsers:
          - regex: '(Windows) NT 10'
            os_v1_replacement: '10'
        device_parsers:
          - regex: '; *(Phone-(\d+)) Build'
            regex_flag: 'i'
            device_replacement: 'Maker $1'
            brand_replacement: 'Maker'
            model_replacement: '$2'
        """#

    func rules() -> UserAgentRules {
        Array(Self.yaml.utf8).withUnsafeBytes { UserAgentRules(yaml: $0) }
    }

    @Test func firstMatchingRuleNamesTheProduct() {
        let rules = rules()
        #expect(rules.count == 4)
        #expect(rules.skippedCount == 0)
        var text = "x Surfer/12.3 (Windows NT 10; phone-7 Build)"
        text.withUTF8 { bytes in
            let agent = UnsafeRawBufferPointer(bytes)
            #expect(rules.browser(agent)?.family == "Surfer")
            #expect(rules.browser(agent)?.version == ["12", "3"])
            #expect(rules.operatingSystem(agent)?.version == ["10"])
            #expect(rules.device(agent)?.family == "Maker phone-7")
            #expect(rules.device(agent)?.model == "7")
        }
        var other = "something else"
        other.withUTF8 { #expect(rules.browser(UnsafeRawBufferPointer($0)) == nil) }
    }

    @Test func contextsComeFromTheHeader() throws {
        let harness = EngineHarness()
        harness.engine.userAgentRules = rules()
        let event = try harness.normalized(
            #"{"request":{"headers":{"user-agent":"OldSurf/9 (Windows NT 10)"}}}"#
        ) { $0.normalizeUserAgent = true }
        #expect(
            event["contexts"]?["browser"]
                == ["browser": "Old Surf 1", "name": "Old Surf", "type": "browser", "version": "1"])
        #expect(event["contexts"]?["client_os"]?["version"] == ">=10")
    }
}
