import Model
import NIOCore

/// Collects changes of last good states and writes them in groups, away from the event loop.
final class StoreWriter {
    private let thread: SerialThread<LastGoodStore>
    private var changes: [ProjectKey: LastGoodStore.Change] = [:]
    private var bytes = 0
    /// When the collected changes are to be written.
    private(set) var flushAt: MonotonicTime?

    /// How long changes are collected.
    static let interval = Duration.seconds(1)
    /// Bytes of states that are collected at most before they are written at once.
    static let bytesMax = 16 << 20

    /// Starts the thread of a store.
    init(_ store: LastGoodStore, eventLoop: any EventLoop) {
        thread = SerialThread(store, eventLoop: eventLoop)
    }

    /// Opens the file; answers which keys are in it.
    func open(completion: @escaping (Set<ProjectKey>) -> Void) {
        thread.call({ store in store.load() }, completion: completion)
    }

    /// Reads one state, after what is still to be written has been.
    func read(
        _ key: ProjectKey, completion: @escaping (LastGoodStore.Loaded?) -> Void
    ) {
        if changes[key] != nil { flush { _ in } }
        thread.call({ store in store.load(key) }, completion: completion)
    }

    /// Notes a change.
    func add(_ change: LastGoodStore.Change, of key: ProjectKey, now: MonotonicTime) {
        if case .touch = change, let before = changes[key] {
            if case .touch = before { changes[key] = change }
            return
        }
        if case .save(let state, _, _) = change { bytes += state.count }
        changes[key] = change
        let due = bytes >= Self.bytesMax ? now : now + Self.interval
        flushAt = flushAt.map { min($0, due) } ?? due
    }

    /// Writes what was collected.
    ///
    /// - Parameter completion: gets the keys that had to make room.
    func flush(completion: @escaping ([ProjectKey]) -> Void) {
        flushAt = nil
        let group = changes.map { ($0.key, $0.value) }
        changes = [:]
        bytes = 0
        guard !group.isEmpty else { return completion([]) }
        thread.call({ store in store.write(group) }, completion: completion)
    }

    /// Writes what was collected, closes the file and ends the thread.
    func close(completion: @escaping () -> Void) {
        flush { [thread] _ in
            thread.call({ store in store.close() }) {
                thread.stop()
                completion()
            }
        }
    }
}
