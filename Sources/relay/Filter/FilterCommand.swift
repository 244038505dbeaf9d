import ArgumentParser
import Config
import Glibc
import InboundFilters
import JSON
import Service

/// `relay filter`
struct FilterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "filter", abstract: "Tries out inbound filters.",
        subcommands: [FilterTestCommand.self])
}

/// `relay filter test`
struct FilterTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Tells whether inbound filters drop an event, and which one.",
        discussion: """
            It runs the code of relay-ingest. The answer is "kept" or "dropped: <reason>", the reason \
            being that of the outcome. With --ndjson every line of the input is an event and gives \
            exactly one line of output, in order: {"reason":"…"}, or {"reason":null} for an event \
            that is kept.

            Settings that cannot be understood are named on standard error, and the exit status is \
            then 78.
            """)

    @Option(help: ArgumentHelp("A filterSettings object (JSON).", valueName: "file"))
    var settings: String?
    @Option(
        help: ArgumentHelp("A project state (JSON) with filterSettings.", valueName: "file"))
    var projectConfig: String?
    @Option(help: ArgumentHelp("The sender's address.", valueName: "address"))
    var clientIP: String?
    @Option(help: ArgumentHelp("The sender's user agent.", valueName: "text"))
    var userAgent: String?
    @Flag(help: "Do not take the sender's address for a missing one of the user.")
    var noInferredAddress = false
    @Flag(help: "The events are security reports as browsers send them.")
    var report = false
    @Flag(help: "One event per line.")
    var ndjson = false
    @Flag(
        help: """
            Every line begins with filterSettings of its own: JSON without line breaks, a tab, the \
            event; for comparing many settings.
            """)
    var settingsPerLine = false
    @Argument(
        help: ArgumentHelp("The event (JSON); standard input without it.", valueName: "event"))
    var event: String?

    func validate() throws {
        if settingsPerLine {
            guard ndjson else { throw ValidationError("--settings-per-line needs --ndjson") }
        } else if (settings == nil) == (projectConfig == nil) {
            throw ValidationError("--settings or --project-config is needed, one of them")
        }
        if let clientIP, IPAddress(clientIP) == nil {
            throw ValidationError("--client-ip: \"\(clientIP)\" is no IP address")
        }
    }

    func run() throws {
        ProcessProtection.forbidDumps()
        let filters = try readFilters()
        for problem in filters.problems { Daemon.writeError("filterSettings: \(problem)") }
        var request = FilterRequest(clientAddress: clientIP, userAgent: userAgent)
        request.isRawReport = report
        request.infersAddress = !noInferredAddress
        let trial = FilterTrial(filters: filters, request: request)
        let input = try openInput()
        if ndjson {
            try trial.processLines(input, haveSettings: settingsPerLine)
        } else {
            guard let range = try input.rest() else {
                throw CommandError(
                    "the event is larger than \(ProcessEventCommand.eventBytesMax) bytes")
            }
            let reason = input.buffer.withUnsafeBytes {
                trial.reason(UnsafeRawBufferPointer(rebasing: $0[range]))
            }
            print(reason.map { "dropped: \($0.name)" } ?? "kept")
        }
        if !filters.problems.isEmpty { throw ExitCode(ConfigError.exitStatus) }
    }

    private func readFilters() throws(CommandError) -> InboundFilters {
        if let settings {
            return InboundFilters(settings: try JSONFile.read(settings).serialized())
        }
        if let projectConfig {
            return InboundFilters(projectState: try JSONFile.read(projectConfig).serialized())
        }
        return InboundFilters(settings: [])
    }

    private func openInput() throws(CommandError) -> InputReader {
        var descriptor = STDIN_FILENO
        if let event {
            descriptor = open(event, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw CommandError("\(event): \(String(cString: strerror(errno)))")
            }
        }
        return InputReader(
            descriptor: descriptor, lineBytesMax: ProcessEventCommand.eventBytesMax)
    }
}
