import Testing

@testable import InboundFilters

@Suite struct ConditionTests {
    private func isHeld(_ condition: String, _ event: String) -> Bool {
        let settings =
            #"{"generic":{"version":1,"filters":[{"id":"it","isEnabled":true,"condition":\#(condition)}]}}"#
        return reason(event, settings) == "it"
    }

    private let event =
        #"{"release":"foo@1.2.3-beta+42","environment":"Prod","level":"warning","exception":[{"type":"Error","value":"boom"},{"type":"Other","value":"bang"}],"tags":{"a":"b"},"extra":{"n":{"m":5},"t":true,"s":"x"},"contexts":{"device":{"charging":true,"screen_dpi":300}},"request":{"headers":{"Host":"example.com"}},"user":{"email":"a@b.c"}}"#

    @Test(arguments: [
        #"{"op":"eq","name":"event.environment","value":"Prod"}"#,
        #"{"op":"eq","name":"event.environment","value":"PROD","options":{"ignoreCase":true}}"#,
        #"{"op":"eq","name":"event.level","value":["info","warning"]}"#,
        #"{"op":"eq","name":"event.dist","value":null}"#,
        #"{"op":"eq","name":"event.platform","value":"other"}"#,
        #"{"op":"eq","name":"event.tags.a","value":"b"}"#,
        #"{"op":"eq","name":"event.extra.t","value":true}"#,
        #"{"op":"gt","name":"event.extra.n.m","value":4.5}"#,
        #"{"op":"gte","name":"event.extra.n.m","value":5}"#,
        #"{"op":"lt","name":"event.extra.s","value":"y"}"#,
        #"{"op":"lte","name":"event.contexts.device.screen_dpi","value":300}"#,
        #"{"op":"eq","name":"event.contexts.device.charging","value":true}"#,
        #"{"op":"glob","name":"event.release","value":["*@1.2.*"]}"#,
        #"{"op":"eq","name":"event.release.version.short","value":"1.2.3-beta"}"#,
        #"{"op":"eq","name":"event.release.package","value":"foo"}"#,
        #"{"op":"release","name":"event.release","value":"1.2.3","comparator":"lt"}"#,
        #"{"op":"eq","name":"event.request.headers.HOST","value":"example.com"}"#,
        #"{"op":"any","name":"event.exception.values","inner":{"op":"eq","name":"ty","value":"Other"}}"#,
        #"{"op":"all","name":"event.exception.values","inner":{"op":"glob","name":"value","value":["b*"]}}"#,
        #"{"op":"not","inner":{"op":"later"}}"#,
        #"{"op":"and","inner":[]}"#,
        #"{"op":"or","inner":[{"op":"or","inner":[]},{"op":"eq","name":"event.user.email","value":"a@b.c"}]}"#,
    ]) func holds(condition: String) {
        #expect(isHeld(condition, event))
    }

    @Test(arguments: [
        #"{"op":"eq","name":"event.environment","value":"prod"}"#,
        #"{"op":"eq","name":"environment","value":"Prod"}"#,
        #"{"op":"eq","name":"event.extra.n","value":null}"#,
        #"{"op":"eq","name":"event.extra.n.m","value":5}"#,
        #"{"op":"gt","name":"event.level","value":1}"#,
        #"{"op":"glob","name":"event.extra.t","value":["*"]}"#,
        #"{"op":"all","name":"event.exception.values","inner":{"op":"eq","name":"ty","value":"Error"}}"#,
        #"{"op":"any","name":"event.threads","inner":{"op":"and","inner":[]}}"#,
        #"{"op":"any","name":"event.exception.values","inner":{"op":"eq","name":"event.level","value":"warning"}}"#,
        #"{"op":"later"}"#,
        #"{"op":"or","inner":[]}"#,
        #"{"op":"eq","name":"event.level"}"#,
        #"{"op":"glob","name":"event.level","value":"*"}"#,
    ]) func doesNotHold(condition: String) {
        #expect(!isHeld(condition, event))
    }

    @Test func depthAndNumberAreBounded() {
        func nested(_ depth: Int) -> String {
            String(repeating: #"{"op":"not","inner":"#, count: depth) + #"{"op":"or","inner":[]}"#
                + String(repeating: "}", count: depth)
        }
        #expect(isHeld(nested(61), "{}"))
        #expect(!isHeld(nested(65), "{}"))
        let many = Array(repeating: #"{"op":"and","inner":[]}"#, count: 5000).joined(separator: ",")
        #expect(!isHeld(#"{"op":"and","inner":[\#(many)]}"#, "{}"))
    }

    @Test func laterVersionsAndDisabledFiltersDoNothing() {
        let always = #"{"op":"and","inner":[]}"#
        func settings(_ version: Int, _ isEnabled: Bool) -> String {
            #"{"generic":{"version":\#(version),"filters":[{"id":"it","isEnabled":\#(isEnabled),"condition":\#(always)}]}}"#
        }
        #expect(reason("{}", settings(1, true)) == "it")
        #expect(reason("{}", settings(2, true)) == nil)
        #expect(reason("{}", settings(1, false)) == nil)
    }

    @Test func versionsAreOrdered() throws {
        let ascending = ["0.9", "1.0.0-alpha", "1.0.0-rc1", "1", "1.2.3", "1.2.3.5", "1.10", "2.0"]
        for (left, right) in zip(ascending, ascending.dropFirst()) {
            let first = try #require(SentryRelease.comparable(left))
            let second = try #require(SentryRelease.comparable(right))
            #expect(first < second)
        }
        #expect(SentryRelease.comparable("a4b7e0f9c2d1") == nil)
        #expect(SentryRelease.comparable("nope") == nil)
    }
}
