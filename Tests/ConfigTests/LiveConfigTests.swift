import Testing

@testable import Config

@Suite struct LiveConfigTests {
    private func live(_ folder: Folder, fixed: FixedSettings) throws -> LiveConfig {
        LiveConfig(try folder.load(), environment: [:], fixed: fixed)
    }

    @Test func newValuesCountAndAreNamed() throws {
        let folder = Folder()
        try folder.write("config.yml", "limits: {max_event_size: 1000}")
        let live = try live(folder, fixed: .ingest)
        try folder.write(
            "config.yml", "limits: {max_event_size: 2000}\nlogging: {level: debug}\npaint: 1")
        let change = try live.readAgain()
        #expect(change.applied == ["limits.max_event_size", "logging.level"])
        #expect(change.needRestart.isEmpty)
        #expect(change.loaded.warnings.count == 1)
        #expect(!change.areCredentialsChanged)
        #expect(live.current.config.limits.maxEventSize == 2000)
        #expect(try live.readAgain().applied.isEmpty)
    }

    @Test func fixedSettingsStayUntilARestartAndAreNamedEachTime() throws {
        let folder = Folder()
        let live = try live(folder, fixed: .ingest)
        try folder.write("config.yml", "relay: {port: 4000, mode: proxy}")
        for applied in [["relay.mode"], []] {
            let change = try live.readAgain()
            #expect(change.applied == applied)
            #expect(change.needRestart == ["relay.port"])
            #expect(change.loaded.config.relay.port == 3000)
            #expect(change.loaded.config.relay.mode == .proxy)
        }
    }

    @Test func aBadFileChangesNothing() throws {
        let folder = Folder()
        try folder.write("config.yml", "limits: {max_event_size: 1000}")
        let live = try live(folder, fixed: .projects)
        try folder.write("config.yml", "limits:\n  max_event_size: many\n  max_item_count: 5")
        let error = #expect(throws: ConfigError.self) { try live.readAgain() }
        let first = try #require(error?.problems.first)
        #expect(first.description.contains("/config.yml:2: limits.max_event_size: "))
        #expect(live.current.config.limits.maxEventSize == 1000)
        #expect(live.current.config.limits.maxItemCount == 1000)
    }

    @Test func flagsAndEnvironmentStillWin() throws {
        let folder = Folder()
        var overrides = ConfigOverrides()
        overrides.mode = "capture"
        let environment = ["RELAY_SHUTDOWN_TIMEOUT": "3"]
        let live = LiveConfig(
            try folder.load(environment: environment, overrides: overrides),
            environment: environment, overrides: overrides, fixed: .projects)
        try folder.write("config.yml", "relay: {mode: proxy}\nlimits: {shutdown_timeout: 9}")
        #expect(try live.readAgain().applied.isEmpty)
        #expect(live.current.config.relay.mode == .capture)
        #expect(live.current.config.limits.shutdownTimeout == .seconds(3))
    }

    @Test func theDocumentationNamesTheFixedKeys() throws {
        let path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let bytes = try #require(try ConfigFile.read("/\(path)/docs/CONFIG.md"))
        let text = String(decoding: bytes, as: UTF8.self)
        for (process, fixed) in [
            ("relay-ingest", FixedSettings.ingest), ("relay run", FixedSettings.launcher),
        ] {
            let keys = fixed.names.map { "`\($0)`" }.joined(separator: ", ")
            #expect(text.contains("| \(process) | \(keys) |\n"))
        }
        #expect(FixedSettings.projects.names.isEmpty && FixedSettings.processor.names.isEmpty)
    }

    @Test func everyFixedKeyIsASetting() {
        for fixed in [FixedSettings.ingest, .projects, .processor, .launcher] {
            for name in fixed.names { #expect(SettingTable.byName[name]?.name == name) }
        }
    }
}
