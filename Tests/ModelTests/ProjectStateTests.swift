import Testing

@testable import Model

@Suite struct ProjectStateTests {
    private static let keyText = "0123456789abcdef0123456789abcdef"
    private static let key = ProjectKey(high: 0x0123_4567_89ab_cdef, low: 0x0123_4567_89ab_cdef)
    private static let other = ProjectKey(high: 1, low: 1)

    private static func state(_ json: String) throws -> ProjectState {
        try ProjectState(json: Array(json.utf8))
    }

    @Test func aWholeStateIsRead() throws {
        let state = try Self.state(
            """
            {"projectId":42,"organizationId":"7","slug":"demo","disabled":false,
             "lastChange":"2020-01-01T00:00:00Z","lastFetch":null,"rev":"x",
             "publicKeys":[{"publicKey":"\(Self.keyText)","isEnabled":true,"numericId":5,"quotas":[]}],
             "config":{"allowedDomains":["https://a.example","*.b.example"],"trustedRelays":["K"],
              "piiConfig":{"rules":{}},"groupingConfig":null}}
            """)
        #expect(state.projectID == ProjectID(rawValue: 42))
        #expect(state.organizationID == 7)
        #expect(state.slug == "demo")
        #expect(!state.isDisabled)
        #expect(state.lastChange == WallTime(rfc3339: "2020-01-01T00:00:00Z"))
        #expect(state.publicKeys == [.init(key: Self.key, isEnabled: true, numericID: 5)])
        #expect(state.trustedRelays == ["K"])
        #expect(state.allowedDomains.count == 2)
        #expect(state.numericID(of: Self.key) == 5)
        #expect(
            state.discardReason(
                for: Self.key, statedProjectID: ProjectID(rawValue: 42),
                origin: "https://a.example/page") == nil)
    }

    @Test func everythingHasADefault() throws {
        #expect(try Self.state("{}") == ProjectState())
        #expect(try Self.state("{\"disabled\":true}").isDisabled)
        #expect(
            try Self.state("{\"config\":null,\"publicKeys\":null}").allowedDomains
                == [OriginPattern("*")])
    }

    @Test(arguments: [
        "", "[]", "{", "{}x", "{\"disabled\":1}", "{\"projectId\":\"x\"}", "{\"projectId\":-1}",
        "{\"publicKeys\":{}}", "{\"publicKeys\":[{}]}", "{\"publicKeys\":[{\"publicKey\":\"x\"}]}",
        "{\"config\":[]}", "{\"config\":{\"allowedDomains\":\"*\"}}",
        "{\"config\":{\"allowedDomains\":[1]}}",
    ])
    func malformedStatesAreRefused(_ json: String) {
        #expect(throws: ProjectStateError.self) { try Self.state(json) }
    }

    @Test func theVerdictFollowsTheRules() throws {
        let keys = "\"publicKeys\":[{\"publicKey\":\"\(Self.keyText)\"}]"
        let id = ProjectID(rawValue: 42)
        for (json, stated, origin, expected) in [
            ("{\"projectId\":42,\(keys)}", id, nil, nil),
            ("{\"projectId\":42,\(keys)}", nil, "https://any", nil),
            ("{\(keys)}", id, nil, nil),
            ("{\"disabled\":true,\(keys)}", id, nil, .projectID),
            ("{\"projectId\":43,\(keys)}", id, nil, .projectID),
            (
                "{\(keys),\"config\":{\"allowedDomains\":[\"a.example\"]}}", id,
                "https://b.example",
                .cors
            ),
            ("{\(keys),\"config\":{\"allowedDomains\":[]}}", id, "https://b.example", .cors),
            ("{\(keys),\"config\":{\"allowedDomains\":[]}}", id, nil, nil),
            ("{\"publicKeys\":[]}", id, nil, .authClient),
            (
                "{\"publicKeys\":[{\"publicKey\":\"\(Self.keyText)\",\"isEnabled\":false}]}", id,
                nil, .authClient
            ),
        ] as [(String, ProjectID?, String?, DiscardReason?)] {
            let state = try Self.state(json)
            #expect(
                state.discardReason(for: Self.key, statedProjectID: stated, origin: origin)
                    == expected, "\(json)")
        }
        #expect(
            ProjectState.everythingAllowed.discardReason(
                for: Self.other, statedProjectID: id, origin: "http://x") == nil)
    }

    @Test func limitsComeBeforeTheState() throws {
        let state = try Self.state("{\"disabled\":true}")
        var limits = RateLimitTable()
        let now = MonotonicTime(nanoseconds: 0)
        let partial = RateLimit(
            scope: .key, categories: DataCategories(.error), reasonCode: nil,
            expiresAt: MonotonicTime(nanoseconds: 10))
        limits.merge(partial, conflict: .sooner, now: now)
        #expect(
            state.eventAction(
                for: Self.key, statedProjectID: nil, origin: nil, limits: limits, now: now)
                == .discard(.projectID))
        var whole = partial
        whole.categories = DataCategories()
        limits.merge(whole, conflict: .sooner, now: now)
        #expect(
            state.eventAction(
                for: Self.key, statedProjectID: nil, origin: nil, limits: limits, now: now)
                == .retryAfter([whole]))
        #expect(
            state.eventAction(
                for: Self.key, statedProjectID: nil, origin: nil, limits: limits,
                now: MonotonicTime(nanoseconds: 10)) == .discard(.projectID))
    }

    @Test(
        arguments: [
            ("*", "https://any.example:1/x", true), ("*", nil, true),
            ("example.com", "https://example.com/", true),
            ("example.com", "https://EXAMPLE.com:8080/", true),
            ("example.com", "https://sub.example.com/", false),
            ("*.example.com", "https://sub.example.com/", true),
            ("*.example.com", "https://a.b.example.com/", true),
            ("*.example.com", "https://example.com/", true),
            ("*.example.com", "https://badexample.com/", false),
            ("*:8080", "http://any:8080/", true), ("*:8080", "http://any/", false),
            ("*:*", "http://any:1/", true),
            ("https://example.com", "http://example.com/", false),
            ("https://example.com", "https://example.com/", true),
            ("https://example.com:443", "https://example.com/", false),
            ("http://*", "http://any", true), ("http://*", "https://any", false),
            ("https://*:8443", "https://x:8443/a", true),
            ("[::1]:80", "http://[::1]:80/x", true), ("[::1]", "http://[::1]/x", true),
            ("", "https://example.com", false), ("example.com", nil, false),
            // What only looks like an allowed domain.
            ("example.com", "https://example.com:443@evil.example/", false),
            ("example.com", "https://example.com@evil.example/", false),
            ("*.example.com", "https://evil.example?.example.com", false),
            ("*.example.com", "https://evil.example#.example.com", false),
            ("*.example.com", #"https://evil.example\.example.com"#, false),
            ("*.example.com", "https://evil.example/.example.com", false),
            ("*.example.com", "https://evilexample.com", false),
            ("example.com", "https://example.com.evil.example", false),
            ("example.com", "https://*", false), ("example.com", "null", false),
            ("example.com", "https://user:word@example.com:1/", true),
        ] as [(String, String?, Bool)])
    func originsAreMatched(_ pattern: String, _ url: String?, _ expected: Bool) {
        #expect(OriginPattern.anyMatches([OriginPattern(pattern)], url: url) == expected)
    }

    @Test func revisionsNameTheContent() {
        // Test vector of the SipHash paper: key 00…0f, message 00…0e.
        let key = RevisionKey(first: 0x0706_0504_0302_0100, second: 0x0f0e_0d0c_0b0a_0908)
        #expect(
            Revision.number(of: (0..<15).map { UInt8($0) }, key: key) == 0xa129_ca61_49be_45e5)
        #expect(
            Revision.number(of: Array("{}".utf8), key: key)
                == Revision.number(of: Array("x{}".utf8)[1...], key: key))
        #expect(
            Revision.number(of: Array("{}".utf8), key: key)
                != Revision.number(of: Array("{ }".utf8), key: key))
        #expect(
            Revision.number(of: Array("{}".utf8), key: .random())
                != Revision.number(of: Array("{}".utf8), key: .random()))
    }
}
