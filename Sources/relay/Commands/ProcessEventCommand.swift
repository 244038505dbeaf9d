import ArgumentParser

/// `relay process-event`
struct ProcessEventCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process-event",
        abstract: "Processes an event from standard input and prints the result.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        throw CommandError("process-event is not part of this build")
    }
}
