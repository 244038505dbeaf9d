import Glibc
import Model
import Testing

@testable import RelayProjects

/// The folder of local project files: every way in which a file can be bad, at start and later.
@Suite struct LocalProjectsTests {
    let folder = TemporaryFolder()

    func reader(_ limits: LocalProjectPoller.Limits = .init()) -> LocalProjectsReader {
        LocalProjectsReader(path: folder.path, limits: limits)
    }

    /// The states as a table; nil values are removals.
    func states(_ changes: LocalProjectPoller.Changes) -> [ProjectKey: UInt64?] {
        Dictionary(
            changes.states.map { ($0.key, $0.snapshot?.projectID?.rawValue) },
            uniquingKeysWith: { first, _ in first })
    }

    func problems(_ changes: LocalProjectPoller.Changes) -> [String: LocalFileProblem] {
        var found: [String: LocalFileProblem] = [:]
        for case .problem(let name, let problem, _) in changes.notices { found[name] = problem }
        return found
    }

    func writeGood(_ name: String = "1.json", project: UInt64? = nil, _ keys: ProjectKey...) {
        folder.write(name, stateText(project: project, keys: keys))
    }

    @Test func filesAreIndexedByEveryKeyInThem() {
        writeGood("42.json", key(1), key(2))
        writeGood("named.json", project: 7, key(3))
        var reader = reader()
        let changes = reader.look()
        #expect(states(changes) == [key(1): 42, key(2): 42, key(3): 7])
        #expect(problems(changes).isEmpty)
        #expect(reader.projectCount == 2)
    }

    @Test func missingFolderIsEmpty() {
        var reader = LocalProjectsReader(path: folder.path("nothing"))
        let changes = reader.look()
        #expect(changes.states.isEmpty && changes.notices.isEmpty)
    }

    @Test func unchangedFolderChangesNothing() {
        writeGood("1.json", key(1))
        var reader = reader()
        _ = reader.look()
        let again = reader.look()
        #expect(again.states.isEmpty && again.notices.isEmpty)
    }

    @Test func badFilesAreNamedOnceAndHarmNobody() {
        writeGood("1.json", key(1))
        folder.write("2.json", "{\"publicKeys\":[{\"publicK")
        folder.write("3.json", [0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])
        folder.write("4.json", [UInt8](repeating: 0x20, count: 2000))
        folder.write("5.json", "")
        folder.write("6.json", "{}")
        folder.write("name.json", stateText(project: nil, keys: [key(7)]))
        folder.write("8.json", "{\"publicKeys\":7}")
        folder.write("notes.txt", "x")
        folder.write(".hidden.json", "x")
        mkdir(folder.path("9.json"), 0o700)
        mkfifo(folder.path("10.json"), 0o600)
        symlink("11.json", folder.path("11.json"))
        symlink("nowhere", folder.path("12.json"))
        symlink("/dev/zero", folder.path("13.json"))
        writeGood("14.json", key(14))
        chmod(folder.path("14.json"), 0)
        var reader = reader(.init(fileBytesMax: 1000))
        let changes = reader.look()
        let isRoot = geteuid() == 0
        #expect(states(changes) == (isRoot ? [key(1): 1, key(14): 14] : [key(1): 1]))
        let found = problems(changes)
        for (name, isExpected) in [
            ("2.json", isMalformed), ("3.json", isMalformed), ("8.json", isMalformed),
            ("4.json", { $0 == .tooLarge(bytes: 2000, limit: 1000) }),
            ("5.json", { $0 == .empty }), ("6.json", { $0 == .noPublicKeys }),
            ("name.json", { $0 == .noProjectID }), ("notes.txt", { $0 == .otherName }),
            ("9.json", { $0 == .notAFile(kind: "folder") }),
            ("10.json", { $0 == .notAFile(kind: "named pipe") }),
            ("11.json", isUnreadable), ("12.json", isUnreadable),
            ("13.json", { $0 == .notAFile(kind: "device") }),
        ] as [(String, (LocalFileProblem) -> Bool)] {
            let problem = found[name]
            #expect(problem.map(isExpected) == true, "\(name): \(String(describing: problem))")
        }
        #expect(found[".hidden.json"] == nil)
        #expect(reader.look().notices.isEmpty)
    }

    func isMalformed(_ problem: LocalFileProblem) -> Bool {
        if case .malformed = problem { return true }
        return false
    }

    func isUnreadable(_ problem: LocalFileProblem) -> Bool {
        if case .unreadable = problem { return true }
        return false
    }

    @Test(arguments: ["half", "huge", "fifo", "folder", "loop", "utf8", "empty"])
    func liveFileThatTurnsBadKeepsItsState(how: String) throws {
        writeGood("1.json", key(1))
        writeGood("2.json", key(2))
        var reader = reader(.init(fileBytesMax: 10_000))
        #expect(reader.look().states.count == 2)
        unlink(folder.path("1.json"))
        switch how {
        case "half": folder.write("1.json", "{\"publicKeys\":[")
        case "huge": folder.write("1.json", [UInt8](repeating: 0x20, count: 10_001))
        case "fifo": mkfifo(folder.path("1.json"), 0o600)
        case "folder": mkdir(folder.path("1.json"), 0o700)
        case "loop": symlink("1.json", folder.path("1.json"))
        case "utf8": folder.write("1.json", [0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])
        default: folder.write("1.json", "")
        }
        let bad = reader.look()
        #expect(bad.states.isEmpty)
        guard case .problem("1.json", _, isOldStateKept: true) = bad.notices.first else {
            Issue.record("not named: \(bad.notices)")
            return
        }
        #expect(reader.look().notices.isEmpty)
        // Good again: the new state is taken.
        if how == "folder" { rmdir(folder.path("1.json")) } else { unlink(folder.path("1.json")) }
        folder.write("1.json", stateText(project: 99, keys: [key(1)]))
        #expect(states(reader.look()) == [key(1): 99])
    }

    @Test func replacedAndRemovedFilesAreFollowed() {
        writeGood("1.json", key(1))
        var reader = reader()
        _ = reader.look()
        folder.write("new", stateText(project: 1, keys: [key(2)]))
        rename(folder.path("new"), folder.path("1.json"))
        #expect(states(reader.look()) == [key(1): nil, key(2): 1])
        unlink(folder.path("1.json"))
        let removed = reader.look()
        #expect(states(removed) == [key(2): nil])
        #expect(removed.notices == [.removed(name: "1.json")])
    }

    @Test func changeWithinOneTickOfTheClockIsSeen() {
        // Same size, same inode, perhaps the same time stamp.
        for number in UInt64(1)...20 {
            folder.write("1.json", stateText(project: 10 + number, keys: [key(1)]))
            var reader = reader()
            _ = reader.look()
            folder.write("1.json", stateText(project: 40 + number, keys: [key(1)]))
            #expect(states(reader.look()) == [key(1): 40 + number])
        }
    }

    @Test func fileThatWasJustWrittenIsReadOnceMore() {
        var poller = LocalProjectPoller()
        let writtenAt: Int64 = 1_000_000_000_000
        let identity = FileIdentity(
            device: 1, inode: 2, size: 3, modifiedAt: writtenAt, changedAt: writtenAt)
        func look(after nanoseconds: Int64) -> [String] {
            let listing = LocalListing(
                entries: ["1.json": .file(identity)], takenAt: writtenAt + nanoseconds)
            let names = poller.listed(listing)
            for name in names {
                poller.read(
                    name, identity: identity,
                    content: .bytes(Array(stateText(project: 1, keys: [key(1)]).utf8)))
            }
            _ = poller.finish()
            return names
        }
        #expect(look(after: 1_000) == ["1.json"])
        #expect(look(after: 10_000_000_000) == ["1.json"])
        #expect(look(after: 20_000_000_000) == [])
    }

    @Test func contestedKeyStaysWithTheFirstFile() {
        writeGood("10.json", key(1))
        writeGood("9.json", key(1), key(2))
        writeGood("name.json", project: 3, key(2))
        var reader = reader()
        let changes = reader.look()
        #expect(states(changes) == [key(1): 9, key(2): 9])
        #expect(problems(changes)["10.json"] == .keyTaken(key: key(1), by: "9.json"))
        #expect(problems(changes)["name.json"] == .keyTaken(key: key(2), by: "9.json"))
        unlink(folder.path("9.json"))
        #expect(states(reader.look()) == [key(1): 10, key(2): 3])
    }

    @Test func filesInAllAreBounded() {
        for number in UInt64(1)...5 { writeGood("\(number).json", key(number)) }
        var reader = reader(.init(filesMax: 3))
        let changes = reader.look()
        #expect(states(changes) == [key(1): 1, key(2): 2, key(3): 3])
        #expect(problems(changes)["4.json"] == .tooMany(limit: 3))
    }

    @Test func unreadableFolderKeepsEverything() {
        var poller = LocalProjectPoller()
        let identity = FileIdentity(device: 1, inode: 2, size: 3, modifiedAt: 4, changedAt: 5)
        let listing = LocalListing(entries: ["1.json": .file(identity)], takenAt: 1 << 60)
        #expect(poller.listed(listing) == ["1.json"])
        poller.read(
            "1.json", identity: identity,
            content: .bytes(Array(stateText(project: 1, keys: [key(1)]).utf8)))
        #expect(poller.finish().states.count == 1)
        let changes = poller.folderUnreadable(reason: "Input/output error")
        #expect(changes.states.isEmpty)
        #expect(changes.notices.count == 1)
        #expect(poller.folderUnreadable(reason: "Input/output error").notices.isEmpty)
        #expect(poller.listed(listing).isEmpty)
        #expect(poller.finish().states.isEmpty)
    }

    @Test func thousandsOfFilesAreReadInOneLook() {
        for number in UInt64(1)...3000 { writeGood("\(number).json", key(number)) }
        var reader = reader()
        #expect(reader.look().states.count == 3000)
        #expect(reader.look().states.isEmpty)
    }
}
