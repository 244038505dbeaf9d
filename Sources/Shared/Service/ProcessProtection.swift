import CSystemd
import Glibc

/// What a process does for the safety of the data in it.
public enum ProcessProtection {
    /// No core file and no ptrace: memory holds personal data. Errors are ignored, because the
    /// service works without.
    public static func forbidDumps() {
        _ = relay_set_dumpable(0)
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }

    /// Ends this process by SIGKILL when its parent ends, however it ends. The setting stays across
    /// exec. False when the parent is not (or no longer) the expected one: then exit.
    ///
    /// Linux ties this to the *thread* that started the process, so a parent has to start children
    /// from a thread that lives as long as itself.
    public static func dieWithParent(expectedParent: pid_t) -> Bool {
        relay_set_parent_death_signal(SIGKILL) == 0 && getppid() == expectedParent
    }

    /// Raises the soft limit of open files to the hard one; returns the limit that holds then.
    @discardableResult
    public static func raiseOpenFilesLimit() -> Int {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(files, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
