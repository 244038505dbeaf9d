import Glibc
import Testing

@testable import Config

@Suite struct SettingTableTests {
    @Test func namesAreUnique() {
        var seen: Set<String> = []
        for setting in SettingTable.settings {
            for name in [setting.name] + setting.aliases {
                #expect(seen.insert(name).inserted, "\(name) stands there twice")
            }
        }
        for ignored in SettingTable.withoutEffect {
            #expect(seen.insert(ignored.name).inserted, "\(ignored.name) is known and ignored")
        }
    }

    /// What `config show` prints is read back as the same configuration.
    @Test func shownConfigurationsAreReadBack() throws {
        #expect(try load(ShownYaml.text(of: RelayConfig())).config == RelayConfig())
        let id = "0e9a88fc-3584-43d2-afff-07537840f9a8"
        let key = "JOaR2bHZ31zYjFojC7UhPOidzfT3qOQgT9WEBw1JAKU"
        let changed = try load(
            """
            relay: {mode: static, host: "::", instance: "a \\"b\\" \\\\ true"}
            http: {trusted_proxies: [10.0.0.0/8], timeout: 0.25, auth_interval: ~}
            metrics: {default_tags: {a: "1", b: "yes"}, sample_rate: 0.5, prefix: ""}
            outcomes: {emit_outcomes: true}
            auth: {static_relays: {\(id): {public_key: \(key), internal: true}}}
            cache: {envelope_buffer_size: 0, batch_interval: 0.5}
            limits: {max_event_size: 1234, max_connection_rate: 5}
            routing: {accept_unknown_items: false}
            """
        ).config
        #expect(changed.auth.staticRelays.count == 1)
        #expect(changed.metrics.defaultTags.map(\.value) == ["1", "yes"])
        #expect(try load(ShownYaml.text(of: changed)).config == changed)
        #expect(ShownYaml.debugText(of: changed).contains("http.timeout = 0.25\n"))
        #expect(ShownYaml.debugText(of: changed).contains("http.encoding = gzip  (default)\n"))
    }

    @Test func everyFieldHasASetting() {
        // A field without a setting could not be changed by anybody.
        var fields = 0
        for section in Mirror(reflecting: RelayConfig()).children {
            for field in Mirror(reflecting: section.value).children {
                let isSection =
                    Mirror(reflecting: field.value).displayStyle == .struct
                    && field.label == "envelopes"
                fields += isSection ? Mirror(reflecting: field.value).children.count : 1
            }
        }
        // Kafka and Redis are set by flags and variables alone.
        #expect(fields - 2 == SettingTable.settings.count)
    }

    @Test func valuesThatCannotMeanAnythingAreRefused() throws {
        for text in [
            "relay: {host: ''}", "http: {timeout: .nan}", "http: {timeout: -1}",
            "http: {timeout: 1e300}", "limits: {max_thread_count: 0}", "cache: {batch_size: 0}",
            "limits: {max_event_size: -5}", "relay: {port: 1.5}", "relay: {mode: [a]}",
            "metrics: {default_tags: 5}", "metrics: {sample_rate: 2}", "sentry: {enabled: 'true'}",
            "auth: {static_relays: {x: {public_key: y}}}", "outcomes: {emit_outcomes: maybe}",
            "relay: []", "- 1", "relay: {host: \"a\\0b\"}",
        ] {
            #expect(try problems(text).count == 1, "\(text)")
        }
    }

    /// docs/CONFIG.md has a row for each setting with its type and default, and no others.
    @Test func theDocumentationIsComplete() throws {
        let path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let bytes = try #require(try ConfigFile.read("/\(path)/docs/CONFIG.md"))
        let rows = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("| `") }.map(String.init)
        let defaults = RelayConfig()
        let expected =
            SettingTable.settings.map { $0.documentationRow(defaults) }
            + SettingTable.withoutEffect.map { "| `\($0.name)` | \($0.reason) |" }
        for row in expected where !rows.contains(row) {
            Issue.record("docs/CONFIG.md misses: \(row)")
        }
        // Other tables are about files, modes and the like: they name no setting.
        let sections = Set(SettingTable.sections.map { "| `\($0)." })
        for row in rows where sections.contains(where: { row.hasPrefix($0) }) {
            #expect(expected.contains(row), "docs/CONFIG.md has a row the code does not know")
        }
    }
}
