import Glibc

/// Reads a configuration folder step by step and collects what is wrong.
struct ConfigLoader {
    private let directory: String
    private var config = RelayConfig()
    private var problems: [ConfigProblem] = []
    private var warnings: [ConfigProblem] = []
    private var fileCredentials = CredentialParts()
    private var givenCredentials = CredentialParts()

    /// Credentials before it is known whether they are complete.
    private struct CredentialParts {
        var secretKey: String?
        var publicKey: String?
        var id: String?
    }

    init(directory: String) {
        self.directory = directory
    }

    private var configPath: String { "\(directory)/config.yml" }
    private var credentialsPath: String { "\(directory)/\(Credentials.fileName)" }

    /// Reads `config.yml`.
    mutating func readFile() {
        if let root = document(configPath) {
            if case .mapping(let entries) = root.content {
                read(entries, section: nil)
            } else if !root.isNull {
                report(line: root.line, key: nil, "must hold sections, not \(root.kind)")
            }
        }
    }

    /// Reads `credentials.json`.
    /// - Parameter isOptional: passes over a file that this process has no right to read.
    mutating func readCredentialsFile(isOptional: Bool = false) {
        if isOptional {
            let file = open(credentialsPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            if file < 0, errno == EACCES { return }
            if file >= 0 { close(file) }
        }
        if let root = document(credentialsPath) { readCredentials(root) }
    }

    private mutating func document(_ path: String) -> ConfigNode? {
        do {
            guard let bytes = try ConfigFile.read(path) else { return nil }
            return try YamlReader.read(bytes)
        } catch let error as YamlError {
            problems.append(
                ConfigProblem(
                    source: .file(path: path, line: error.line), key: nil, problem: error.problem))
        } catch let error as ConfigFileError {
            problems.append(
                ConfigProblem(
                    source: .file(path: path, line: nil), key: nil, problem: error.problem))
        } catch {
            problems.append(
                ConfigProblem(
                    source: .file(path: path, line: nil), key: nil, problem: "\(error)"))
        }
        return nil
    }

    private mutating func report(line: Int, key: String?, _ problem: String) {
        problems.append(
            ConfigProblem(
                source: .file(path: configPath, line: line), key: key, problem: problem))
    }

    private mutating func warn(line: Int, key: String, _ problem: String) {
        warnings.append(
            ConfigProblem(
                source: .file(path: configPath, line: line), key: key, problem: problem))
    }

    mutating func read(_ entries: [ConfigNode.Entry], section: String?) {
        var lines: [String: (line: Int, key: String)] = [:]
        for entry in entries {
            let name = section.map { "\($0).\(entry.key)" } ?? entry.key
            if entry.key.contains(".") {
                warn(line: entry.line, key: name.shortened, "unknown key, ignored")
            } else if let setting = SettingTable.byName[name] {
                if let other = lines[setting.name] {
                    report(
                        line: entry.line, key: name,
                        "means the same as \(other.key) on line \(other.line); keep one of them")
                    continue
                }
                lines[setting.name] = (entry.line, name)
                read(entry, name: name, setting: setting)
            } else if let ignored = SettingTable.ignoredByName[name] {
                warn(line: entry.line, key: name, "has no effect: \(ignored.reason)")
            } else if SettingTable.sections.contains(name) {
                switch entry.value.content {
                case .mapping(let entries): read(entries, section: name)
                case .null: warn(line: entry.line, key: name, "is empty; the defaults hold")
                default:
                    report(
                        line: entry.line, key: name,
                        "must hold a section, not \(entry.value.kind)")
                }
            } else {
                warn(line: entry.line, key: name.shortened, "unknown key, ignored")
            }
        }
    }

    private mutating func read(_ entry: ConfigNode.Entry, name: String, setting: Setting) {
        if entry.value.isNull, !setting.isOptional {
            warn(line: entry.line, key: name, "is null; the default holds")
            return
        }
        do {
            try setting.read(entry.value, &config)
        } catch {
            report(line: error.line, key: name, error.problem)
        }
    }

    private mutating func readCredentials(_ root: ConfigNode) {
        guard case .mapping(let entries) = root.content else {
            reportCredentials(line: root.line, key: nil, "must hold an object")
            return
        }
        for entry in entries where !entry.value.isNull {
            guard let value = try? entry.value.text() else {
                reportCredentials(line: entry.line, key: entry.key.shortened, "must be a text")
                continue
            }
            switch entry.key {
            case "secret_key": fileCredentials.secretKey = value
            case "public_key": fileCredentials.publicKey = value
            case "id": fileCredentials.id = value
            default:
                warnings.append(
                    ConfigProblem(
                        source: .file(path: credentialsPath, line: entry.line),
                        key: entry.key.shortened, problem: "unknown key, ignored"))
                continue
            }
            if let problem = Self.problem(credential: entry.key, value: value) {
                reportCredentials(line: entry.value.line, key: entry.key, problem)
            }
        }
    }

    private mutating func reportCredentials(line: Int, key: String?, _ problem: String) {
        problems.append(
            ConfigProblem(
                source: .file(path: credentialsPath, line: line), key: key, problem: problem))
    }

    /// What is wrong with a part of the credentials. Messages never show a secret.
    private static func problem(credential key: String, value: String) -> String? {
        switch key {
        case "secret_key": Credentials.problem(secretKey: value)
        case "public_key": Credentials.problem(publicKey: value)
        default: Credentials.normalizedID(value) == nil ? "is no relay id: must be a UUID" : nil
        }
    }

    /// Applies flags or variables; `source` tells where a value came from.
    mutating func apply(
        _ overrides: ConfigOverrides,
        source: (ConfigOverrides.Name) -> ConfigProblem.Source
    ) {
        for name in ConfigOverrides.names {
            guard let value = overrides[keyPath: name.field] else { continue }
            switch name.key {
            case "secret_key", "public_key", "id":
                if let problem = Self.problem(credential: name.key, value: value) {
                    problems.append(
                        ConfigProblem(source: source(name), key: nil, problem: problem))
                }
                switch name.key {
                case "secret_key": givenCredentials.secretKey = value
                case "public_key": givenCredentials.publicKey = value
                default: givenCredentials.id = value
                }
            case "processing.kafka_config": config.processing.kafkaBrokerURL = value
            case "processing.redis": config.processing.redisURL = value
            default:
                guard let setting = SettingTable.byName[name.key] else { continue }
                do {
                    try setting.read(ConfigNode(content: .plain(value), line: 0), &config)
                } catch {
                    problems.append(
                        ConfigProblem(
                            source: source(name), key: name.key, problem: error.problem))
                }
            }
        }
    }

    /// The configuration, when nothing is wrong with it.
    mutating func finish() throws(ConfigError) -> LoadedConfig {
        let parts = CredentialParts(
            secretKey: givenCredentials.secretKey ?? fileCredentials.secretKey,
            publicKey: givenCredentials.publicKey ?? fileCredentials.publicKey,
            id: givenCredentials.id ?? fileCredentials.id)
        var credentials: Credentials?
        if let secretKey = parts.secretKey, let publicKey = parts.publicKey, let id = parts.id {
            credentials = Credentials(
                secretKey: secretKey, publicKey: publicKey,
                id: Credentials.normalizedID(id) ?? id)
        } else if parts.secretKey != nil || parts.publicKey != nil || parts.id != nil {
            let missing = [
                parts.secretKey == nil ? "secret_key" : nil,
                parts.publicKey == nil ? "public_key" : nil, parts.id == nil ? "id" : nil,
            ].compactMap { $0 }
            problems.append(
                ConfigProblem(
                    source: .file(path: credentialsPath, line: nil), key: nil,
                    problem: "incomplete credentials: \(missing.joined(separator: " and "))"
                        + " missing in file, environment and flags"))
        }
        guard problems.isEmpty else { throw ConfigError(problems: problems) }
        return LoadedConfig(
            config: config, credentials: credentials, warnings: warnings, directory: directory)
    }
}
