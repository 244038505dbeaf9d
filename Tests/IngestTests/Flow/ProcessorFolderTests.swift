import Glibc
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import RelayIngest

/// A Unix socket that listens at a path until it is closed.
private func listen(at path: String) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let isBound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        }
    }
    #expect(isBound)
    return descriptor
}

@Suite("Processor folder") struct ProcessorFolderTests {
    @Test("Sockets that come and go are noticed; other files are not")
    func comesAndGoes() async throws {
        let path = "/tmp/relay-folder-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        #expect(mkdir(path, 0o700) == 0)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (changes, continuation) = AsyncStream<Set<String>>.makeStream()
        let folder = try await loop.submit {
            let folder = ProcessorFolder(
                path: path, eventLoop: loop,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            ) { names, _ in continuation.yield(names) }
            folder.start()
            return NIOLoopBound(folder, eventLoop: loop)
        }.get()
        var iterator = changes.makeAsyncIterator()
        let file = open("\(path)/x.sock", O_CREAT | O_WRONLY, 0o600)
        let first = listen(at: "\(path)/1.sock")
        #expect(await iterator.next() == ["1.sock"])
        let second = listen(at: "\(path)/2.sock")
        #expect(await iterator.next() == ["1.sock", "2.sock"])
        unlink("\(path)/1.sock")
        #expect(await iterator.next() == ["2.sock"])
        try await loop.submit { folder.value.stop() }.get()
        for descriptor in [file, first, second] { close(descriptor) }
        for name in ["x.sock", "2.sock"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    @Test("A folder made later, and a socket of a known name made anew, are noticed by inotify")
    func renewal() async throws {
        var template = Array("/tmp/relay-processors-XXXXXX".utf8CString)
        let above = try #require(mkdtemp(&template).map { String(cString: $0) })
        let path = "\(above)/processor"
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (changes, continuation) = AsyncStream<[Set<String>]>.makeStream()
        let folder = try await loop.submit {
            let folder = ProcessorFolder(
                path: path, eventLoop: loop,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            ) { continuation.yield([$0, $1]) }
            folder.start()
            return NIOLoopBound(folder, eventLoop: loop)
        }.get()
        var iterator = changes.makeAsyncIterator()
        for _ in 0..<2 {
            #expect(mkdir(path, 0o700) == 0)
            let first = listen(at: "\(path)/1.sock")
            #expect(await iterator.next() == [["1.sock"], ["1.sock"]])
            // What is left behind by a dead instance, and the next instance.
            close(first)
            unlink("\(path)/1.sock")
            let second = listen(at: "\(path)/1.sock")
            var change = await iterator.next()
            // Whether the moment without the file is seen is chance.
            if change == [[], []] { change = await iterator.next() }
            #expect(change == [["1.sock"], ["1.sock"]])
            close(second)
            unlink("\(path)/1.sock")
            #expect(await iterator.next() == [[], []])
            rmdir(path)
        }
        try await loop.submit { folder.value.stop() }.get()
        rmdir(above)
    }

    @Test("A folder that does not exist has no sockets")
    func absent() {
        #expect(ProcessorFolder.sockets(in: "/nonexistent/folder").isEmpty)
    }
}
