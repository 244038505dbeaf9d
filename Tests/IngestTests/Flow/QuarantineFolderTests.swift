import Glibc
import Testing

@testable import RelayIngest

@Suite("Quarantine") struct QuarantineFolderTests {
    @Test("Keeps envelopes for their owner only, up to its bounds, which hold after a restart")
    func bounds() throws {
        let path = "/tmp/relay-quarantine-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer {
            for name in ["a", "b"] { unlink("\(path)/\(name).envelope") }
            rmdir(path)
        }
        let folder = QuarantineFolder(path: path, filesMax: 2, bytesMax: 10)
        #expect(folder.keep([1, 2, 3], name: "a") == .kept(path: "\(path)/a.envelope"))
        #expect(folder.keep([UInt8](repeating: 0, count: 8), name: "b") == .full)
        #expect(folder.keep([1], name: "a") == .failed(errno: EEXIST))
        #expect(folder.keep([4, 5], name: "b") == .kept(path: "\(path)/b.envelope"))
        #expect(folder.keep([1], name: "c") == .full)
        #expect(QuarantineFolder(path: path, filesMax: 2).keep([1], name: "c") == .full)
        var status = stat()
        #expect(stat("\(path)/a.envelope", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(status.st_size == 3)
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
    }

    @Test("A folder that cannot be made is an error, not a crash")
    func impossible() {
        let folder = QuarantineFolder(path: "/proc/none/quarantine")
        #expect(folder.keep([1], name: "a") == .failed(errno: ENOENT))
    }
}
