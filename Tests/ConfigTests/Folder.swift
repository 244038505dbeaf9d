import Glibc

@testable import Config

/// A configuration folder of a test, removed at its end.
final class Folder {
    let path: String

    init() {
        var template = Array("/tmp/relay-config-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp/relay-config-failed"
    }

    deinit {
        for name in ["config.yml", "credentials.json"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    func write(_ name: String, _ text: String) throws {
        try ConfigFile.write(Array(text.utf8), to: "\(path)/\(name)", mode: 0o600)
    }

    func load(
        environment: [String: String] = [:], overrides: ConfigOverrides = ConfigOverrides()
    ) throws(ConfigError) -> LoadedConfig {
        try RelayConfig.load(
            directory: path, environment: environment, overrides: overrides)
    }
}

/// Loads a `config.yml`.
func load(_ yaml: String) throws -> LoadedConfig {
    let folder = Folder()
    try folder.write("config.yml", yaml)
    return try folder.load()
}

/// The problems of a `config.yml`, without the folder's name.
func problems(_ yaml: String) throws -> [String] {
    let folder = Folder()
    try folder.write("config.yml", yaml)
    do {
        _ = try folder.load()
        return []
    } catch {
        return error.problems.map {
            String($0.description.dropFirst(folder.path.count + 1))
        }
    }
}
