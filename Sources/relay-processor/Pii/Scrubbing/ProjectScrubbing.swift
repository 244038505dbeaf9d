import JSON

/// Everything that a project's state says about scrubbing, compiled: its `piiConfig` first, then its
/// `datascrubbingSettings`, as the original applies them.
public final class ProjectScrubbing {
    /// The programs in the order in which they run; none when nothing is to be scrubbed.
    public let programs: [ScrubProgram]
    /// What of the state cannot be used, and why. What stands in for it redacts more.
    public let problems: [PiiProblem]

    /// Compiles a state's `config` object.
    public init(config: JSONValue) {
        var programs: [ScrubProgram] = []
        if let value = config["piiConfig"], !value.isNull {
            programs.append(ScrubProgram(PiiConfiguration(value)))
        }
        if let value = config["datascrubbingSettings"], !value.isNull {
            programs.append(
                ScrubProgram(PiiConfiguration(DataScrubbingSettings(value))))
        }
        problems = programs.flatMap(\.problems)
        self.programs = programs.filter { !$0.isEmpty }
    }

    /// Scrubs nothing.
    public init() {
        programs = []
        problems = []
    }
}

extension EventScrubber {
    /// Strips an event by all that a project's state says.
    public func scrub(_ event: JSONNode, with scrubbing: ProjectScrubbing) {
        for program in scrubbing.programs { scrub(event, with: program) }
    }
}
