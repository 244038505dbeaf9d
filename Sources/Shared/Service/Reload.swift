import Logging

/// The log of a configuration that is read again, the same in every process.
public enum Reload {
    /// The configuration cannot be used. `problems` are `file:line: key: problem`.
    public static func logRefused(_ problems: [String], _ logger: Logger) {
        for problem in problems {
            logger.error("configuration", metadata: ["problem": "\(problem)"])
        }
        logger.error(
            "configuration not used, the previous one stays",
            metadata: ["problems": "\(problems.count)"])
    }

    /// The configuration counts from now on, but for the keys that need a restart.
    public static func logDone(
        changed: [String], needRestart: [String], warnings: [String], _ logger: Logger
    ) {
        for warning in warnings {
            logger.warning("configuration", metadata: ["problem": "\(warning)"])
        }
        if !needRestart.isEmpty {
            logger.warning(
                "these settings count after a restart only",
                metadata: ["keys": "\(needRestart.joined(separator: " "))"])
        }
        logger.info(
            changed.isEmpty ? "configuration read again, nothing new" : "configuration read again",
            metadata: changed.isEmpty ? nil : ["keys": "\(changed.joined(separator: " "))"])
    }
}
