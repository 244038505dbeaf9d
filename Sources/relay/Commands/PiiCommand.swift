import ArgumentParser
import Config
import Glibc
import JSON
import RelayProcessor
import Service

/// `relay pii`
struct PiiCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pii", abstract: "Tries out what strips personal data.",
        subcommands: [PiiTestCommand.self, PiiSuggestionsCommand.self])
}

/// `relay pii test`
struct PiiTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Shows what a configuration strips from an event, value by value.",
        discussion: """
            It runs the code of relay-processor. Each changed value is shown with its path, the rules \
            that changed it, and its content before and after. Rules and selectors that cannot be \
            used are named on standard error, and the exit status is then 78.

            Colours are used on a terminal, unless NO_COLOR is set.
            """)

    @Option(help: ArgumentHelp("A piiConfig (JSON).", valueName: "file"))
    var config: String?
    @Option(
        help: ArgumentHelp(
            "A project state (JSON): its piiConfig and datascrubbingSettings.", valueName: "file"))
    var projectConfig: String?
    @Argument(
        help: ArgumentHelp("The event (JSON); standard input without it.", valueName: "event"))
    var event: String?

    func validate() throws {
        if config == nil, projectConfig == nil {
            throw ValidationError("--config or --project-config is needed")
        }
    }

    func run() throws {
        ProcessProtection.forbidDumps()
        let scrubbing = try ScrubPrograms(piiConfig: config, projectConfig: projectConfig)
        scrubbing.report()
        let event = try Self.event(at: event)
        let changes = try Self.changes(event, scrubbing.programs)
        var output = OutputWriter(descriptor: STDOUT_FILENO)
        let printer = PiiChangePrinter(hasColours: Self.hasColours)
        try output.append(printer.text(changes).utf8)
        try output.flush()
        if !scrubbing.problems.isEmpty { throw ExitCode(ConfigError.exitStatus) }
    }

    /// What the programs do to an event.
    static func changes(
        _ event: [UInt8], _ programs: [ScrubProgram]
    ) throws(CommandError) -> [PiiChange] {
        PiiChange.all(
            before: try processed(event, []), after: try processed(event, programs))
    }

    private static func processed(
        _ event: [UInt8], _ programs: [ScrubProgram]
    ) throws(CommandError) -> JSONValue {
        let transformation = EventTransformation(
            context: nil, programs: programs, isPretty: false)
        let result = event.withUnsafeBytes { bytes in
            Result { () throws(EventTransformation.Refusal) -> [UInt8] in
                Array(try transformation.process(bytes))
            }
        }
        do {
            return try JSONValue(parsing: try result.get())
        } catch let refusal as EventTransformation.Refusal {
            throw CommandError("the event is rejected: \(refusal.reason): \(refusal.detail)")
        } catch {
            throw CommandError("\(error)")
        }
    }

    private static func event(at path: String?) throws(CommandError) -> [UInt8] {
        let input = try InputReader(eventAt: path)
        return Array(input.buffer[try input.wholeEvent()])
    }

    private static var hasColours: Bool {
        if let value = getenv("NO_COLOR"), value[0] != 0 { return false }
        if let value = getenv("TERM"), String(cString: value) == "dumb" { return false }
        return isatty(STDOUT_FILENO) == 1
    }
}
