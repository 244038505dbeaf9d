import Testing

@testable import Config

@Suite struct ByteSizeTests {
    @Test(arguments: [
        ("1MiB", 1 << 20), ("50KB", 50_000), ("1.23 GB", 1_230_000_000), ("0", 0), ("77", 77),
        ("1.5 kib", 1536), ("10 b", 10), ("2 TiB", 2 << 40), (" 3 mb", 3_000_000), ("1k", 1000),
    ])
    func spellings(text: String, bytes: Int) {
        #expect(ByteSize.parse(text) == bytes)
    }

    @Test(arguments: [
        "", "MiB", "-1", "1.2.3", "1 XB", "1e5", "99999999999999999999", "9999999 TiB", ".",
        "99999999999999999999999999999999999999999.5 TB", "1 M i B x",
    ])
    func whatIsNoSize(text: String) {
        #expect(ByteSize.parse(text) == nil)
    }

    @Test(arguments: [1 << 20, 50_000, 1234, 0, 1 << 30, 1000, 1023])
    func formatsExactly(bytes: Int) {
        #expect(ByteSize.parse(ByteSize.format(bytes)) == bytes)
    }
}

@Suite struct UpstreamURLTests {
    @Test func readsAllParts() throws {
        #expect(try UpstreamURL("https://sentry.io/") == .sentry)
        #expect(
            try UpstreamURL("HTTP://LOCALHOST:9000")
                == UpstreamURL(isSecure: false, host: "localhost", port: 9000))
        let six = try UpstreamURL("http://[::1]:80/")
        #expect(six.host == "::1")
        #expect(six.hostHeader == "[::1]")
        #expect("\(try UpstreamURL("https://a.b:8443"))" == "https://a.b:8443/")
    }

    @Test(arguments: [
        ("sentry.io", UpstreamURL.Problem.scheme), ("ftp://x/", .scheme),
        ("http://", .host), ("http://a b/", .host), ("http://[::1", .host), ("http://[x]/", .host),
        ("http://a%00/", .host), ("http://a:0/", .port), ("http://a:70000", .port),
        ("http://a:x", .port), ("http://a/path", .path), ("http://a?b", .path),
        ("http://a#b", .path),
        ("http://user:pw@a/", .credentials), ("http://a\r\nX: y", .host),
    ])
    func refusesTheRest(text: String, problem: UpstreamURL.Problem) {
        #expect(throws: problem) { try UpstreamURL(text) }
    }
}

@Suite struct CredentialsTests {
    private let secret = "OvXFVm1tIUi8xDTuyHX1SSqdMc8nCt2qU9IUaH5p7oU"
    private let publicKey = "JOaR2bHZ31zYjFojC7UhPOidzfT3qOQgT9WEBw1JAKU"
    private let id = "0e9a88fc-3584-43d2-afff-07537840f9a8"

    @Test func roundTripsThroughTheFile() throws {
        let folder = Folder()
        let credentials = Credentials(secretKey: secret, publicKey: publicKey, id: id)
        try folder.write("credentials.json", credentials.json)
        #expect(try folder.load().credentials == credentials)
        #expect(try RelayConfig.loadCredentials(directory: folder.path) == credentials)
    }

    @Test func flagsWinOverEnvironmentAndThisOverTheFiles() throws {
        let folder = Folder()
        try folder.write("config.yml", "relay: {port: 1, host: file, upstream: 'http://file'}")
        try folder.write(
            "credentials.json",
            Credentials(secretKey: secret, publicKey: publicKey, id: id).json)
        var flags = ConfigOverrides()
        flags.port = "3"
        flags.id = "AAAAAAAA-3584-43d2-afff-07537840f9a8"
        let loaded = try folder.load(
            environment: [
                "RELAY_PORT": "2", "RELAY_HOST": "environment", "RELAY_UPSTREAM_URL": "",
                "STATE_DIRECTORY": "/var/lib/relay:/other",
            ], overrides: flags)
        #expect(loaded.config.relay.port == 3)
        #expect(loaded.config.relay.host == "environment")
        #expect(loaded.config.relay.upstream.host == "file")
        #expect(loaded.credentials?.id == "aaaaaaaa-3584-43d2-afff-07537840f9a8")
        #expect(loaded.credentials?.secretKey == secret)
        #expect(loaded.stateDirectory == "/var/lib/relay")
        #expect(ConfigOverrides(environment: flags.environment) == flags)
    }

    @Test func problemsNeverShowTheSecret() throws {
        let folder = Folder()
        try folder.write(
            "credentials.json",
            "{\"secret_key\": \"topsecret\", \"public_key\": \"short\", \"id\": \"x\", \"more\": 1}"
        )
        let error = #expect(throws: ConfigError.self) {
            try folder.load(environment: ["RELAY_ID": "no", "RELAY_PORT": "http"])
        }
        let path = "\(folder.path)/credentials.json"
        #expect(
            error?.problems.map(\.description) == [
                "\(path):1: secret_key: is no secret key: must be 43 or 86 characters of base64url",
                "\(path):1: public_key: is no public key: must be 43 characters of base64url",
                "\(path):1: id: is no relay id: must be a UUID",
                "environment RELAY_PORT: relay.port: \"http\" must be a whole number",
                "environment RELAY_ID: is no relay id: must be a UUID",
            ])
        #expect(error?.description.contains("topsecret") == false)
    }

    @Test func incompleteCredentialsSayWhatIsMissing() {
        let error = #expect(throws: ConfigError.self) {
            try Folder().load(environment: ["RELAY_ID": id])
        }
        #expect(
            error?.description.hasSuffix(
                "incomplete credentials: secret_key and public_key missing in file, environment and"
                    + " flags") == true)
    }

    @Test func filesAreReplacedAtOnceAndPrivate() throws {
        let folder = Folder()
        try folder.write("credentials.json", "{}")
        try folder.write("credentials.json", "{ }")
        #expect(try ConfigFile.read("\(folder.path)/credentials.json") == Array("{ }".utf8))
        #expect(throws: ConfigFileError.self) { try ConfigFile.read("/dev/zero") }
        #expect(throws: ConfigFileError.self) { try ConfigFile.read(folder.path) }
        #expect(try ConfigFile.read("\(folder.path)/none") == nil)
        #expect(throws: ConfigFileError.self) {
            try ConfigFile.read("\(folder.path)/credentials.json", bytesMax: 2)
        }
    }
}
