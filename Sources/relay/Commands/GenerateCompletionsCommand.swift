import ArgumentParser
import Glibc

/// `relay generate-completions`
struct GenerateCompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate-completions",
        abstract: "Prints a completion script for a shell.")

    @OptionGroup var global: GlobalOptions
    @Option(
        name: [.short, .long], help: "bash, zsh or fish; default: the current shell.",
        completion: .list(["bash", "zsh", "fish"]))
    var format: String?

    func run() throws {
        let current = getenv("SHELL").map { String(cString: $0) } ?? "bash"
        let name = format ?? current.split(separator: "/").last.map(String.init) ?? "bash"
        guard let shell = CompletionShell(rawValue: name) else {
            throw CommandError("unknown shell \"\(name)\": bash, zsh and fish are known")
        }
        print(RelayCommand.completionScript(for: shell))
    }
}
