import Config
import Glibc
import JSON
import RelayProcessor

/// What strips personal data in a command, from the files that its options name.
struct ScrubPrograms {
    /// In the order in which they run.
    private(set) var programs: [ScrubProgram] = []
    /// Parts that cannot be used, with their files; what stands in for them redacts more.
    private(set) var problems: [(file: String, problem: PiiProblem)] = []

    /// Reads and compiles them.
    ///
    /// - Parameters:
    ///   - piiConfig: File of a `piiConfig`.
    ///   - projectConfig: File of a project state, or of its `config`.
    init(piiConfig: String?, projectConfig: String?) throws(CommandError) {
        if let piiConfig {
            let program = ScrubProgram(PiiConfiguration(try JSONFile.read(piiConfig)))
            problems += program.problems.map { (piiConfig, $0) }
            programs.append(program)
        }
        if let projectConfig {
            let state = try JSONFile.read(projectConfig)
            let scrubbing = ProjectScrubbing(config: state["config"] ?? state)
            problems += scrubbing.problems.map { (projectConfig, $0) }
            programs += scrubbing.programs
        }
    }

    /// Names the problems on standard error.
    func report() {
        for (file, problem) in problems {
            var line = "warning: \(file): \(problem)\n"
            line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
        }
    }
}
