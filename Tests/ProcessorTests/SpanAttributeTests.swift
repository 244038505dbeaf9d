import JSON
import Testing

@testable import RelayProcessor

@Suite struct SpanAttributeTests {
    private let harness = EngineHarness()

    private func event(_ data: String, tags: String = "null", type: String = "transaction")
        -> String
    {
        """
        {"type":"\(type)","transaction":"/x","start_timestamp":1700000000,"timestamp":1700000001,
         "tags":\(tags),"contexts":{"trace":{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2",
         "span_id":"fa90fdead5f74052","data":\(data)}},
         "spans":[{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","span_id":"fa90fdead5f74053",
         "start_timestamp":1700000000,"timestamp":1700000001,"data":\(data)}]}
        """
    }

    /// The span's data after normalisation, and what `_meta` says of it; the trace's must be alike.
    private func normalized(_ data: String) throws -> (data: String, meta: String) {
        let result = try harness.normalized(event(data)) { $0.normalizeSpans = true }
        let span = result["spans"]?[0]?["data"]?.text() ?? ""
        let trace = result["contexts"]?["trace"]?["data"]?.text() ?? ""
        #expect(span == trace)
        return (span, result["_meta"]?["spans"]?["0"]?["data"]?.text() ?? "")
    }

    @Test func oldNamesGetTheirNewOnesBeside() throws {
        #expect(
            try normalized(#"{"http.method":"GET","db.system":{"a":1}}"#).data
                == #"{"db.system":{"a":1},"db.system.name":{"a":1},"http.method":"GET","http.request.method":"GET"}"#
        )
    }

    @Test func someOldNamesGo() throws {
        let (data, meta) = try normalized(#"{"db.statement":"select"}"#)
        #expect(data == #"{"db.query.text":"select","db.statement":null}"#)
        #expect(meta == #"{"db.statement":{"":{"rem":[["attribute.deprecated","x"]]}}}"#)
    }

    @Test func aNewNameThatIsThereStays() throws {
        #expect(
            try normalized(#"{"db.operation":"a","db.operation.name":"b"}"#).data
                == #"{"db.operation":null,"db.operation.name":"b"}"#)
        #expect(
            try normalized(#"{"db.system":"a","db.system.name":null}"#).data
                == #"{"db.system":"a"}"#)
    }

    @Test func theFirstOfSeveralOldNamesWins() throws {
        #expect(
            try normalized(#"{"server_name":"2","net.host.name":"3","address":"1"}"#).data
                == #"{"address":"1","net.host.name":"3","server.address":"1","server_name":"2"}"#)
    }

    @Test func partsOfNamesCanBeVariable() throws {
        #expect(
            try normalized(#"{"url.path.params.id":"7","url.path.params.a.b":"8"}"#).data
                == #"{"url.path.parameter.id":"7","url.path.params.a.b":"8","url.path.params.id":"7"}"#
        )
    }

    @Test func manyVariableNamesTakeLinearTime() throws {
        let members = (0..<20_000).map { "\"cls.source.\($0)\":1" }.joined(separator: ",")
        let result = try harness.normalized(event("{\(members)}")) {
            $0.normalizeSpans = true
            $0.enableTrimming = false
        }
        #expect(result["spans"]?[0]?["data"]?.objectValue?.count == 40_000)
    }

    @Test func onlyTransactionsAreRenamed() throws {
        let result = try harness.normalized(event(#"{"db.system":"a"}"#, type: "error")) {
            $0.normalizeSpans = true
        }
        #expect(result["contexts"]?["trace"]?["data"]?.text() == #"{"db.system":"a"}"#)
    }

    @Test func theLargestPaintBecomesTags() throws {
        let data = #"{"lcp.element":"div","lcp.size":5,"lcp.id":6,"browser.web_vital.lcp.url":"u"}"#
        let result = try harness.normalized(event(data, tags: #"[["lcp.url","kept"]]"#)) {
            $0.normalizeSpans = true
        }
        #expect(
            result["tags"]?.text()
                == #"[["lcp.url","kept"],["lcp.element","div"],["lcp.size","5"]]"#)
    }

    private func scrubbed(_ selector: String, _ data: String) throws -> String? {
        let config = #"{"applications":{"\#(selector)":["@anything:remove"]}}"#
        let engine = EventEngine()
        let scrubber = EventScrubber(document: engine.document, meta: engine.meta)
        let root = try Array(#"{"spans":[{"data":\#(data)}]}"#.utf8)
            .withUnsafeBytes { try engine.parse($0) }
        scrubber.scrub(
            root, with: ScrubProgram(PiiConfiguration(try JSONValue(parsing: config))))
        try engine.write(root)
        return try JSONValue(parsing: Array(engine.writer.bytes))["spans"]?[0]?["data"]?.sorted
            .text()
    }

    @Test func conventionsSayWhatMayBeStripped() throws {
        let data = #"{"cache.key":"m","foo":"y","release":"n","score.ratio.cls":"m"}"#
        #expect(
            try scrubbed("$string", data)
                == #"{"cache.key":"m","foo":null,"release":"n","score.ratio.cls":"m"}"#)
        #expect(
            try scrubbed("$span.data.*", data)
                == #"{"cache.key":null,"foo":null,"release":"n","score.ratio.cls":null}"#)
    }

    @Test func theNearestKeyCountsAtAnyDepth() throws {
        #expect(
            try scrubbed(
                "$string", #"{"release":["a",{"x":"y","id":"z"}],"foo":[["id","a"],["b","c"]]}"#)
                == #"{"foo":[["id","a"],["b",null]],"release":["a",{"id":"z","x":null}]}"#)
    }
}
