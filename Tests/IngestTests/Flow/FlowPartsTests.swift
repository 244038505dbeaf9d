import Model
import Testing
import Wire

@testable import RelayIngest

private func milliseconds(_ value: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: value * 1_000_000)
}

func sampleMeta(
    key: String = "0123456789abcdef0123456789abcdef", project: UInt64? = 42
) -> RequestMeta {
    RequestMeta(
        projectKey: ProjectKey(key) ?? ProjectKey(high: 0, low: 0),
        projectID: project.map { ProjectID(rawValue: $0) }, protocolVersion: 7,
        client: "test/1.0", origin: "https://app.example", remoteAddress: "192.0.2.1",
        forwardedFor: "203.0.113.7, 192.0.2.1", clientAddress: "203.0.113.7",
        userAgent: "agent/9", receivedAt: WallTime(microseconds: 0))
}

func sampleEnvelope(_ payloads: [(ItemType, String)], id: EventID? = nil) -> Envelope {
    Envelope(
        header: EnvelopeHeader(eventID: id),
        items: payloads.map { EnvelopeItem(type: $0.0, payload: ArraySlice($0.1.utf8)) })
}

func sampleAccepted(
    _ payloads: [(ItemType, String)], id: EventID? = nil,
    limits: [RateLimitAnswer] = [], meta: RequestMeta = sampleMeta(),
    receivedAt: MonotonicTime = MonotonicTime(nanoseconds: 0)
) -> AcceptedEnvelope {
    AcceptedEnvelope(
        id: id, meta: meta, sentAt: nil, envelope: sampleEnvelope(payloads, id: id),
        rateLimits: limits, receivedAt: receivedAt)
}

@Suite("Accept store in memory") struct MemoryAcceptStoreTests {
    @Test("Keeps, replaces and removes; counts its bytes")
    func keeping() throws {
        let store = MemoryAcceptStore(bytesMax: 10_000, countMax: nil)
        let ticket = try store.append(sampleAccepted([(.event, "{}")]))
        #expect(store.read(ticket)?.envelope.items.count == 1)
        let before = store.bytes
        store.replace(
            ticket, with: sampleEnvelope([(.event, String(repeating: "a", count: 102))]))
        #expect(store.bytes == before + 100)
        store.acknowledge(ticket)
        store.acknowledge(ticket)
        #expect(store.read(ticket) == nil)
        #expect(store.bytes == 0)
        #expect(store.count == 0)
    }

    @Test("Full by bytes names the setting and its value, and has room again after it was emptied")
    func fullByBytes() throws {
        let store = MemoryAcceptStore(bytesMax: 6_000, countMax: nil)
        let body = String(repeating: "a", count: 900)
        let first = try store.append(sampleAccepted([(.event, body)]))
        _ = try store.append(sampleAccepted([(.event, "{}")]))
        let full = StoreFull(limitName: "cache.envelope_buffer_bytes", limit: 6_000)
        #expect(throws: full) { try store.append(sampleAccepted([(.event, body)])) }
        #expect(store.hasRoom == false)
        store.acknowledge(first)
        _ = try store.append(sampleAccepted([(.event, body)]))
        #expect(store.bytes <= 6_000)
    }

    @Test("Full by number; zero takes none")
    func fullByCount() throws {
        let store = MemoryAcceptStore(bytesMax: 1 << 20, countMax: 1)
        #expect(store.hasRoom)
        _ = try store.append(sampleAccepted([]))
        let full = StoreFull(limitName: "cache.envelope_buffer_size", limit: 1)
        #expect(throws: full) { try store.append(sampleAccepted([])) }
        #expect(store.hasRoom == false)
        let none = MemoryAcceptStore(bytesMax: 1 << 20, countMax: 0)
        #expect(throws: StoreFull.self) { try none.append(sampleAccepted([])) }
    }
}

@Suite("Capture store") struct CaptureStoreTests {
    private func id(_ number: UInt64) -> EventID { EventID(high: 0, low: number) }

    @Test("The latest events stay, by number and by bytes")
    func bounds() {
        var store = CaptureStore(countMax: 3, bytesMax: 100)
        for number in 1...5 { store.insert(.envelope([1, 2]), id: id(UInt64(number))) }
        #expect(store.count == 3)
        #expect(store[id(2)] == nil)
        #expect(store[id(3)] == .envelope([1, 2]))
        store.insert(.envelope([UInt8](repeating: 0, count: 99)), id: id(6))
        #expect(store.count == 1)
        #expect(store.bytes == 99)
        store.insert(.envelope([UInt8](repeating: 0, count: 101)), id: id(7))
        guard case .failed = store[id(7)] else {
            Issue.record("kept too much")
            return
        }
        #expect(store.bytes <= 100)
    }

    @Test("A failure never replaces an envelope; an envelope replaces anything")
    func replacing() {
        var store = CaptureStore()
        store.insert(.failed("no"), id: id(1))
        store.insert(.envelope([1]), id: id(1))
        store.insert(.failed("late"), id: id(1))
        #expect(store[id(1)] == .envelope([1]))
        #expect(store.count == 1)
        #expect(store.bytes == 1)
    }
}

@Suite("Delivery gate") struct DeliveryGateTests {
    private func gate() -> DeliveryGate {
        DeliveryGate(backoff: Backoff(initial: .seconds(1), max: .seconds(60)))
    }

    @Test("No connection closes it at once; one probe at a time; an answer opens it")
    func unreachable() {
        var generator = SeededGenerator(seed: 1)
        var gate = gate()
        #expect(gate.admit(now: milliseconds(0)) == true)
        #expect(gate.reported(.unreachable, now: milliseconds(0), using: &generator) == true)
        #expect(gate.admit(now: milliseconds(1)) == false)
        #expect(gate.isOpen == false)
        #expect(gate.admit(now: milliseconds(1_001)) == true)
        #expect(gate.admit(now: milliseconds(1_001)) == false)
        #expect(gate.reported(.failing, now: milliseconds(1_002), using: &generator) == false)
        #expect(gate.admit(now: milliseconds(1_003)) == false)
        #expect(gate.admit(now: milliseconds(3_000)) == true)
        #expect(gate.reported(.answered, now: milliseconds(3_001), using: &generator) == true)
        #expect(gate.isOpen)
        #expect(gate.nextDeadline == nil)
    }

    @Test("Failing answers close it after three in a row; good ones in between keep it open")
    func failing() {
        var generator = SeededGenerator(seed: 1)
        var gate = gate()
        for report in [DeliveryGate.Report.failing, .failing, .answered, .failing, .failing] {
            #expect(gate.reported(report, now: milliseconds(0), using: &generator) == false)
        }
        #expect(gate.isOpen)
        #expect(gate.reported(.failing, now: milliseconds(0), using: &generator) == true)
        #expect(gate.isOpen == false)
    }

    @Test("A hundred requests that fail together count once")
    func together() {
        var generator = SeededGenerator(seed: 1)
        var gate = gate()
        for _ in 0..<100 {
            _ = gate.reported(.unreachable, now: milliseconds(0), using: &generator)
        }
        #expect(gate.nextDeadline ?? milliseconds(9_999) <= milliseconds(1_000))
    }

    @Test("During an outage of an hour it probes about once a minute, jittered")
    func outage() {
        var generator = SeededGenerator(seed: 9)
        var gate = gate()
        _ = gate.reported(.unreachable, now: milliseconds(0), using: &generator)
        var times: [Int64] = []
        for now in stride(from: Int64(0), to: 3_600_000, by: 100)
        where gate.admit(now: milliseconds(now)) {
            times.append(now)
            _ = gate.reported(.unreachable, now: milliseconds(now), using: &generator)
        }
        #expect(times.count > 50 && times.count < 140)
        let gaps = zip(times.dropFirst(), times).map { $0 - $1 }.suffix(40).map(Double.init)
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let spread = gaps.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(gaps.count)
        #expect(spread.squareRoot() > mean * 0.1)
    }

    @Test("A probe that is withdrawn makes room for another")
    func withdrawn() {
        var generator = SeededGenerator(seed: 1)
        var gate = gate()
        _ = gate.reported(.unreachable, now: milliseconds(0), using: &generator)
        #expect(gate.admit(now: milliseconds(2_000)) == true)
        gate.withdrawn(now: milliseconds(2_000))
        #expect(gate.admit(now: milliseconds(2_000)) == true)
    }
}

@Suite("Waiting for states") struct KeyWaitersTests {
    private let key = ProjectKey(high: 1, low: 1)
    private func ticket(_ number: UInt64) -> StoreTicket { StoreTicket(rawValue: number) }

    @Test("One question per key, however many wait; waits grow; all are released together")
    func oneQuestion() {
        var generator = SeededGenerator(seed: 1)
        var waiters = KeyWaiters(backoff: Backoff(initial: .milliseconds(200)))
        let first = waiters.wait(ticket(1), for: key, using: &generator)
        #expect(first ?? .zero >= .milliseconds(100))
        #expect(waiters.wait(ticket(2), for: key, using: &generator) == nil)
        #expect(waiters.askDue(key) == true)
        #expect(waiters.askDue(key) == false)
        var longest = Duration.zero
        for _ in 0..<30 {
            longest = max(longest, waiters.askFailed(key, using: &generator) ?? .zero)
            #expect(waiters.askDue(key) == true)
        }
        #expect(longest > .seconds(30) && longest <= .seconds(60))
        #expect(waiters.release(key) == [ticket(1), ticket(2)])
        #expect(waiters.askDue(key) == false)
        #expect(waiters.askFailed(key, using: &generator) == nil)
    }

    @Test("Who is forgotten is not released; the last one takes the key along")
    func forgetting() {
        var generator = SeededGenerator(seed: 1)
        var waiters = KeyWaiters(backoff: Backoff())
        _ = waiters.wait(ticket(1), for: key, using: &generator)
        _ = waiters.wait(ticket(2), for: key, using: &generator)
        waiters.forget(ticket(1), key: key)
        #expect(waiters.releaseAll() == [ticket(2)])
        _ = waiters.wait(ticket(3), for: key, using: &generator)
        waiters.forget(ticket(3), key: key)
        #expect(waiters.keyCount == 0)
    }
}

@Suite("Project states by revision") struct ProjectStateTableTests {
    @Test("Bounded by number and bytes; the oldest make room; revision 0 is never kept")
    func bounds() {
        var table = ProjectStateTable(countMax: 2, bytesMax: 10)
        func insert(_ revision: UInt64, bytes: Int) {
            table.insert(
                ProjectStateTable.Entry(
                    projectID: nil, state: [UInt8](repeating: 0, count: bytes)),
                revision: revision)
        }
        insert(0, bytes: 1)
        #expect(table.count == 0)
        for revision in UInt64(1)...3 { insert(revision, bytes: 2) }
        #expect(table[1] == nil)
        #expect(table[2] != nil)
        insert(4, bytes: 9)
        #expect(table.count == 1)
        #expect(table.bytes == 9)
        insert(5, bytes: 11)
        #expect(table[5] == nil)
    }
}

@Suite("Verdicts used again") struct VerdictCacheTests {
    private func question(_ key: UInt64, origin: String? = nil) -> GetEventAction {
        GetEventAction(
            projectKey: ProjectKey(high: 0, low: key), projectID: nil, origin: origin,
            freshness: .cached)
    }

    private func answer(
        _ verdict: EventActionVerdict = .accept, revision: UInt64 = 1,
        limits: [RateLimitAnswer] = []
    ) -> EventActionAnswer {
        EventActionAnswer(
            verdict: verdict, rateLimits: limits, revision: revision, projectID: nil)
    }

    @Test("Plain acceptance is used again for a second, for the same question only")
    func lifetime() {
        var cache = VerdictCache()
        cache.insert(answer(), to: question(1, origin: "a"), now: milliseconds(0))
        #expect(cache.answer(to: question(1, origin: "a"), now: milliseconds(999)) == answer())
        #expect(cache.answer(to: question(1, origin: "a"), now: milliseconds(1_000)) == nil)
        #expect(cache.answer(to: question(1, origin: "b"), now: milliseconds(1)) == nil)
        #expect(cache.answer(to: question(2, origin: "a"), now: milliseconds(1)) == nil)
        var bypassing = question(1, origin: "a")
        bypassing.isCacheBypassed = true
        #expect(cache.answer(to: bypassing, now: milliseconds(1)) == nil)
    }

    @Test("Refusals, limits and unknown states are never kept, and end what was kept")
    func onlyAcceptance() {
        let limit = RateLimitAnswer(
            scope: .key, categories: DataCategories(.error), reasonCode: nil,
            remaining: .seconds(1))
        for other in [
            answer(.discard(.cors)), answer(.retryAfter, limits: [limit]),
            answer(limits: [limit]), answer(revision: 0),
        ] {
            var cache = VerdictCache()
            cache.insert(answer(), to: question(1), now: milliseconds(0))
            cache.insert(other, to: question(1), now: milliseconds(0))
            #expect(cache.answer(to: question(1), now: milliseconds(0)) == nil)
        }
    }

    @Test("A limit upon a key forgets its verdicts; the number is bounded")
    func forgetting() {
        var cache = VerdictCache(countMax: 3)
        cache.insert(answer(), to: question(1), now: milliseconds(0))
        cache.insert(answer(), to: question(2), now: milliseconds(0))
        cache.forget(ProjectKey(high: 0, low: 1))
        #expect(cache.answer(to: question(1), now: milliseconds(0)) == nil)
        #expect(cache.answer(to: question(2), now: milliseconds(0)) != nil)
        for key in UInt64(10)...100 {
            cache.insert(answer(), to: question(key), now: milliseconds(500))
            #expect(cache.count <= 3)
        }
    }
}
