import Testing

@testable import Config

@Suite struct LoadingTests {
    @Test func anEmptyFolderGivesTheDefaults() throws {
        let loaded = try Folder().load()
        #expect(loaded.config == RelayConfig())
        #expect(loaded.credentials == nil)
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.config.cache.projectGracePeriod == .seconds(120))
        #expect(loaded.config.limits.maxEnvelopeSize == 200 * 1024 * 1024)
        #expect(loaded.config.http.encoding == .gzip)
        #expect("\(loaded.config.relay.upstream)" == "https://sentry.io/")
    }

    @Test func readsYaml() throws {
        let config = try load(
            """
            relay:
              mode: proxy
              upstream: "http://127.0.0.1:9000/"
              port: 0
            http: {timeout: 1.5, auth_interval: 0, encoding: br}
            cache:
              batch_interval: 50
              event_expiry: 30
            limits:
              max_event_size: "1.5 KB"
              max_envelope_size: 2MiB
              max_api_payload_size: 77
              conflict: later
            """
        ).config
        #expect(config.relay.mode == .proxy)
        #expect(
            config.relay.upstream == UpstreamURL(isSecure: false, host: "127.0.0.1", port: 9000))
        #expect(config.relay.port == 0)
        #expect(config.http.timeout == .milliseconds(1500))
        #expect(config.http.authInterval == nil)
        #expect(config.http.encoding == .brotli)
        #expect(config.cache.batchInterval == .milliseconds(50))
        #expect(config.cache.envelopeExpiry == .seconds(30))
        #expect(config.limits.maxEventSize == 1500)
        #expect(config.limits.maxEnvelopeSize == 2 << 20)
        #expect(config.limits.maxAPIPayloadSize == 77)
        #expect(config.limits.conflict == .later)
    }

    @Test func readsJson() throws {
        let loaded = try load(
            "{\"relay\":{\"mode\":\"capture\",\"host\":\"0.0.0.0\",\t\"port\": 8080},\n\t\"sentry\":"
                + "{\"dsn\":null,\"enabled\":false},\"metrics\":{\"prefix\":\"a\\ud83d\\ude00\\/\"}}"
        )
        #expect(loaded.config.relay.mode == .capture)
        #expect(loaded.config.relay.port == 8080)
        #expect(loaded.config.metrics.prefix == "a😀/")
        #expect(loaded.warnings.isEmpty)
    }

    @Test func unknownKeysAndNullsAreNamedAndTolerated() throws {
        let loaded = try load(
            """
            relay:
              tls_private_key: x
              colour: red
              host: null
            cache:
            paint: {shop: 1}
            limits.max_event_size: 1
            """)
        #expect(loaded.config == RelayConfig())
        #expect(
            loaded.warnings.map {
                "\($0.description.split(separator: ":").dropFirst().joined(separator: ":"))"
            }
                == [
                    "2: relay.tls_private_key: has no effect: TLS on the listener is left to the proxy in front",
                    "3: relay.colour: unknown key, ignored",
                    "4: relay.host: is null; the default holds",
                    "5: cache: is empty; the defaults hold",
                    "6: paint: unknown key, ignored",
                    "7: limits.max_event_size: unknown key, ignored",
                ])
    }

    @Test func allProblemsAreCollected() throws {
        let found = try problems(
            """
            relay:
              mode: turbo
              port: 70000
              upstream: "ftp://x"
            http:
              timeout: 0
            limits:
              max_event_size: many
              shutdown_timeout: "10"
            sentry: 5
            cache:
              event_expiry: 1
              envelope_expiry: 2
            """)
        #expect(
            found == [
                "config.yml:2: relay.mode: \"turbo\" is none of managed, static, proxy, capture",
                "config.yml:3: relay.port: 70000 must be between 0 and 65535",
                "config.yml:4: relay.upstream: \"ftp://x\" must start with http:// or https://",
                "config.yml:6: http.timeout: must be more than 0",
                "config.yml:8: limits.max_event_size: \"many\" must be a size such as 1048576 or \"1MiB\"",
                "config.yml:9: limits.shutdown_timeout: \"10\" must be a number of seconds",
                "config.yml:10: sentry: must hold a section, not \"5\"",
                "config.yml:13: cache.envelope_expiry: means the same as cache.event_expiry on line 12;"
                    + " keep one of them",
            ])
    }
}
