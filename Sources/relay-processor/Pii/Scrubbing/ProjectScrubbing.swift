import JSON

/// Everything that a project's state says about scrubbing, compiled: its `piiConfig` first, then its
/// `datascrubbingSettings`, as the original applies them.
public final class ProjectScrubbing {
    /// The programs in the order in which they run; none when nothing is to be scrubbed.
    public let programs: [ScrubProgram]
    /// Strips attachments: the `piiConfig` only, as in the original.
    public let attachmentProgram: ScrubProgram?
    /// Whether files that are no minidumps are stripped at all: only for projects that have a
    /// selector of attachments (`$attachments.…`), as in the original. Otherwise a `**` that is meant
    /// for events would have every file searched.
    public let scrubsPlainAttachments: Bool
    /// What of the state cannot be used, and why. What stands in for it redacts more.
    public let problems: [PiiProblem]

    /// Compiles a state's `config` object.
    public init(config: JSONValue) {
        var programs: [ScrubProgram] = []
        var attachmentProgram: ScrubProgram?
        var scrubsPlainAttachments = false
        if let value = config["piiConfig"], !value.isNull {
            let configuration = PiiConfiguration(value)
            let program = ScrubProgram(configuration)
            programs.append(program)
            if !program.isEmpty { attachmentProgram = program }
            scrubsPlainAttachments = configuration.applications.contains {
                $0.selector.namesAttachments
            }
        }
        self.attachmentProgram = attachmentProgram
        self.scrubsPlainAttachments = scrubsPlainAttachments
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
        attachmentProgram = nil
        scrubsPlainAttachments = false
        problems = []
    }
}

extension EventScrubber {
    /// Strips an event by all that a project's state says.
    public func scrub(_ event: JSONNode, with scrubbing: ProjectScrubbing) {
        for program in scrubbing.programs { scrub(event, with: program) }
    }
}

extension Selector {
    /// Whether a path begins with `$attachments` and goes on.
    fileprivate var namesAttachments: Bool {
        switch self {
        case .and(let parts), .or(let parts): parts.contains { $0.namesAttachments }
        case .not: false
        case .path(let items): items.count > 1 && items[0] == .type(.attachments)
        }
    }
}
