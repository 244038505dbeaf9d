import Glibc
import Testing

@testable import Links

/// A socket that belongs to root was made by the service manager, which passes it to a process of any
/// user: only there the peer's user does not matter.
@Suite struct RootsSocketTests {
    private func folder() throws -> String {
        var template = Array("/tmp/relay-roots-XXXXXX".utf8CString)
        return try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    @Test func onlyASocketOfRootItself() throws {
        let folder = try folder()
        let socket = "\(folder)/s"
        let descriptor = try UnixSocketPath.listen(socket, backlog: 1)
        let isRoot = geteuid() == 0
        #expect(UnixSocketPath.isRootsSocket(socket) == isRoot)
        // A file, a link to root's socket, nothing at all: no proof.
        let file = "\(folder)/f"
        close(open(file, O_CREAT | O_WRONLY, 0o600))
        #expect(!UnixSocketPath.isRootsSocket(file))
        let link = "\(folder)/l"
        #expect(symlink(socket, link) == 0)
        #expect(!UnixSocketPath.isRootsSocket(link))
        #expect(!UnixSocketPath.isRootsSocket("\(folder)/absent"))
        if isRoot {
            #expect(chown(socket, 65534, 0) == 0)
            #expect(!UnixSocketPath.isRootsSocket(socket))
        }
        close(descriptor)
        for path in [socket, file, link] { unlink(path) }
        rmdir(folder)
    }
}
