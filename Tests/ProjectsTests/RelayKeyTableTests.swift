import Model
import Testing
import Wire

@testable import RelayProjects

@Suite struct RelayKeyTableTests {
    let first = "11111111-1111-1111-1111-111111111111"
    let second = "22222222-2222-2222-2222-222222222222"
    let text = String(repeating: "k", count: 43)

    func table(isUpstreamAsked: Bool = true) -> RelayKeyTable {
        RelayKeyTable(
            settings: .init(isUpstreamAsked: isUpstreamAsked),
            statics: [RelayPublicKey(relayID: second, publicKey: text, isInternal: true)])
    }

    func relay(_ id: String, _ publicKey: String?) -> RelayPublicKey {
        RelayPublicKey(relayID: id, publicKey: publicKey, isInternal: false)
    }

    @Test func relaysOfTheConfigurationAreAnsweredLocally() {
        var table = table()
        let action = table.ask([second.uppercased()], waiter: waiter(1), now: at(0))
        guard case .answer(let answer) = action else {
            Issue.record("waits")
            return
        }
        #expect(answer.relays.map(\.publicKey) == [text])
        #expect(answer.relays.map(\.isInternal) == [true])
        #expect(answer.isComplete)
    }

    @Test func othersAreAskedOfUpstreamOnce() {
        var table = table()
        #expect(
            table.ask([first, second], waiter: waiter(1), now: at(0))
                == .wait(until: at(30_000), wanted: [first]))
        #expect(
            table.ask([first], waiter: waiter(2), now: at(1))
                == .wait(until: at(30_001), wanted: []))
        let due = table.fetchCompleted([relay(first, text)], now: at(100))
        #expect(due.map(\.waiter) == [waiter(1), waiter(2)])
        #expect(due[0].answer.relays.map(\.publicKey) == [text, text])
        #expect(due.allSatisfy { $0.answer.isComplete })
    }

    @Test func keysAreCachedAndMissesShorter() {
        var table = table()
        _ = table.ask([first], waiter: waiter(1), now: at(0))
        _ = table.fetchCompleted([relay(first, text)], now: at(0))
        guard case .answer = table.ask([first], waiter: waiter(2), now: at(3_599_999)) else {
            Issue.record("asked again too soon")
            return
        }
        #expect(
            table.ask([first], waiter: waiter(3), now: at(3_600_000))
                == .wait(until: at(3_630_000), wanted: [first]))
        let due = table.fetchCompleted([relay(first, nil)], now: at(3_600_001))
        #expect(due.map { $0.answer.relays.map(\.publicKey) } == [[nil]])
        #expect(due.map(\.answer.isComplete) == [true])
        guard case .wait = table.ask([first], waiter: waiter(4), now: at(3_660_001)) else {
            Issue.record("a miss is believed too long")
            return
        }
    }

    @Test func whileUpstreamIsAwayAnExpiredKeyServesAndAnUnknownOneIsNotDenied() {
        var table = table()
        _ = table.ask([first], waiter: waiter(1), now: at(0))
        _ = table.fetchCompleted([relay(first, text)], now: at(0))
        _ = table.ask([first], waiter: waiter(2), now: at(4_000_000))
        let unknown = "33333333-3333-3333-3333-333333333333"
        _ = table.ask([unknown], waiter: waiter(3), now: at(4_000_000))
        let due = table.fetchFailed(now: at(4_000_100))
        #expect(due.map(\.waiter) == [waiter(2)])
        #expect(due[0].answer.relays.map(\.publicKey) == [text])
        let late = table.hitDeadlines(now: at(4_030_000))
        #expect(late.map(\.waiter) == [waiter(3)])
        #expect(late.map(\.answer.isComplete) == [false])
        #expect(Set(table.takeAbandoned()) == [first, unknown])
    }

    @Test func nonsenseIsNotAskedOfUpstream() {
        var table = table()
        let action = table.ask(["not a uuid", ""], waiter: waiter(1), now: at(0))
        guard case .answer(let answer) = action else {
            Issue.record("waits")
            return
        }
        #expect(answer.relays.map(\.publicKey) == [nil, nil])
        #expect(answer.isComplete)
    }

    @Test func withoutAnUpstreamNothingIsAsked() {
        var table = table(isUpstreamAsked: false)
        guard case .answer(let answer) = table.ask([first], waiter: waiter(1), now: at(0)) else {
            Issue.record("waits")
            return
        }
        #expect(answer.relays.map(\.publicKey) == [nil])
    }

    @Test func memoryIsBounded() {
        var table = RelayKeyTable(settings: .init(relaysMax: 100), statics: [])
        for number in 0..<1000 {
            let digits = String(repeating: "0", count: 12 - String(number).count) + "\(number)"
            let id = "00000000-0000-0000-0000-\(digits)"
            _ = table.ask([id], waiter: waiter(UInt64(number)), now: at(0))
            _ = table.fetchCompleted([relay(id, text)], now: at(Int64(number)))
        }
        #expect(table.knownCount <= 100)
        #expect(table.waiterCount == 0)
    }

    @Test func bothFormsOfTheAnswerAreRead() throws {
        let today = """
            {"public_keys":{"\(first)":null},
             "relays":{"\(first)":{"publicKey":"\(text)","internal":true}}}
            """
        #expect(
            try RelayKeysQuery.read(Array(today.utf8), relayIDs: [first, second])
                == [
                    RelayPublicKey(relayID: first, publicKey: text, isInternal: true),
                    RelayPublicKey(relayID: second, publicKey: nil, isInternal: false),
                ])
        let old = "{\"public_keys\":{\"\(first)\":\"\(text)\",\"\(second)\":\"short\"}}"
        #expect(
            try RelayKeysQuery.read(Array(old.utf8), relayIDs: [first, second])
                .map(\.publicKey) == [text, nil])
        #expect(throws: UpstreamAnswerError.self) {
            try RelayKeysQuery.read(Array("{}".utf8), relayIDs: [first])
        }
        #expect(
            String(decoding: RelayKeysQuery.body(relayIDs: [first]), as: UTF8.self)
                == "{\"relay_ids\":[\"\(first)\"]}")
    }
}
