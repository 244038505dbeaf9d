import ArgumentParser
import Config
import Glibc
import Signing

/// `relay credentials …`
struct CredentialsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credentials", abstract: "Manages the relay's identity towards its upstream.",
        subcommands: [Generate.self, Set.self, Show.self, Remove.self])

    @OptionGroup var global: GlobalOptions

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Generates new credentials.")

        @OptionGroup var global: GlobalOptions
        @Flag(help: "Replace existing credentials.")
        var overwrite = false
        @Flag(help: "Print the credentials as JSON and write nothing.")
        var stdout = false

        func run() throws {
            let key = SigningKey.generate()
            let credentials = Credentials(
                secretKey: key.base64URL, publicKey: key.publicKey.base64URL,
                id: RelayIdentity.random())
            if stdout {
                print(credentials.json, terminator: "")
                return
            }
            let file = CredentialsFile(directory: global.directory)
            if !overwrite, try file.exists() {
                throw CommandError(
                    "aborting because credentials already exist. Pass --overwrite to force.")
            }
            try file.write(credentials)
            print("Generated new credentials")
            RelayIdentity.describe(credentials)
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stores given credentials; what is not given stays.")

        @OptionGroup var global: GlobalOptions
        @Option(name: [.short, .long], help: "The secret key.")
        var secretKey: String?
        @Option(name: [.short, .long], help: "The public key; default: that of the secret key.")
        var publicKey: String?
        @Option(name: [.short, .long], help: "The relay id, or \"random\".")
        var id: String?

        func run() throws {
            let file = CredentialsFile(directory: global.directory)
            let current = try file.read()
            guard let secret = secretKey ?? current?.secretKey else {
                throw CommandError("no secret key is stored; pass one with --secret-key")
            }
            guard let key = SigningKey(secret) else {
                throw CommandError("the secret key is no Ed25519 key of 43 or 86 characters")
            }
            let id = try chosenID() ?? current?.id ?? RelayIdentity.random()
            let credentials = Credentials(
                secretKey: secret, publicKey: publicKey ?? key.publicKey.base64URL, id: id)
            if let problem = CredentialsCheck.problem(credentials) { throw CommandError(problem) }
            guard credentials != current else {
                print("Nothing was changed")
                return
            }
            try file.write(credentials)
            print("Stored updated credentials:")
            RelayIdentity.describe(credentials)
        }

        private func chosenID() throws -> String? {
            guard let id else { return nil }
            if id == "random" { return RelayIdentity.random() }
            guard let normalized = Credentials.normalizedID(id) else {
                throw CommandError("\"\(id)\" is no relay id: must be a UUID or \"random\"")
            }
            return normalized
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the public part of the credentials.")

        @OptionGroup var global: GlobalOptions

        func run() throws {
            let file = CredentialsFile(directory: global.directory)
            guard let credentials = try file.read() else {
                throw CommandError("no stored credentials")
            }
            print("Credentials:")
            RelayIdentity.describe(credentials)
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Removes the credentials.")

        @OptionGroup var global: GlobalOptions
        @Flag(name: [.short, .long], help: "Do not ask.")
        var yes = false

        func run() throws {
            let file = CredentialsFile(directory: global.directory)
            guard try file.exists() else {
                print("No credentials")
                return
            }
            guard try yes || Prompt.confirm("Remove stored credentials?") else { return }
            try file.remove()
            print("Credentials removed")
        }
    }
}

/// `credentials.json` of a folder.
struct CredentialsFile {
    let path: String

    init(directory: String) {
        path = "\(directory)/\(Credentials.fileName)"
    }

    func exists() throws -> Bool { access(path, F_OK) == 0 }

    /// The stored credentials; nil without a file.
    func read() throws(ConfigError) -> Credentials? {
        let directory = String(path.dropLast(Credentials.fileName.count + 1))
        return try RelayConfig.loadCredentials(directory: directory)
    }

    func write(_ credentials: Credentials) throws(CommandError) {
        do {
            try ConfigFile.write(Array(credentials.json.utf8), to: path, mode: 0o600)
        } catch {
            throw CommandError("\(error)")
        }
    }

    func remove() throws(CommandError) {
        guard unlink(path) == 0 else {
            throw CommandError("cannot remove \(path): \(String(cString: strerror(errno)))")
        }
    }
}

/// Ids of relays.
enum RelayIdentity {
    /// A random UUID (version 4).
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next() & 0xffff_ffff_ffff_0fff | 0x4000
        let low = generator.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        let digits = [high, low].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }.joined()
        return Credentials.normalizedID(digits) ?? digits
    }

    /// Prints what of the credentials may be seen.
    static func describe(_ credentials: Credentials) {
        print("  relay id: \(credentials.id)")
        print("  public key: \(credentials.publicKey)")
    }
}
