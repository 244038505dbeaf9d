import CSystemd
import Glibc
import Testing

@testable import Service

/// A folder of a test, removed at its end.
private final class TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/relay-service-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp/relay-service-failed"
    }

    deinit {
        for name in ["a.sock", "p.sock"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}

@Suite struct ListenersTests {
    private func connectsTo(_ path: String) throws -> Bool {
        var address = try Listeners.unixAddress(path: path, operation: "connect")
        let client = try Listeners.makeSocket(AF_UNIX, operation: "connect")
        defer { close(client) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    @Test func unixListenerHasItsModeAndTakesConnections() throws {
        let folder = TemporaryFolder()
        var path: String { "\(folder.path)/a.sock" }
        let listener = try Listeners.unix(path: path)
        var information = stat()
        #expect(stat(path, &information) == 0)
        #expect(information.st_mode & 0o777 == 0o660)
        #expect(fcntl(listener, F_GETFD) & FD_CLOEXEC != 0)
        #expect(InheritedSockets.isListening(listener))
        #expect(try connectsTo(path))
        close(listener)
    }

    @Test func aStaleSocketIsReplacedAndALivingOneIsNot() throws {
        let folder = TemporaryFolder()
        var path: String { "\(folder.path)/a.sock" }
        close(try Listeners.unix(path: path))
        let listener = try Listeners.unix(path: path)
        #expect(throws: SystemError.self) { try Listeners.unix(path: path) }
        #expect(try connectsTo(path))
        close(listener)
    }

    @Test func aFileThatIsNoSocketStays() throws {
        let folder = TemporaryFolder()
        var path: String { "\(folder.path)/a.sock" }
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        let error = #expect(throws: SystemError.self) { try Listeners.unix(path: path) }
        #expect(
            error?.description == "cannot listen on \(path): a file that is no socket is in the way"
        )
        #expect(access(path, F_OK) == 0)
    }

    @Test func pathsOverTheLimitAreNamed() {
        let path = "/tmp/" + String(repeating: "x", count: 103)
        let error = #expect(throws: SystemError.self) { try Listeners.unix(path: path) }
        #expect(error?.reason == "a socket path has 1 to 107 bytes, this has 108")
    }

    @Test func tcpListenerTakesAFreePort() throws {
        let listener = try Listeners.tcp(host: "127.0.0.1", port: 0)
        defer { close(listener) }
        let address = try #require(Listeners.localAddress(of: listener))
        #expect(address.host == "127.0.0.1")
        #expect(address.port > 0)
        let error = #expect(throws: SystemError.self) {
            try Listeners.tcp(host: "127.0.0.1", port: address.port)
        }
        #expect(error?.code == EADDRINUSE)
        #expect(
            error?.description
                == "cannot listen on 127.0.0.1:\(address.port): Address already in use")
    }

    @Test func inheritedListenersAreFoundByNameAndKind() throws {
        let folder = TemporaryFolder()
        let http = try Listeners.tcp(host: "127.0.0.1", port: 0)
        let projects = try Listeners.unix(path: "\(folder.path)/p.sock")
        defer {
            close(http)
            close(projects)
        }
        var sockets = InheritedSockets(entries: [
            .init(name: "projects", descriptor: projects),
            .init(name: "relay.socket", descriptor: http),
        ])
        #expect(sockets.takeListener(named: "http") == nil)
        #expect(sockets.takeListener(named: "http", orAnyTCP: true) == http)
        #expect(sockets.takeListener(named: "http", orAnyTCP: true) == nil)
        #expect(sockets.takeListener(named: "projects") == projects)
        #expect(sockets.entries.isEmpty)
    }
}
