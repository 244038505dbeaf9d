import CSystemd
import Glibc

/// Messages to whoever supervises this process (systemd, or `relay run`) by `NOTIFY_SOCKET`. Without
/// a supervisor they do nothing.
public enum ServiceManager {
    /// Start-up or reload is finished.
    public static func ready(status: String? = nil) {
        send("READY=1" + line(status))
    }

    /// One line for people: `systemctl status` shows it.
    public static func status(_ text: String) {
        send("STATUS=\(oneLine(text))")
    }

    /// Shutting down.
    public static func stopping(status: String? = nil) {
        send("STOPPING=1" + line(status))
    }

    /// Reading the configuration again; `ready` ends it.
    public static func reloading() {
        let microseconds = SystemClock.monotonicNanoseconds() / 1000
        send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
    }

    /// Still alive. Send it from the loop that serves, at half of `watchdogNanoseconds`.
    public static func watchdog() {
        send("WATCHDOG=1")
    }

    /// `watchdog` and `status` in one message.
    public static func signOfLife(status: String) {
        send("WATCHDOG=1" + line(status))
    }

    /// Asks for more time to start or stop than configured, counted from now.
    public static func extendTimeout(microseconds: Int64) {
        send("EXTEND_TIMEOUT_USEC=\(max(0, microseconds))")
    }

    /// Asks for the time that leaving may take, and a little for the rest: when
    /// `limits.shutdown_timeout` is longer than the supervisor's own limit, this one holds.
    public static func extendTimeout(toLeaveIn timeout: Duration) {
        let seconds = min(max(timeout.components.seconds, 0), 86_400)
        extendTimeout(microseconds: (seconds + 5) * 1_000_000)
    }

    /// How long the supervisor waits for a sign of life; nil when it does not watch.
    public static var watchdogNanoseconds: Int64? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return Int64(clamping: microseconds).multipliedReportingOverflow(by: 1000).partialValue
    }

    /// How often to send a sign of life and the status: a third of the watchdog's time, every ten
    /// seconds without a watchdog; nil where nobody listens.
    public static var reportInterval: Duration? {
        let watchdog = watchdogNanoseconds
        guard watchdog != nil || getenv("NOTIFY_SOCKET") != nil else { return nil }
        let nanoseconds = min(watchdog.map { $0 / 3 } ?? .max, 10_000_000_000)
        return .nanoseconds(max(nanoseconds, 1_000_000))
    }

    /// When to send the status after a peer has come or gone. systemd lets the timer of a restart be
    /// late by up to 250 ms unless something else wakes it: these messages of its peers do, and a
    /// killed process is back the sooner.
    public static let statusDelaysMilliseconds: [Int64] = [40, 90]

    /// Sends assignments, one per line. Failures are nobody's business: the service runs anyway.
    public static func send(_ assignments: String) {
        sd_notify(0, assignments)
    }

    private static func line(_ status: String?) -> String {
        status.map { "\nSTATUS=\(oneLine($0))" } ?? ""
    }

    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
