import Glibc
import Testing

@testable import Config

/// Who looks at `credentials.json`, and what it means that somebody may not.
@Suite struct CredentialsUseTests {
    private static let good = """
        {"secret_key": "\(String(repeating: "A", count: 43))",
         "public_key": "\(String(repeating: "A", count: 43))",
         "id": "8F1C1C2E-0000-4000-8000-000000000001"}
        """

    private func load(
        _ folder: Folder, _ use: CredentialsUse
    ) throws(ConfigError) -> LoadedConfig {
        try RelayConfig.load(directory: folder.path, environment: [:], credentials: use)
    }

    @Test func whoeverMayReadThemKnowsTheID() throws {
        let folder = Folder()
        try folder.write("credentials.json", Self.good)
        for use in [CredentialsUse.required, .ifReadable] {
            #expect(
                try load(folder, use).credentials?.id == "8f1c1c2e-0000-4000-8000-000000000001")
        }
        #expect(try load(folder, .unused).credentials == nil)
    }

    @Test func aMissingFileMeansNoneForEverybody() throws {
        for use in [CredentialsUse.required, .ifReadable, .unused] {
            #expect(try load(Folder(), use).credentials == nil)
        }
    }

    @Test func whatIsWrongIsNamedByWhoeverReadsIt() throws {
        let folder = Folder()
        try folder.write("credentials.json", "{\"id\": \"nobody\"}")
        for use in [CredentialsUse.required, .ifReadable] {
            let error = #expect(throws: ConfigError.self) { try load(folder, use) }
            #expect(error?.description.contains("credentials.json:1: id: ") == true)
        }
        #expect(try load(folder, .unused).credentials == nil)
    }

    /// The rights of another user for the file system, on this thread, while the body runs.
    private func asNobody(_ body: () throws -> Void) throws {
        guard geteuid() == 0 else { return try body() }
        // Glibc's module does not show sys/fsuid.h.
        typealias SetUser = @convention(c) (UInt32) -> Int32
        let symbol = try #require(dlsym(nil, "setfsuid"))
        let setUser = unsafeBitCast(symbol, to: SetUser.self)
        _ = setUser(65534)
        defer { _ = setUser(0) }
        try body()
    }

    @Test func onlyWhoSignsNeedsTheRight() throws {
        let folder = Folder()
        try folder.write("credentials.json", Self.good)
        #expect(chmod(folder.path, 0o755) == 0)
        #expect(chmod("\(folder.path)/credentials.json", geteuid() == 0 ? 0o600 : 0) == 0)
        try asNobody {
            let error = #expect(throws: ConfigError.self) { try load(folder, .required) }
            #expect(error?.description.contains("credentials.json: cannot be opened") == true)
            #expect((try? load(folder, .ifReadable))?.warnings.isEmpty == true)
            #expect((try? load(folder, .ifReadable))?.credentials == nil)
            #expect((try? load(folder, .unused))?.credentials == nil)
        }
    }
}
