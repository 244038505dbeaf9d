import ArgumentParser
import Config
import Glibc
import Service

/// The command line: the same as Sentry's Relay, so that it can take its place.
public struct RelayCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Accepts events of Sentry SDKs, cleans them, and passes them on.",
        version: RelayVersion.current,
        subcommands: [
            RunCommand.self, ConfigCommand.self, CredentialsCommand.self,
            ProcessEventCommand.self, PiiCommand.self, FilterCommand.self,
            GenerateCompletionsCommand.self,
        ])

    @OptionGroup var global: GlobalOptions

    public init() {}

    /// Runs the command line of this process and returns the status to exit with.
    ///
    /// Everything that goes wrong ends with 1 and `error: …` on standard error, as in the original;
    /// problems of the configuration end with 78, one line each.
    public static func main(arguments: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(GlobalOptions.movingToTheEnd(arguments))
            try command.run()
            return 0
        } catch let error as ConfigError {
            for problem in error.problems { Daemon.writeError("error: \(problem)") }
            return ConfigError.exitStatus
        } catch let error as CommandError {
            Daemon.writeError("error: \(error.message)")
            return 1
        } catch let error as ExitCode {
            return error.rawValue
        } catch {
            if exitCode(for: error) == .success {
                print(fullMessage(for: error))
                return 0
            }
            let text = fullMessage(for: error)
            Daemon.writeError(
                text.hasPrefix("Error: ") ? "error: " + text.dropFirst(7) : "error: " + text)
            return 1
        }
    }
}

/// Version of this software.
public enum RelayVersion {
    public static let current = "0.1.0"
}

/// A command cannot do what it was asked for.
struct CommandError: Error, Hashable {
    var message: String

    init(_ message: String) {
        self.message = message
    }
}

/// Options that every command has; they may stand before the command's name too.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The configuration folder.", valueName: "dir"),
        completion: .directory)
    var config = ".relay"

    /// The folder without slashes at its end.
    var directory: String {
        var path = config
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// Moves `-c DIR` behind the command's name, where the parser of the command expects it.
    static func movingToTheEnd(_ arguments: [String]) -> [String] {
        var rest: [String] = []
        var moved: [String] = []
        var index = 0
        while index < arguments.count, arguments[index].hasPrefix("-") {
            let argument = arguments[index]
            if argument == "-c" || argument == "--config" {
                guard index + 1 < arguments.count else { break }
                moved = ["--config", arguments[index + 1]]
                index += 2
            } else if argument.hasPrefix("--config=") {
                moved = [argument]
                index += 1
            } else if argument.hasPrefix("-c"), !argument.hasPrefix("--") {
                let value = argument.dropFirst(2)
                moved = ["--config", String(value.hasPrefix("=") ? value.dropFirst() : value)]
                index += 1
            } else {
                rest.append(argument)
                index += 1
            }
        }
        rest += arguments[index...]
        // Where the command itself names a folder, this one wins.
        guard let command = rest.firstIndex(where: { !$0.hasPrefix("-") }) else {
            return rest + moved
        }
        var end = command + 1
        if ["config", "credentials"].contains(rest[command]), end < rest.count,
            !rest[end].hasPrefix("-")
        {
            end += 1
        }
        return Array(rest[..<end]) + moved + Array(rest[end...])
    }
}
