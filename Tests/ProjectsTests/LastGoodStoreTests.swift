import Glibc
import Model
import Testing

@testable import RelayProjects

@Suite struct LastGoodStoreTests {
    let folder = TemporaryFolder()

    /// Collects notices; stores report from one thread, here the test's.
    final class Notices: @unchecked Sendable {
        var list: [LastGoodStore.Notice] = []
    }

    func store(
        _ notices: Notices = Notices(), limits: LastGoodStore.Limits = .init()
    ) -> LastGoodStore {
        LastGoodStore(path: folder.path("state/states.sqlite"), limits: limits) {
            notices.list.append($0)
        }
    }

    func save(_ number: UInt64, at seconds: Int64 = 1) throws -> LastGoodStore.Change {
        let state = try snapshot(number, key: key(number))
        return .save(
            bytes: state.bytes, projectID: state.projectID,
            confirmedAt: WallTime(microseconds: seconds * 1_000_000))
    }

    @Test func statesSurviveARestart() throws {
        let first = store()
        #expect(first.load().isEmpty)
        first.write([(key(1), try save(1)), (key(2), try save(2))])
        first.write([(key(1), .touch(confirmedAt: WallTime(microseconds: 77)))])
        first.write([(key(2), .delete), (key(3), .delete)])
        first.close()
        let second = store()
        #expect(second.load() == [key(1)])
        let loaded = try #require(second.load(key(1)))
        #expect(loaded.snapshot.projectID == ProjectID(rawValue: 1))
        #expect(loaded.snapshot.bytes == (try snapshot(1, key: key(1)).bytes))
        #expect(loaded.confirmedAt == WallTime(microseconds: 77))
        #expect(second.load(key(2)) == nil)
    }

    @Test func filesAreForTheOwnerOnly() throws {
        let store = store()
        _ = store.load()
        store.write([(key(1), try save(1))])
        #expect(folder.mode("state/states.sqlite") == 0o600)
        #expect(folder.mode("state/states.sqlite-wal") == 0o600)
        #expect(folder.mode("state") == 0o700)
    }

    @Test func oldestMakeRoom() throws {
        let store = store(limits: .init(statesMax: 10, bytesMax: 1 << 30))
        for number in UInt64(1)...10 {
            #expect(store.write([(key(number), try save(number, at: Int64(number)))]).isEmpty)
        }
        let dropped = store.write([(key(11), try save(11, at: 11))])
        #expect(dropped == [key(1), key(2)])
        #expect(store.load().count == 9)
    }

    @Test func bytesAreBounded() throws {
        let size = try snapshot(1, key: key(1)).bytes.count
        let store = store(limits: .init(statesMax: 1000, bytesMax: Int64(size * 20)))
        for number in UInt64(1)...100 {
            store.write([(key(number), try save(number, at: Int64(number)))])
        }
        #expect(store.load().count <= 20)
        #expect(store.load().contains(key(100)))
    }

    @Test(arguments: ["garbage", "truncated", "empty", "flipped"])
    func damagedFileIsNeverARefusalToStart(how: String) throws {
        let first = store()
        for number in UInt64(1)...200 { first.write([(key(number), try save(number))]) }
        first.close()
        let name = "state/states.sqlite"
        var bytes = try #require(folder.read(name))
        switch how {
        case "garbage": bytes = Array("this is no database, and long enough to be read".utf8)
        case "truncated": bytes = Array(bytes[..<(bytes.count / 2 + 100)])
        case "empty": bytes = []
        default:
            for position in stride(from: 100, to: bytes.count, by: 97) { bytes[position] ^= 0x55 }
        }
        folder.write(name, bytes)
        let notices = Notices()
        let second = store(notices)
        let keys = second.load()
        for number in UInt64(1)...200 where keys.contains(key(number)) {
            if let loaded = second.load(key(number)) {
                #expect(loaded.snapshot.projectID == ProjectID(rawValue: number))
            }
        }
        // Whatever was lost, the store works again.
        second.write([(key(500), try save(500))])
        #expect(second.load().contains(key(500)))
        #expect(second.load(key(500)) != nil)
        if how != "empty" {
            #expect(!notices.list.isEmpty)
            #expect(folder.read(name + ".damaged") == bytes)
        }
        second.close()
        #expect(store().load().contains(key(500)))
    }

    @Test func damagedRowIsDroppedAlone() throws {
        let first = store()
        first.write([(key(1), try save(1)), (key(2), try save(2))])
        first.close()
        let database = try SQLiteDatabase(path: folder.path("state/states.sqlite"))
        try database.run(
            "UPDATE states SET state = CAST('{\"disabled\":true}' AS BLOB) "
                + "WHERE hex(key) LIKE '%01'")
        let notices = Notices()
        let second = store(notices)
        #expect(second.load() == [key(1), key(2)])
        #expect(second.load(key(1)) == nil)
        #expect(notices.list == [.damagedState(key: key(1))])
        #expect(second.load(key(2)) != nil)
        #expect(second.load() == [key(2)])
    }

    @Test func placeThatCannotBeUsedIsNamedOnce() throws {
        folder.write("state", "a file where the folder should be")
        let notices = Notices()
        let store = store(notices)
        #expect(store.load().isEmpty)
        store.write([(key(1), try save(1))])
        #expect(store.load(key(1)) == nil)
        #expect(notices.list.count == 1)
        guard case .unusable = notices.list.first else {
            Issue.record("\(notices.list)")
            return
        }
        // The place can be used again: no restart is needed.
        unlink(folder.path("state"))
        store.write([(key(1), try save(1))])
        #expect(store.load(key(1)) != nil)
    }
}
