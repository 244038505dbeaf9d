import Testing

@testable import Model

@Suite struct SentryAuthTests {
    private static let key = "0123456789abcdef0123456789ABCDEF"
    private static let projectKey = ProjectKey(
        high: 0x0123_4567_89ab_cdef, low: 0x0123_4567_89ab_cdef)

    @Test(arguments: [
        "Sentry sentry_key=\(key), sentry_version=7, sentry_client=raven-js/3.23.3",
        "sentry sentry_client=raven-js/3.23.3,sentry_key=\(key)",
        "SENTRY sentry_timestamp=1328055286.51,sentry_version=7.0,sentry_key = \(key) ,"
            + "sentry_client=raven-js/3.23.3,sentry_secret=x,other",
        "Sentry key=\(key), client=raven-js/3.23.3, version=7",
    ])
    func theHeaderIsReadInAllItsForms(_ header: String) throws {
        let expected = SentryAuth(
            projectKey: Self.projectKey, protocolVersion: 7, client: "raven-js/3.23.3")
        #expect(try SentryAuth.resolve(sentryHeader: header) == expected)
        #expect(try SentryAuth.resolve(authorization: header) == expected)
    }

    @Test func queriesAreDecoded() throws {
        let auth = try SentryAuth.resolve(
            query: "a=b&sentry_key=\(Self.key)&sentry_version=5&sentry_client=a%20b+c%2Fd%zz&x")
        #expect(
            auth
                == SentryAuth(
                    projectKey: Self.projectKey, protocolVersion: 5, client: "a b c/d%zz"))
    }

    @Test func pathKeysAndFlagsCount() throws {
        #expect(try SentryAuth.resolve(pathKey: Self.key).projectKey == Self.projectKey)
        let flagged = try SentryAuth.resolve(
            sentryHeader: "Sentry sentry_key=\(Self.key):no-cache:new")
        #expect(flagged.isCacheBypassed)
        #expect(flagged.projectKey == Self.projectKey)
        #expect(try !SentryAuth.resolve(pathKey: Self.key + ":other").isCacheBypassed)
    }

    @Test func headersOfOthersAreAbsent() throws {
        let auth = try SentryAuth.resolve(
            sentryHeader: "", authorization: "Bearer abc", query: "sentry_key=\(Self.key)")
        #expect(auth.projectKey == Self.projectKey)
        #expect(throws: SentryAuthError.missing) {
            try SentryAuth.resolve(sentryHeader: "Sentry", authorization: "Basic x", query: "a=b")
        }
        #expect(throws: SentryAuthError.missing) { try SentryAuth.resolve() }
    }

    @Test func twoFormsAreRefused() {
        let header = "Sentry sentry_key=\(Self.key)"
        #expect(throws: SentryAuthError.multiple) {
            try SentryAuth.resolve(sentryHeader: header, authorization: header)
        }
        #expect(throws: SentryAuthError.multiple) {
            try SentryAuth.resolve(sentryHeader: header, query: "sentry_key=\(Self.key)")
        }
        #expect(throws: SentryAuthError.multiple) {
            try SentryAuth.resolve(query: "sentry_key=\(Self.key)", pathKey: Self.key)
        }
    }

    @Test(arguments: [
        ("Sentry sentry_version=7", SentryAuthError.malformed(.missingPublicKey)),
        ("Sentry sentry_key=", .malformed(.missingPublicKey)),
        ("Sentry sentry_key=\(key), sentry_version=x", .malformed(.invalidVersion)),
        ("Sentry sentry_key=\(key), sentry_version=70000", .malformed(.invalidVersion)),
        ("Sentry sentry_key=\(key), sentry_timestamp=then", .malformed(.invalidTimestamp)),
        ("Sentry sentry_key=abc", .badPublicKey),
        ("Sentry sentry_key=\(key)0", .badPublicKey),
        ("Sentry sentry_key=:no-cache", .badPublicKey),
        ("Sentry sentry_key=\(key), sentry_version=8", .unsupportedProtocolVersion(8)),
    ])
    func badHeadersAreNamed(_ header: String, _ expected: SentryAuthError) {
        #expect(throws: expected) { try SentryAuth.resolve(sentryHeader: header) }
    }

    @Test func theVersionLimitIsAParameter() throws {
        let header = "Sentry sentry_key=\(Self.key), sentry_version=8"
        let auth = try SentryAuth.resolve(
            sentryHeader: header, versionMax: SentryAuth.protocolVersionMaxLegacy)
        #expect(auth.protocolVersion == 8)
    }

    @Test func textsAndCodesAreTheOriginals() {
        #expect(SentryAuthError.missing.message == "missing authorization information")
        #expect(SentryAuthError.missing.statusCode == 401)
        #expect(SentryAuthError.multiple.message == "multiple authorization payloads detected")
        #expect(SentryAuthError.malformed(.invalidVersion).message == "bad x-sentry-auth header")
        #expect(SentryAuthError.malformed(.invalidVersion).statusCode == 401)
        #expect(SentryAuthError.badPublicKey.message == "bad sentry DSN public key")
        #expect(SentryAuthError.badPublicKey.statusCode == 400)
        #expect(
            SentryAuthError.unsupportedProtocolVersion(8).message
                == "unsupported protocol version (8)")
        #expect(SentryAuthError.unsupportedProtocolVersion(8).statusCode == 400)
    }

    @Test func theHeaderIsWrittenForUpstream() throws {
        let auth = SentryAuth(projectKey: Self.projectKey, protocolVersion: 7, client: "c/1")
        #expect(
            auth.headerText
                == "Sentry sentry_key=0123456789abcdef0123456789abcdef, sentry_version=7, "
                + "sentry_client=c/1")
        #expect(try SentryAuth.resolve(sentryHeader: auth.headerText) == auth)
    }

    @Test(arguments: [
        (
            "https://\(key)@sentry.example/42",
            "https://0123456789abcdef0123456789abcdef@sentry.example/42"
        ),
        (
            "http://\(key):secret@HOST:9000/a/b/42",
            "http://0123456789abcdef0123456789abcdef@host:9000/a/b/42"
        ),
        ("https://\(key):@[::1]:8443/1", "https://0123456789abcdef0123456789abcdef@[::1]:8443/1"),
        ("https://\(key)@h:443/42/", "https://0123456789abcdef0123456789abcdef@h/42"),
    ])
    func dsnsAreRead(_ text: String, _ expected: String) throws {
        let dsn = try #require(DSN(text))
        #expect(dsn.description == expected)
        #expect(DSN(dsn.headerText) == dsn)
    }

    @Test(arguments: [
        "", "https://", "ftp://\(key)@h/1", "https://\(key)@h", "https://\(key)@h/", "https://h/1",
        "https://abc@h/1", "https://\(key)@/1", "https://\(key)@h:x/1", "https://\(key)@h/x",
        "https://\(key)@h:70000/1", "https://\(key)@[::1]:8:443/1", "https://\(key)@a:b:443/1",
        "https://\(key)@[::1/1", "https://\(key)@[]/1", "https://\(key)@a b/1",
    ])
    func badDSNsAreRefused(_ text: String) {
        #expect(DSN(text) == nil)
    }
}
