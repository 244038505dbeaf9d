import Glibc
import Testing

@testable import Service

/// Which of the inherited descriptors a process takes for its own.
@Suite(.serialized) struct InheritedSocketsTests {
    private func socketPair() -> [Int32] {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return ends
    }

    private func unixListener(_ name: String) throws -> Int32 {
        let path = "/tmp/relay-inherited-\(getpid())-\(name)"
        defer { unlink(path) }
        return try Listeners.unix(path: path)
    }

    @Test func byNameAndOnlyListeners() throws {
        let pair = socketPair()
        let unix = try unixListener("a")
        let other = try unixListener("b")
        defer { for descriptor in pair + [unix, other] { close(descriptor) } }
        var sockets = InheritedSockets(entries: [
            .init(name: "projects", descriptor: pair[0]),
            .init(name: "other", descriptor: other),
            .init(name: "projects", descriptor: unix),
        ])
        #expect(sockets.takeListener(named: "projects") == unix)
        #expect(sockets.takeListener(named: "projects") == nil)
        #expect(sockets.takeListener(named: "processor", orAnyTCP: true) == nil)
        #expect(sockets.entries.map(\.descriptor) == [pair[0], other])
    }

    @Test func aTCPListenerOfAnotherNameCountsWhereItIsAllowed() throws {
        let unix = try unixListener("c")
        let tcp = try Listeners.tcp(host: "127.0.0.1", port: 0)
        let named = try Listeners.tcp(host: "127.0.0.1", port: 0)
        defer { for descriptor in [unix, tcp, named] { close(descriptor) } }
        let entries: [InheritedSockets.Entry] = [
            .init(name: "unknown", descriptor: unix), .init(name: "unknown", descriptor: tcp),
            .init(name: "http", descriptor: named),
        ]
        var sockets = InheritedSockets(entries: entries)
        #expect(sockets.takeListener(named: "http", orAnyTCP: true) == named)
        #expect(sockets.takeListener(named: "http") == nil)
        #expect(sockets.takeListener(named: "http", orAnyTCP: true) == tcp)
        #expect(sockets.takeListener(named: "http", orAnyTCP: true) == nil)
    }

    @Test func severalOfOneNameComeInOrder() throws {
        var sockets = InheritedSockets(entries: [
            .init(name: "ka", descriptor: 70), .init(name: "http", descriptor: 71),
            .init(name: "ka", descriptor: 72),
        ])
        #expect(sockets.take(named: "ka") == [70, 72])
        #expect(sockets.take(named: "ka") == [])
        #expect(sockets.entries.map(\.name) == ["http"])
    }

    @Test func whatIsMeantForAnotherProcessIsNotTaken() throws {
        setenv("LISTEN_PID", "1", 1)
        setenv("LISTEN_FDS", "1", 1)
        setenv("LISTEN_FDNAMES", "http", 1)
        let sockets = try InheritedSockets.adopt()
        #expect(sockets.entries.isEmpty)
        // Children must not take them for theirs either.
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { #expect(getenv(name) == nil) }
    }

    @Test func nonsenseOfTheEnvironmentIsAnErrorWithAReason() {
        setenv("LISTEN_PID", "\(getpid())", 1)
        setenv("LISTEN_FDS", "many", 1)
        #expect(throws: SystemError.self) { try InheritedSockets.adopt() }
        unsetenv("LISTEN_PID")
        unsetenv("LISTEN_FDS")
    }
}
