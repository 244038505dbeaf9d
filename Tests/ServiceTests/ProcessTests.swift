import CSystemd
import Glibc
import Testing

@testable import Service

@Suite(.serialized) struct ServiceManagerTests {
    /// What arrives at a socket in place of the service manager's while `body` runs.
    private func received(_ body: () -> Void) throws -> [String] {
        var template = Array("/tmp/relay-notify-XXXXXX".utf8CString)
        let folder = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
        let path = "\(folder)/n"
        let receiver = try Listeners.makeSocket(AF_UNIX, type: SOCK_DGRAM, operation: "receive")
        var address = try Listeners.unixAddress(path: path, operation: "receive")
        #expect(Listeners.bindUnix(receiver, &address) == 0)
        setenv("NOTIFY_SOCKET", path, 1)
        body()
        unsetenv("NOTIFY_SOCKET")
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(receiver, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { break }
            messages.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
        close(receiver)
        unlink(path)
        rmdir(folder)
        return messages
    }

    @Test func sendsTheProtocolsAssignments() throws {
        let messages = try received {
            ServiceManager.ready(status: "2 processors")
            ServiceManager.status("one\nline")
            ServiceManager.watchdog()
            ServiceManager.extendTimeout(microseconds: 5_000_000)
            ServiceManager.extendTimeout(toLeaveIn: .seconds(10))
            ServiceManager.signOfLife(status: "ready")
            ServiceManager.stopping()
        }
        #expect(
            messages == [
                "READY=1\nSTATUS=2 processors", "STATUS=one line", "WATCHDOG=1",
                "EXTEND_TIMEOUT_USEC=5000000", "EXTEND_TIMEOUT_USEC=15000000",
                "WATCHDOG=1\nSTATUS=ready", "STOPPING=1",
            ])
    }

    @Test func aReloadTellsItsTime() throws {
        let before = SystemClock.monotonicNanoseconds() / 1000
        let messages = try received { ServiceManager.reloading() }
        let lines = try #require(messages.first).split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let time = try #require(lines.last?.split(separator: "=").last.flatMap { Int64($0) })
        #expect(lines.last?.hasPrefix("MONOTONIC_USEC=") == true)
        #expect(time >= before && time <= SystemClock.monotonicNanoseconds() / 1000)
    }

    @Test func theWatchdogIntervalComesFromTheEnvironment() {
        #expect(ServiceManager.watchdogNanoseconds == nil)
        setenv("WATCHDOG_USEC", "2000000", 1)
        setenv("WATCHDOG_PID", "\(getpid())", 1)
        #expect(ServiceManager.watchdogNanoseconds == 2_000_000_000)
        unsetenv("WATCHDOG_USEC")
        unsetenv("WATCHDOG_PID")
    }
}

@Suite struct SignalsTests {
    @Test func aDescriptorTellsOfSignals() throws {
        let descriptor = try Signals.descriptor(for: [SIGUSR2])
        defer { close(descriptor) }
        #expect(Signals.next(from: descriptor) == nil)
        pthread_kill(pthread_self(), SIGUSR2)
        #expect(Signals.next(from: descriptor) == SIGUSR2)
        #expect(Signals.next(from: descriptor) == nil)
    }

    @Test func clocksMove() {
        let before = SystemClock.monotonicNanoseconds()
        #expect(SystemClock.monotonicNanoseconds() >= before)
        #expect(SystemClock.wallMicroseconds() > 1_700_000_000_000_000)
    }
}

@Suite struct DaemonArgumentsTests {
    @Test func readsAllForms() throws {
        let arguments = try DaemonArguments([
            "-c", "/etc/relay", "--runtime-directory=/run/relay", "--instance", "3",
        ])
        #expect(arguments.configDirectory == "/etc/relay")
        #expect(arguments.runtimeDirectory == "/run/relay")
        #expect(arguments.instance == "3")
        #expect(try DaemonArguments([]).configDirectory == ".relay")
    }

    @Test func namesWhatIsWrong() {
        #expect(throws: DaemonArguments.Problem(description: "unknown argument --fast")) {
            try DaemonArguments(["--fast"])
        }
        #expect(throws: DaemonArguments.Problem(description: "-c needs a value")) {
            try DaemonArguments(["-c"])
        }
    }
}
