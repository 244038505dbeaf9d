import Testing

@testable import InboundFilters

@Suite struct ErrorMessageFilterTests {
    let settings = #"{"errorMessages":{"patterns":["foo*","TypeError: bad","*100 %*"]}}"#

    @Test(arguments: [
        #"{"exception":{"values":[{"type":"TypeError","value":"bad"}]}}"#,
        #"{"exception":[{"type":"x"},{"value":"Foo"}]}"#,
        #"{"exception":{"type":"foo"}}"#,
        #"{"sentry.interfaces.Exception":{"values":[{"value":"TypeError:   bad"}]}}"#,
        #"{"message":"foo"}"#,
        #"{"logentry":{"message":"x %s","params":["100 %"]}}"#,
        #"{"sentry.interfaces.Message":{"formatted":"foo","message":"bar"}}"#,
        #"{"message":"bar","logentry":"foo"}"#,
        #"{"mess\u0061ge":"\u0066oo"}"#,
        #"{"message":"bar","message":"foo"}"#,
        #"  {"message" : "foo" } "#,
        #"{"logentry":{"message":"{0} more","params":["foo"]}}"#,
    ]) func drops(event: String) {
        #expect(reason(event, settings) == "error-message")
    }

    @Test(arguments: [
        #"{"message":"bar"}"#,
        #"{"message":"foo","message":"bar"}"#,
        #"{"message":"foo","logentry":"bar"}"#,
        #"{"extra":{"message":"foo"},"breadcrumbs":{"values":[{"message":"foo"}]}}"#,
        #"{"tags":{"x":"\",\"message\":\"foo\""}}"#,
        #"{"exception":{"values":[]},"threads":{"values":[{"type":"foo"}]}}"#,
        #"{"message":"foo""#,
        #"{"message":"foo"} x"#,
        #"{"message":"foo","a":tru}"#,
        "[]", "", "{}", #"{"exception":{"values":[{"type":1}]}}"#,
    ]) func keeps(event: String) {
        #expect(reason(event, settings) == nil)
    }
}

@Suite struct BuiltInFilterTests {
    @Test(arguments: [
        #"{"values":[{"value":"x conduitPage"}]}"#,
        #"{"values":[{"value":"canvas\u00e9contentDocument"}]}"#,
        #"{"values":[{"type":"x","stacktrace":{"frames":[{"abs_path":"moz-extension://a"}]}}]}"#,
        #"{"values":[{"type":"x","stacktrace":{"frames":[{"filename":"chrome://a"},{"abs_path":"<anonymous>"}]}}]}"#,
    ]) func browserExtensions(exception: String) {
        let settings = #"{"browserExtensions":{"isEnabled":true}}"#
        #expect(reason(#"{"exception":\#(exception)}"#, settings) == "browser-extensions")
        #expect(
            reason(#"{"exception":\#(exception)}"#, #"{"browserExtensions":{"isEnabled":false}}"#)
                == nil)
    }

    @Test func onlyTheFirstExceptionCountsForExtensions() {
        let settings = #"{"browserExtensions":{"isEnabled":true}}"#
        let event = #"{"exception":[{"value":"x"},{"value":"conduitPage"}]}"#
        #expect(reason(event, settings) == nil)
    }

    @Test func loneExceptionHasTheStacktraceOfTheEvent() {
        let settings = #"{"browserExtensions":{"isEnabled":true}}"#
        let trace = #"{"frames":[{"abs_path":"chrome://x"}]}"#
        #expect(
            reason(#"{"exception":[{"type":"x"}],"stacktrace":\#(trace)}"#, settings)
                == "browser-extensions")
    }

    @Test(arguments: [
        "Googlebot", "x bots", "a bot;", "spider)", "\u{17F}lurp", "Better\u{2003}Uptime",
    ])
    func crawlers(text: String) {
        #expect(reason(agent(text), #"{"webCrawlers":{"isEnabled":true}}"#) == "web-crawlers")
    }

    @Test(arguments: [
        "Mozilla/5.0", "robotics", "spiderman", "Slackbot 1.0", "ChatGPT-User GPTBot",
    ])
    func nobodyCrawls(text: String) {
        #expect(reason(agent(text), #"{"webCrawlers":{"isEnabled":true}}"#) == nil)
    }

    @Test(arguments: [
        ("ie9", "IE/9.0", true), ("ie9", "IE/10.0", false), ("ie", "IE Mobile/11", true),
        ("chrome", "Chrome/110.1", true), ("chrome", "Chrome/111", false),
        ("default", "IE/9", true),
        ("default", "Chrome/1", false), ("edge_pre_79", "Edge/78", true),
        ("edge", "Edge/110", true),
        ("safari", "Safari/15", true), ("safari", "Safari/16", false), ("opera", "Opera/99", true),
        ("opera_mini", "Opera Mini/34", true), ("android", "Android/3", true),
        ("firefox", "Firefox/111", false), ("unknown", "IE/1", false),
    ]) func legacyBrowsers(option: String, text: String, isDropped: Bool) {
        let settings = #"{"legacyBrowsers":{"isEnabled":true,"options":["\#(option)"]}}"#
        #expect(reason(agent(text), settings) == (isDropped ? "legacy-browsers" : nil))
    }

    @Test(arguments: [
        (#""url":"http://localhost:80/x""#, true), (#""url":"HTTP://a.localhost""#, true),
        (#""url":"http://127.1/""#, true), (#""url":"http://[::1]/""#, true),
        (#""url":"file:///x""#, true), (#""url":"http://2130706433/""#, true),
        (#""url":"http://localhost.com/""#, false),
        (#""url":"http://example.com/localhost""#, false),
        (#""headers":{"Host":"localhost:3000"}"#, true),
        (#""url":"http://a.com/","headers":{"Host":"localhost:3000"}"#, false),
        (#""headers":[["X-Forwarded-For","::1"]]"#, true),
        (#""env":{"REMOTE_ADDR":"127.0.0.1"}"#, true),
    ]) func localhost(request: String, isDropped: Bool) {
        let event = #"{"request":{\#(request)}}"#
        #expect(
            reason(event, #"{"localhost":{"isEnabled":true}}"#) == (isDropped ? "localhost" : nil))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.1.2.3", true), ("10.1.2.3", "10.1.2.3", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("2001:db8::/32", "2001:db8:1::1", true), ("nonsense", "10.0.0.1", false),
        ("10.0.0.0/33", "10.0.0.1", false), ("::/0", "10.0.0.1", false),
        ("8.8.8.9/30", "8.8.8.10", true),
    ]) func clientAddresses(network: String, address: String, isDropped: Bool) {
        let settings = #"{"clientIps":{"blacklistedIps":["\#(network)"]}}"#
        let request = FilterRequest(clientAddress: address)
        #expect(reason("{}", settings, from: request) == (isDropped ? "ip-address" : nil))
    }

    @Test func releases() {
        let settings = #"{"releases":{"releases":["1.*","42"]}}"#
        #expect(reason(#"{"release":" 1.5 "}"#, settings) == "release-version")
        #expect(reason(#"{"release":42}"#, settings) == "release-version")
        #expect(reason(#"{"release":"1.5/2"}"#, settings) == nil)
        #expect(reason(#"{"extra":{"release":"1.5"}}"#, settings) == nil)
    }

    @Test func transactions() {
        let settings =
            #"{"ignoreTransactions":{"isEnabled":true,"patterns":["*health*","/u/\\*"]}}"#
        func event(_ name: String, _ more: String = "") -> String {
            #"{"type":"transaction","transaction":"\#(name)","start_timestamp":1,"timestamp":2,"#
                + #""contexts":{"trace":{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","#
                + #""span_id":"fa90fdead5f74052"}}\#(more)}"#
        }
        #expect(reason(event("/HEALTHZ"), settings) == "filtered-transaction")
        #expect(
            reason(event("/u/123", #","transaction_info":{"source":"url"}"#), settings)
                == "filtered-transaction")
        #expect(
            reason(event("/u/123", #","transaction_info":{"source":"route"}"#), settings) == nil)
        // The identifiers of normalising, no others: a UUID without two digits in a row, an escape.
        let source = #","transaction_info":{"source":"url"}"#
        #expect(
            reason(event("/u/abcdefab-cdef-abcd-efab-cdefabcdefab", source), settings)
                == "filtered-transaction")
        #expect(reason(event("/u/a%20b", source), settings) == nil)
        #expect(reason(#"{"transaction":"/health"}"#, settings) == nil)
        // An incomplete transaction is refused, not filtered.
        #expect(reason(#"{"type":"transaction","transaction":"/health"}"#, settings) == nil)
    }

    @Test func policyReports() {
        let settings = #"{"csp":{"disallowedSources":["*.evil.com","https://*:8080"]}}"#
        var request = FilterRequest()
        request.isRawReport = true
        #expect(
            reason(
                #"{"csp-report":{"blocked-uri":"http://a.evil.com/x"}}"#, settings, from: request)
                == "invalid-csp")
        #expect(
            reason(#"{"csp-report":{"source-file":"https://x:8080/"}}"#, settings, from: request)
                == "invalid-csp")
        #expect(reason(#"{"csp-report":{"blocked-uri":"eval"}}"#, settings, from: request) == nil)
        #expect(reason(#"{"csp":{"blocked_uri":"http://evil.com"}}"#, settings) == "invalid-csp")
        #expect(
            reason(
                #"{"csp":{"blocked_uri":"http://evil.com"},"exception":[{"type":"x"}]}"#, settings)
                == nil)
    }
}

@Suite struct OrderTests {
    @Test func firstMatchNamesTheReason() {
        let event = #"{"release":"1","message":"foo","request":{"url":"http://localhost/"}}"#
        let generic =
            #""generic":{"version":1,"filters":[{"id":"mine","isEnabled":true,"condition":{"op":"and","inner":[]}}]}"#
        let parts = [
            generic, #""clientIps":{"blacklistedIps":["1.1.1.1"]}"#,
            #""releases":{"releases":["*"]}"#,
            #""errorMessages":{"patterns":["*"]}"#, #""localhost":{"isEnabled":true}"#,
        ]
        let names = ["mine", "ip-address", "release-version", "error-message", "localhost"]
        let request = FilterRequest(clientAddress: "1.1.1.1")
        for index in parts.indices {
            let settings = "{" + parts[index...].reversed().joined(separator: ",") + "}"
            #expect(reason(event, settings, from: request) == names[index])
        }
    }

    @Test func faultySettingsHarmOnlyThemselves() {
        let filters = InboundFilters(
            settings: Array(
                #"{"localhost":{"isEnabled":1},"releases":[],"csp":null,"errorMessages":{"patterns":["[",3,"foo"]},"generic":{"version":1,"filters":[{"id":"a","isEnabled":true,"condition":{"op":"eq"}}]}}"#
                    .utf8))
        #expect(filters.problems.count == 6)
        #expect(!filters.isEmpty)
        let settings = #"{"localhost":{"isEnabled":1},"errorMessages":{"patterns":["[",3,"foo"]}}"#
        #expect(reason(#"{"message":"foo"}"#, settings) == "error-message")
    }

    @Test func nothingIsReadWithoutFilters() {
        #expect(InboundFilters(settings: Array("{}".utf8)).isEmpty)
        #expect(InboundFilters(settings: []).isEmpty)
        #expect(InboundFilters(projectState: Array(#"{"config":{}}"#.utf8)).isEmpty)
    }
}

@Suite struct ScanTests {
    static let all =
        #"{"browserExtensions":{"isEnabled":true},"legacyBrowsers":{"isEnabled":true,"options":["ie","chrome"]},"localhost":{"isEnabled":true},"webCrawlers":{"isEnabled":true},"errorMessages":{"patterns":["foo*","*bar*","x?y"]},"releases":{"releases":["1.*"]},"clientIps":{"blacklistedIps":["10.0.0.0/8"]},"csp":{"disallowedSources":["a.com"]},"ignoreTransactions":{"isEnabled":true,"patterns":["*health*"]}}"#

    @Test(arguments: [
        #"{"exception":{"values":[{"type":"E","value":"m \"quoted\"","stacktrace":{"frames":[{"abs_path":"/a","vars":{"x":"}]{["}},{"abs_path":"<anonymous>"}]}}]},"release":"2.0"}"#,
        #"{"request":{"url":"https://example.com/a?b","headers":{"User-Agent":"Chrome/120.0","Host":"example.com"}},"user":{"ip_address":"8.8.8.8"}}"#,
        #"{"sentry.interfaces.Exception":[{"type":"E","value":"x"}],"message":"hällo","tags":[["a","b"]]}"#,
        #"{"transaction":"/x","type":"transaction","transaction_info":{"source":"route"},"spans":[{"a":{"b":[]}}]}"#,
        #"{"message":"foo","logentry":{"message":"card %s of %s","params":["1",2]}}"#,
        #"{"message":"bar","sentry.interfaces.Message":{"formatted":"x"}}"#,
        #"{"message":"foo","logentry":null}"#,
        #"{"request":{"url":"app:///dist/index.html","headers":[["Host","x.com"]]}}"#,
        #"{"request":{"url":"www.example.com","headers":[["Host","x.com"]]}}"#,
        #"{"request":{"url":"http://93.184.216.34/\u00e9\n"}}"#,
        #"{"exception":{"type":"E","value":"x","stacktrace":{"frames":[{"abs_path":"/a"},null]}}}"#,
        #"{"exception":{"type":"E","value":"x"},"stacktrace":{"frames":[{"filename":"/a"}]}}"#,
        #"{"exception":{"values":[null,{"type":"E","value":"x"}]}}"#,
        #"{"user":{"ip_address":"127.0.0.1"},"type":"transaction","transaction":"/x"}"#,
        #"{"csp":{"blocked_uri":"http://b.com/x","source_file":"c"},"message":"x"}"#,
        #"{"tags":{"environment":"x","b":"c"},"environment":"","logentry":{"formatted":1}}"#,
        #"{"message":"foo","user":{"ip_address":"::1"},"message":"x","user":{"id":1}}"#,
        #"{"logentry":{"formatted":"foo"},"logentry":{"message":"x"},"type":1}"#,
    ]) func usualEventsAreNotParsed(event: String) {
        #expect(isKeptByScan(event, Self.all))
    }

    @Test(arguments: [
        #"{"message":"x","logentry":{"message":"%so %s","params":["fo",1]}}"#,
        #"{"logentry":{"message":"a {} {name}","params":{"name":"b"}},"message":"foo"}"#,
        #"{"exception":{"type":"foo"}}"#,
        #"{"message":"\#(String(repeating: "é", count: 9000))bar"}"#,
        #"{"message":"\#(String(repeating: "é", count: 8100))bar"}"#,
    ]) func bothReadersAgree(event: String) {
        _ = reason(event, Self.all)
    }

    /// Of repeated keys the last one counts, with everything in it.
    @Test(arguments: [
        (#"{"message":"x","message":"foo"}"#, "error-message"),
        (#"{"message":"foo","message":null}"#, nil),
        (#"{"logentry":{"formatted":"x","formatted":"foo"}}"#, "error-message"),
        (#"{"logentry":{"formatted":"foo"},"logentry":"x"}"#, nil),
        (#"{"user":{},"user":{"ip_address":"127.0.0.1"}}"#, "localhost"),
        (#"{"request":{"url":"http://localhost"},"request":{"env":{}}}"#, nil),
        (#"{"exception":[{"type":"foo"}],"exception":[]}"#, nil),
        (#"{"exception":{"values":[{"type":"a","type":"foo"}]}}"#, "error-message"),
        (#"{"sentry.interfaces.User":{"ip_address":"::1"},"user":{}}"#, nil),
        (#"{"request":{"headers":{"user-agent":"Googlebot","user-agent":"a"}}}"#, nil),
        (#"{"request":{"headers":[["user-agent","bot"],["User-Agent","a"]]}}"#, "web-crawlers"),
    ]) func lastOfRepeatedKeysCounts(event: String, wanted: String?) {
        #expect(reason(event, Self.all) == wanted)
    }

    /// Wherever it stands among frames of any size, the last one names the source.
    @Test func lastFrameIsFound() {
        let settings = #"{"browserExtensions":{"isEnabled":true}}"#
        for size in 0..<200 {
            let filler = String(repeating: "x", count: size)
            let frames =
                #"{"vars":["\#(filler)",{"a":[{}]}]},[1], {"abs_path":"chrome://\#(filler)"} "#
            #expect(
                reason(
                    #"{"exception":[{"type":"x","stacktrace":{"frames":[\#(frames)]}}]}"#, settings)
                    == "browser-extensions")
            #expect(
                reason(
                    #"{"exception":[{"type":"x","stacktrace":{"frames":[\#(frames),null]}}]}"#,
                    settings) == nil)
        }
    }

    @Test func depthIsNoProblem() {
        let deep = String(repeating: "[", count: 200_000)
        #expect(reason(#"{"a":\#(deep)}"#, Self.all) == nil)
        let closed = deep + String(repeating: "]", count: 200_000)
        #expect(reason(#"{"a":\#(closed),"message":"foo"}"#, Self.all) == nil)
        let objects = String(repeating: #"{"a":"#, count: 100_000)
        #expect(reason(#"{"message":"foo","a":\#(objects)"#, Self.all) == nil)
    }
}
