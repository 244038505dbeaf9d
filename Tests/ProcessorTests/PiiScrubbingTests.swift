import JSON
import Testing

@testable import RelayProcessor

@Suite struct PiiScrubbingTests {
    private func scrub(_ config: String, _ event: String) throws -> JSONValue {
        try scrub([ScrubProgram(PiiConfiguration(try JSONValue(parsing: config)))], event)
    }

    private func scrub(_ programs: [ScrubProgram], _ event: String) throws -> JSONValue {
        let engine = EventEngine()
        let scrubber = EventScrubber(document: engine.document, meta: engine.meta)
        var event = event
        let root = try event.withUTF8 { try engine.parse(UnsafeRawBufferPointer($0)) }
        for program in programs { scrubber.scrub(root, with: program) }
        try engine.write(root)
        return try JSONValue(parsing: Array(engine.writer.bytes))
    }

    /// Compares without regard to the order of members.
    private func expect(
        _ config: String, _ event: String, _ expected: String,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let actual = sorted(try scrub(config, event)).text()
        #expect(
            actual == sorted(try JSONValue(parsing: expected)).text(), sourceLocation: location)
    }

    private func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(members.map { ($0.0, sorted($0.1)) }.sorted { $0.0 < $1.0 })
        case .array(let elements): .array(elements.map(sorted))
        default: value
        }
    }

    @Test func remarksCarryByteRanges() throws {
        try expect(
            #"{"applications":{"**":["@ip"]}}"#, #"{"extra":{"a":"é 1.2.3.4 und ::1"}}"#,
            """
            {"extra":{"a":"é [ip] und [ip]"},
             "_meta":{"extra":{"a":{"":{"rem":[["@ip","s",3,7],["@ip","s",12,16]],"len":17}}}}}
            """)
    }

    @Test func keysDecide() throws {
        try expect(
            #"{"applications":{"$string || $number":["@password:filter"]}}"#,
            #"{"extra":{"Password":"a\nb","api_key":5,"x":"y","token":true}}"#,
            """
            {"extra":{"Password":"[Filtered]","api_key":null,"x":"y","token":true},
             "_meta":{"extra":{"Password":{"":{"rem":[["@password:filter","s",0,10]],"len":3}},
             "api_key":{"":{"rem":[["@password:filter","x"]]}}}}}
            """)
    }

    @Test func redactedPartsAreOpaque() throws {
        try expect(
            #"{"applications":{"$string":["@ip"]}}"#,
            """
            {"extra":{"a":"x 1.2.3.4 2.3.4.5"},
             "_meta":{"extra":{"a":{"":{"rem":[["@old","s",2,9]],"len":99}}}}}
            """,
            """
            {"extra":{"a":"x 1.2.3.4 [ip]"},
             "_meta":{"extra":{"a":{"":{"rem":[["@old","s",2,9],["@ip","s",10,14]],"len":99}}}}}
            """)
    }

    @Test func originalValuesAreScrubbed() throws {
        try expect(
            #"{"applications":{"**":["@ip"]}}"#, #"{"extra":"1.2.3.4 x"}"#,
            """
            {"extra":null,"_meta":{"extra":{"":{
             "err":[["invalid_data",{"reason":"expected an object"}]],"val":"[ip] x"}}}}
            """)
    }

    @Test func pairListsAreObjects() throws {
        try expect(
            #"{"applications":{"extra.list.foo":["@anything:remove"],"tags.t":["@ip"]}}"#,
            #"{"extra":{"list":[["foo","x"],["bar","y"]]},"tags":[["t","1.2.3.4"]]}"#,
            """
            {"extra":{"list":[["foo",null],["bar","y"]]},"tags":[["t","[ip]"]],
             "_meta":{"extra":{"list":{"0":{"1":{"":{"rem":[["@anything:remove","x"]]}}}}},
             "tags":{"0":{"1":{"":{"rem":[["@ip","s",0,4]],"len":7}}}}}}
            """)
    }

    @Test func invalidAddressBecomesTheID() throws {
        try expect(
            #"{"applications":{"$user.ip_address":["@ip:mask"]}}"#,
            #"{"user":{"ip_address":"1.2.3.4"}}"#,
            """
            {"user":{"id":"*******","ip_address":null},
             "_meta":{"user":{"id":{"":{"rem":[["@ip:mask","m",0,7]],"len":7}},
             "ip_address":{"":{"rem":[["pii:ip_address","x"]]}}}}}
            """)
    }

    @Test func pathsKeepTheirLastPart() throws {
        let frame = { (path: String) in
            #"{"stacktrace":{"frames":[{"abs_path":"\#(path)"}]}}"#
        }
        let result = try scrub(
            #"{"applications":{"$frame.abs_path":["@anything:mask"]}}"#, frame("/home/bob/x.so"))
        let frames = result["stacktrace"]?["frames"]
        #expect(frames?[0]?["abs_path"]?.stringValue == "*********/x.so")
    }

    @Test func hideInnerKeepsTheOuterName() throws {
        try expect(
            """
            {"rules":{"a":{"type":"alias","rule":"b","hideInner":true,
             "redaction":{"method":"replace","text":"A"}},
             "b":{"type":"pattern","pattern":"(x)(y)","replaceGroups":[2],
             "redaction":{"method":"mask"}}},"applications":{"extra.k":["a"]}}
            """, #"{"extra":{"k":"xy x xy"}}"#,
            """
            {"extra":{"k":"xA x xA"},
             "_meta":{"extra":{"k":{"":{"rem":[["a","s",1,2],["a","s",6,7]],"len":7}}}}}
            """)
    }

    @Test func aRuleThatCannotCompileRedactsEverything() throws {
        let result = try scrub(
            """
            {"rules":{"bad":{"type":"pattern","pattern":"(","redaction":{"method":"mask"}}},
             "applications":{"extra.k":["bad"]}}
            """, #"{"extra":{"k":"abc","l":"abc"}}"#)
        #expect(result["extra"]?["k"]?.stringValue == "***")
        #expect(result["extra"]?["l"]?.stringValue == "abc")
        let broken = try scrub("5", #"{"extra":{"k":"abc"}}"#)
        #expect(broken["extra"]?["k"]?.stringValue == "[Filtered]")
        let selector = try scrub(
            #"{"applications":{"a b":["@ip"]}}"#, #"{"extra":{"k":"1.2.3.4"}}"#)
        #expect(selector["extra"]?["k"]?.stringValue == "[ip]")
    }

    @Test func defaultSettings() throws {
        let scrubbing = ProjectScrubbing(
            config: try JSONValue(
                parsing: """
                    {"datascrubbingSettings":{"scrubData":true,"scrubDefaults":true,
                     "scrubIpAddresses":true,"sensitiveFields":["ssn"]}}
                    """))
        #expect(scrubbing.problems == [])
        let result = try scrub(
            scrubbing.programs,
            """
            {"extra":{"card":"4571234567890111","SSN":"x","password":"y","ip":"1.2.3.4"},
             "user":{"ip_address":"1.2.3.4","email":"a@b.co"},
             "request":{"headers":[["Authorization","Bearer abc"],["User-Agent","1.2.3.4"]],
             "cookies":[["sessionid","s"],["a","b"]]},
             "logentry":{"formatted":"mail a@b.co from 1.2.3.4"}}
            """)
        let extra = result["extra"]
        #expect(extra?["card"]?.stringValue == "[Filtered]")
        #expect(extra?["SSN"]?.stringValue == "[Filtered]")
        #expect(extra?["password"]?.stringValue == "[Filtered]")
        #expect(extra?["ip"]?.stringValue == "[ip]")
        #expect(result["user"]?["ip_address"]?.isNull == true)
        #expect(result["user"]?["email"]?.stringValue == "a@b.co")
        #expect(result["request"]?["headers"]?[0]?[1]?.stringValue == "[Filtered]")
        #expect(result["request"]?["headers"]?[1]?[1]?.stringValue == "1.2.3.4")
        #expect(result["request"]?["cookies"]?[0]?[1]?.stringValue == "[Filtered]")
        #expect(result["logentry"]?["formatted"]?.stringValue == "mail [email] from 1.2.3.4")
    }

    /// A program is used again for other events; nothing of the last one stays.
    @Test func programsAreUsedAgain() throws {
        let program = ScrubProgram(
            PiiConfiguration(try JSONValue(parsing: #"{"applications":{"**":["@common"]}}"#)))
        let engine = EventEngine()
        let scrubber = EventScrubber(document: engine.document, meta: engine.meta)
        for number in 0..<50 {
            let event = Array(#"{"extra":{"k\#(number)":"1.2.3.4 a@b.co"}}"#.utf8)
            let root = try event.withUnsafeBytes { try engine.parse($0) }
            scrubber.scrub(root, with: program)
            try engine.write(root)
            let result = try JSONValue(parsing: Array(engine.writer.bytes))
            #expect(result["extra"]?["k\(number)"]?.stringValue == "[ip] [email]")
        }
    }

    /// Many matches, empty matches: the number of redactions is bounded and nothing gets through.
    @Test func matchesAreBounded() throws {
        let text = String(repeating: "1.2.3.4 ", count: 20_000)
        let result = try scrub(
            #"{"applications":{"**":["@ip:remove"]}}"#, #"{"extra":{"k":"\#(text)"}}"#)
        let left = result["extra"]?["k"]?.stringValue ?? ""
        #expect(!left.contains("1.2.3.4"))
        let empty = try scrub(
            """
            {"rules":{"r":{"type":"pattern","pattern":"x*","redaction":{"method":"remove"}}},
             "applications":{"extra.k":["r"]}}
            """, #"{"extra":{"k":"\#(String(repeating: "é", count: 30_000))"}}"#)
        #expect((empty["extra"]?["k"]?.stringValue?.count ?? 0) <= 10_000)
    }
}
