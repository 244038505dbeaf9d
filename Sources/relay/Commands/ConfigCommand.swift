import ArgumentParser
import Config
import Glibc
import Signing

/// `relay config …`
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Creates, shows and checks the configuration.",
        subcommands: [Init.self, Show.self, Check.self])

    @OptionGroup var global: GlobalOptions

    struct Init: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates a configuration folder.",
            discussion: "Asks on a terminal; --yes and the other options answer beforehand.")

        @OptionGroup var global: GlobalOptions
        @Option(name: [.short, .long], help: "managed, static, proxy or capture.")
        var mode: String?
        @Option(name: [.short, .long], help: "URL of the upstream.")
        var upstream: String?
        @Option(name: [.customShort("H"), .long], help: "Address to listen on.")
        var host: String?
        @Option(name: [.customShort("P"), .long], help: "Port to listen on.")
        var port: String?
        @Flag(name: [.short, .long], help: "Ask nothing.")
        var yes = false

        func run() throws {
            let directory = global.directory
            print("Initializing relay in \(directory)")
            var didSomething = false
            let path = "\(directory)/config.yml"
            if access(path, F_OK) != 0 {
                let text = try configText()
                try write(text, to: path, mode: 0o644)
                _ = try RelayConfig.load(directory: directory, environment: [:])
                print("Created \(path)")
                didSomething = true
            } else {
                print("There is a config already: \(path)")
            }
            let credentials = CredentialsFile(directory: directory)
            if try !credentials.exists() {
                let key = SigningKey.generate()
                let generated = Credentials(
                    secretKey: key.base64URL, publicKey: key.publicKey.base64URL,
                    id: RelayIdentity.random())
                try credentials.write(generated)
                print("Generated new credentials")
                RelayIdentity.describe(generated)
                didSomething = true
            } else {
                print("There are credentials already: \(credentials.path)")
            }
            print(didSomething ? "All done!" : "Nothing to do.")
        }

        /// The text of a new `config.yml`, checked before it is written.
        private func configText() throws -> String {
            let defaults = RelayConfig()
            var overrides = ConfigOverrides()
            let asks = !yes && Prompt.isInteractive
            overrides.mode =
                mode
                ?? (asks
                    ? Prompt.text(
                        "mode (managed, static, proxy, capture)",
                        default: defaults.relay.mode.rawValue)
                    : nil)
            overrides.upstream =
                upstream
                ?? (asks
                    ? Prompt.text("upstream", default: "\(defaults.relay.upstream)") : nil)
            overrides.host =
                host ?? (asks ? Prompt.text("listen interface", default: defaults.relay.host) : nil)
            overrides.port =
                port ?? (asks ? Prompt.text("listen port", default: "\(defaults.relay.port)") : nil)
            let relay = try RelayConfig.defaults(with: overrides).relay
            return """
                ---
                # Every key is described in docs/CONFIG.md.
                relay:
                  mode: \(relay.mode.rawValue)
                  upstream: "\(relay.upstream)"
                  host: \(ShownYaml.quotedIfNeeded(relay.host))
                  port: \(relay.port)

                """
        }

        private func write(_ text: String, to path: String, mode: mode_t) throws(CommandError) {
            do {
                try ConfigFile.write(Array(text.utf8), to: path, mode: mode)
            } catch {
                throw CommandError("\(error)")
            }
        }
    }

    /// Forms of `config show`.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case yaml
        case debug
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints all settings that hold, defaults included.")

        @OptionGroup var global: GlobalOptions
        @Option(name: [.short, .long], help: "yaml, or debug: one line per setting.")
        var format = Format.yaml

        func run() throws {
            let loaded = try RelayConfig.load(
                directory: global.directory, environment: RelayConfig.processEnvironment())
            switch format {
            case .yaml: print(ShownYaml.text(of: loaded.config), terminator: "")
            case .debug: print(ShownYaml.debugText(of: loaded.config), terminator: "")
            }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints everything that is wrong with the configuration.",
            discussion: "Exit status 78 when something keeps a relay from starting.")

        @OptionGroup var global: GlobalOptions

        func run() throws {
            let loaded = try RelayConfig.load(
                directory: global.directory, environment: RelayConfig.processEnvironment())
            for warning in loaded.warnings { print("warning: \(warning)") }
            if loaded.config.relay.mode == .managed {
                try CredentialsCheck.require(loaded.credentials)
            } else if let problem = loaded.credentials.flatMap(CredentialsCheck.problem) {
                throw CommandError(problem)
            }
            print("configuration OK")
        }
    }
}
