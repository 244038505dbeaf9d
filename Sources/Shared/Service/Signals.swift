import CSystemd
import Glibc

/// `SI_KERNEL`, which Swift does not import.
private let siKernel: Int32 = 0x80

/// Delivery of signals outside of signal handlers.
public enum Signals {
    /// The signals that end a service: SIGTERM drains, SIGINT and SIGQUIT drop.
    public static let terminating: [Int32] = [SIGTERM, SIGINT, SIGQUIT]

    /// All signals a daemon takes: the terminating ones, and SIGHUP, upon which it reads its
    /// configuration again.
    public static let handled: [Int32] = terminating + [SIGHUP]

    /// Blocks signals in this thread and all it starts later. Call it first in `main`.
    public static func block(_ signals: [Int32]) {
        var set = makeSet(signals)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Undoes `block` in this thread; a child inherits the mask, and exec keeps it.
    public static func unblock(_ signals: [Int32]) {
        var set = makeSet(signals)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    /// A write to a closed pipe or socket fails with EPIPE instead of ending the process.
    public static func ignoreBrokenPipe() {
        signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks the signals and calls the handler on a thread of its own for each that arrives.
    public static func deliver(
        _ signals: [Int32], to handler: @escaping @Sendable (Int32) -> Void
    ) throws(SystemError) {
        block(signals)
        try BackgroundThread.start(purpose: "signals") {
            var set = makeSet(signals)
            while true {
                var signal: Int32 = 0
                if sigwait(&set, &signal) == 0 { handler(signal) }
            }
        }
    }

    /// Blocks the signals and returns a descriptor for `poll` that tells of them: for processes with
    /// one thread. Read it with `next(from:)`.
    public static func descriptor(for signals: [Int32]) throws(SystemError) -> Int32 {
        block(signals)
        var set = makeSet(signals)
        let descriptor = relay_signal_descriptor(&set)
        guard descriptor >= 0 else { throw SystemError("create a descriptor for signals") }
        return descriptor
    }

    /// The next signal that arrived at a descriptor of `descriptor(for:)`; nil when there is none.
    public static func next(from descriptor: Int32) -> Int32? {
        nextWithOrigin(from: descriptor)?.signal
    }

    /// As `next`, with who sent it: SIGHUP of the kernel says that the terminal is gone, that of a
    /// process is a request.
    public static func nextWithOrigin(
        from descriptor: Int32
    ) -> (signal: Int32, isFromKernel: Bool)? {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while true {
            let count = read(descriptor, &information, size)
            if count == size {
                return (Int32(information.ssi_signo), information.ssi_code == siKernel)
            }
            if count < 0, errno == EINTR { continue }
            return nil
        }
    }

    private static func makeSet(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }
}
