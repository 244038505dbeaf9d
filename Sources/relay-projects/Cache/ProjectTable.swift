import Model
import Wire

/// All project objects (the original's `ProjectCache` actor), bounded.
///
/// Objects with a state and objects without one have separate bounds and separate orders of use, so
/// that a flood of made-up keys costs a fixed amount of memory and harms no real project. An object
/// for which somebody waits is never forgotten; when only such objects are left, new keys are
/// answered at once with what is known, which is nothing.
public struct ProjectTable {
    /// Where states of keys without a local file come from.
    public enum Source {
        /// From upstream (managed mode).
        case upstream
        /// From nowhere: every such key gets this answer (static, proxy and capture mode).
        case constant(ProjectSnapshot)
    }

    /// An effect of a forgotten object on the surroundings.
    public struct Eviction: Hashable, Sendable {
        public var key: ProjectKey
        /// Upstream was being asked for it.
        public var wasFetching: Bool
    }

    private enum Shelf: Int {
        /// No state: pending, misses, malformed.
        case unknown = 0
        /// With a state from upstream or disk.
        case known = 1
        /// From a local file: not evicted, the poller bounds them.
        case local = 2
    }

    private struct Slot {
        var machine: ProjectStateMachine
        var lastUsed: MonotonicTime
        var shelf: Shelf
        var byteCount = 0
        /// Neighbours in the order of use on the shelf; -1 is none.
        var newer = -1
        var older = -1
        /// The deadline that is in the heap for this object.
        var armed: MonotonicTime?
    }

    private struct Order {
        var newest = -1
        var oldest = -1
        var count = 0
        var byteCount = 0
    }

    public let settings: CacheSettings
    /// The answer for keys without a local file, where upstream is not asked.
    private let constant: ProjectSnapshot?
    private var slots: [Slot] = []
    private var free: [Int] = []
    private var positions: [ProjectKey: Int] = [:]
    private var shelves = [Order(), Order(), Order()]
    private var deadlines = DeadlineHeap<ProjectKey>()
    private var evictions: [Eviction] = []
    /// Keys of which the disk has a last good state.
    private var storedKeys: Set<ProjectKey> = []

    /// Questions waiting, over all keys.
    public private(set) var waiterCount = 0

    /// A table without objects.
    public init(settings: CacheSettings, source: Source, storedKeys: Set<ProjectKey> = []) {
        self.settings = settings
        switch source {
        case .upstream: constant = nil
        case .constant(let snapshot): constant = snapshot
        }
        self.storedKeys = storedKeys
    }

    /// Objects with a state, from upstream, disk or files.
    public var knownCount: Int {
        shelves[Shelf.known.rawValue].count + shelves[Shelf.local.rawValue].count
    }
    /// Objects without a state.
    public var unknownCount: Int { shelves[Shelf.unknown.rawValue].count }
    /// Bytes of the states held (local files not counted).
    public var stateByteCount: Int { shelves[Shelf.known.rawValue].byteCount }
    /// Entries of the heap of deadlines, those without meaning included.
    var deadlineCount: Int { deadlines.count }
    /// The earliest instant at which somebody's time may be up.
    public var nextDeadline: MonotonicTime? { deadlines.next }

    /// Objects that were forgotten since the last call.
    public mutating func takeEvictions() -> [Eviction] {
        defer { evictions.removeAll(keepingCapacity: false) }
        return evictions
    }

    /// Whether the disk keeps a state of the key.
    public func isStored(_ key: ProjectKey) -> Bool { storedKeys.contains(key) }

    // MARK: Questions

    /// `GetProject`: creates the object, and names the project when it is known.
    public mutating func getProject(
        _ key: ProjectKey, now: MonotonicTime
    ) -> (answer: ProjectID?, need: FetchNeed) {
        let waiter = WaiterID(link: 0, request: 0)
        let action = ask(
            key, .state, freshness: .cached, isCacheBypassed: false, waiter: waiter, now: now)
        guard case .answer(.state(let answer), let need) = action else { return (nil, .none) }
        return (answer.projectID, need)
    }

    /// `GetProjectKeys`: per project the key with a usable state that was asked for last. One pass over all
    /// objects, since only relays of 2019 ask by number.
    public func keys(of projectIDs: [ProjectID]) -> [ProjectKey?] {
        var best: [ProjectID: Int] = [:]
        let wanted = Set(projectIDs)
        for position in positions.values where slots[position].machine.hasState {
            guard let id = slots[position].machine.projectID, wanted.contains(id) else { continue }
            let rival = best[id]
            if rival.map({ slots[$0].lastUsed < slots[position].lastUsed }) ?? true {
                best[id] = position
            }
        }
        return projectIDs.map { id in best[id].map { slots[$0].machine.key } }
    }

    /// `GetProjectState` and `GetEventAction`.
    public mutating func ask(
        _ key: ProjectKey, _ question: ProjectQuestion, freshness: StateFreshness,
        isCacheBypassed: Bool, waiter: WaiterID, now: MonotonicTime
    ) -> AskAction {
        if let constant, positions[key] == nil {
            let reply = ProjectReply(
                question: question, key: key, snapshot: constant, isStale: false,
                rateLimits: RateLimitTable(), now: now)
            return .answer(reply, .none)
        }
        guard let position = position(creating: key, now: now) else {
            return .answer(ProjectReply(pending: question, now: now), .none)
        }
        let mayWait = waiterCount < settings.waitersMax
        let before = slots[position].machine.waiterCount
        let action = slots[position].machine.ask(
            question, freshness: mayWait ? freshness : .cached,
            isCacheBypassed: isCacheBypassed, waiter: waiter, constant: constant,
            settings: settings, now: now)
        waiterCount += slots[position].machine.waiterCount - before
        settle(position, now: now)
        if case .wait = action { arm(position) }
        return action
    }

    /// `UpdateRateLimits`.
    public mutating func updateRateLimits(
        _ key: ProjectKey, _ limits: [RateLimitAnswer], now: MonotonicTime
    ) {
        guard !limits.isEmpty, let position = position(creating: key, now: now) else { return }
        slots[position].machine.updateRateLimits(limits, settings: settings, now: now)
    }

    // MARK: What upstream, disk and files say

    /// Upstream answered for a key.
    public mutating func fetchCompleted(
        _ key: ProjectKey, _ fetched: ProjectStateMachine.Fetched, now: MonotonicTime
    ) -> ProjectCompletion {
        change(key, now: now) { machine, settings in
            machine.fetchCompleted(fetched, settings: settings, now: now)
        }
    }

    /// An attempt for a key failed, or upstream is still computing its state.
    public mutating func fetchFailed(_ key: ProjectKey, now: MonotonicTime) -> [Resumption] {
        change(key, now: now) { machine, _ in
            ProjectCompletion(resumptions: machine.fetchFailed(now: now))
        }.resumptions
    }

    /// The disk answered for a key.
    public mutating func loaded(
        _ key: ProjectKey, _ snapshot: ProjectSnapshot?, age: Duration?, now: MonotonicTime
    ) -> ProjectCompletion {
        if snapshot == nil { storedKeys.remove(key) }
        let completion = change(key, now: now) { machine, settings in
            machine.loaded(snapshot, age: age, settings: settings, now: now)
        }
        if let position = positions[key] { arm(position) }
        return completion
    }

    /// The disk keeps (no longer keeps) a state of the key.
    public mutating func storeChanged(_ key: ProjectKey, isStored: Bool) {
        if isStored { storedKeys.insert(key) } else { storedKeys.remove(key) }
    }

    /// A local file has (no longer has) the key.
    public mutating func localChanged(
        _ key: ProjectKey, _ snapshot: ProjectSnapshot?, now: MonotonicTime
    ) -> [Resumption] {
        if let snapshot {
            let position =
                positions[key]
                ?? insert(key, isStored: false, now: now)
            return change(at: position, now: now) { machine, _ in
                ProjectCompletion(
                    resumptions: machine.localChanged(snapshot, isStored: false, now: now))
            }.resumptions
        }
        let isStored = storedKeys.contains(key)
        return change(key, now: now) { machine, _ in
            ProjectCompletion(resumptions: machine.localChanged(nil, isStored: isStored, now: now))
        }.resumptions
    }

    // MARK: Time

    /// Answers everybody whose time is up.
    public mutating func hitDeadlines(now: MonotonicTime) -> [Resumption] {
        var due: [Resumption] = []
        while let key = deadlines.pop(dueAt: now) {
            guard let position = positions[key], let armed = slots[position].armed, armed <= now
            else { continue }
            slots[position].armed = nil
            due +=
                change(at: position, now: now) { machine, _ in
                    ProjectCompletion(resumptions: machine.hitDeadline(now: now))
                }.resumptions
            arm(position)
        }
        return due
    }

    /// Forgets objects that nobody asked for during `settings.idleTime`.
    public mutating func evictIdle(now: MonotonicTime) {
        for shelf in [Shelf.unknown, .known] {
            var position = shelves[shelf.rawValue].oldest
            while position >= 0, slots[position].lastUsed + settings.idleTime <= now {
                let next = slots[position].newer
                if slots[position].machine.isIdle(now: now) { remove(position) }
                position = next
            }
        }
    }

    /// Answers everybody with what is known: the process is leaving.
    public mutating func drain(now: MonotonicTime) -> [Resumption] {
        var due: [Resumption] = []
        for position in positions.values where slots[position].machine.waiterCount > 0 {
            due += slots[position].machine.drain(now: now)
        }
        waiterCount = 0
        return due
    }
}

// MARK: - Objects

extension ProjectTable {
    /// The object of a key, made when there is none; nil when all places are taken by objects for
    /// which somebody waits.
    private mutating func position(creating key: ProjectKey, now: MonotonicTime) -> Int? {
        if let position = positions[key] {
            touch(position, now: now)
            return position
        }
        if shelves[Shelf.unknown.rawValue].count >= settings.unknownKeysMax,
            !evictOldest(on: .unknown, now: now)
        {
            return nil
        }
        return insert(key, isStored: storedKeys.contains(key), now: now)
    }

    private mutating func insert(_ key: ProjectKey, isStored: Bool, now: MonotonicTime) -> Int {
        let slot = Slot(
            machine: ProjectStateMachine(key: key, isStored: isStored), lastUsed: now,
            shelf: .unknown)
        let position: Int
        if let reused = free.popLast() {
            position = reused
            slots[position] = slot
        } else {
            position = slots.count
            slots.append(slot)
        }
        positions[key] = position
        link(position)
        return position
    }

    private mutating func remove(_ position: Int) {
        let slot = slots[position]
        unlink(position)
        positions[slot.machine.key] = nil
        evictions.append(Eviction(key: slot.machine.key, wasFetching: slot.machine.isFetching))
        slots[position].machine = ProjectStateMachine(key: slot.machine.key, isStored: false)
        slots[position].armed = nil
        free.append(position)
    }

    /// Forgets the least recently used object that is not waited for. Looks at a bounded number of
    /// them: those waited for are rarely old.
    private mutating func evictOldest(on shelf: Shelf, now: MonotonicTime) -> Bool {
        var position = shelves[shelf.rawValue].oldest
        var looks = 0
        while position >= 0, looks < 64 {
            if slots[position].machine.waiterCount == 0 {
                remove(position)
                return true
            }
            let next = slots[position].newer
            // Waited for, hence in use: out of the way of the next search.
            touch(position, now: slots[position].lastUsed)
            position = next
            looks += 1
        }
        return false
    }

    private mutating func change(
        _ key: ProjectKey, now: MonotonicTime,
        _ body: (inout ProjectStateMachine, CacheSettings) -> ProjectCompletion
    ) -> ProjectCompletion {
        guard let position = positions[key] else { return ProjectCompletion() }
        return change(at: position, now: now, body)
    }

    private mutating func change(
        at position: Int, now: MonotonicTime,
        _ body: (inout ProjectStateMachine, CacheSettings) -> ProjectCompletion
    ) -> ProjectCompletion {
        let before = slots[position].machine.waiterCount
        let completion = body(&slots[position].machine, settings)
        waiterCount += slots[position].machine.waiterCount - before
        settle(position, now: now)
        return completion
    }

    /// Puts an object on the shelf its state asks for, and keeps the bounds of that shelf.
    private mutating func settle(_ position: Int, now: MonotonicTime) {
        let machine = slots[position].machine
        let shelf: Shelf = machine.isLocal ? .local : machine.hasState ? .known : .unknown
        let byteCount = shelf == .known ? machine.stateByteCount : 0
        guard shelf != slots[position].shelf || byteCount != slots[position].byteCount else {
            return
        }
        unlink(position)
        slots[position].shelf = shelf
        slots[position].byteCount = byteCount
        link(position)
        guard shelf == .known else { return }
        while shelves[shelf.rawValue].count > 1,
            shelves[shelf.rawValue].count > settings.projectsMax
                || shelves[shelf.rawValue].byteCount > settings.stateBytesMax
        {
            guard shelves[shelf.rawValue].oldest != position, evictOldest(on: shelf, now: now)
            else { break }
        }
    }

    private mutating func arm(_ position: Int) {
        guard let deadline = slots[position].machine.nextDeadline else {
            slots[position].armed = nil
            return
        }
        if let armed = slots[position].armed, armed <= deadline { return }
        slots[position].armed = deadline
        deadlines.push(slots[position].machine.key, at: deadline)
        guard deadlines.count > 2 * positions.count + 1024 else { return }
        rebuildDeadlines()
    }

    /// Drops the deadlines of waiters that were answered before.
    private mutating func rebuildDeadlines() {
        deadlines.removeAll()
        for position in positions.values {
            slots[position].armed = slots[position].machine.nextDeadline
            guard let deadline = slots[position].armed else { continue }
            deadlines.push(slots[position].machine.key, at: deadline)
        }
    }

    // MARK: Order of use

    private mutating func touch(_ position: Int, now: MonotonicTime) {
        slots[position].lastUsed = max(slots[position].lastUsed, now)
        guard shelves[slots[position].shelf.rawValue].newest != position else { return }
        unlink(position)
        link(position)
    }

    private mutating func link(_ position: Int) {
        let shelf = slots[position].shelf.rawValue
        slots[position].older = shelves[shelf].newest
        slots[position].newer = -1
        if shelves[shelf].newest >= 0 { slots[shelves[shelf].newest].newer = position }
        shelves[shelf].newest = position
        if shelves[shelf].oldest < 0 { shelves[shelf].oldest = position }
        shelves[shelf].count += 1
        shelves[shelf].byteCount += slots[position].byteCount
    }

    private mutating func unlink(_ position: Int) {
        let shelf = slots[position].shelf.rawValue
        let (older, newer) = (slots[position].older, slots[position].newer)
        if older >= 0 { slots[older].newer = newer } else { shelves[shelf].oldest = newer }
        if newer >= 0 { slots[newer].older = older } else { shelves[shelf].newest = older }
        shelves[shelf].count -= 1
        shelves[shelf].byteCount -= slots[position].byteCount
    }
}
