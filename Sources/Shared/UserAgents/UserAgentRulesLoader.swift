import Glibc

/// Reads the user agent rules on a thread of its own: compiling them takes a fifth of a second, which
/// a starting process should not spend while its first event waits.
public final class UserAgentRulesLoader: @unchecked Sendable {
    private let path: String
    private var thread = pthread_t()
    /// Written by the thread, read after it has been joined.
    private var rules: UserAgentRules?
    private var isRunning = false

    /// Starts to read a file.
    public init(path: String) {
        self.path = path
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let loader = Unmanaged<UserAgentRulesLoader>.fromOpaque(context)
                    .takeRetainedValue()
                loader.rules = UserAgentRules(path: loader.path)
                return nil
            }, context)
        isRunning = status == 0
        if !isRunning {
            Unmanaged<UserAgentRulesLoader>.fromOpaque(context).release()
            rules = UserAgentRules(path: path)
        }
    }

    /// The rules, as soon as they are there; nil if the file cannot be used. For one thread.
    public func wait() -> UserAgentRules? {
        if isRunning {
            pthread_join(thread, nil)
            isRunning = false
        }
        return rules
    }
}
