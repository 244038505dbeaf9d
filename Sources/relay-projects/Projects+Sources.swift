import Logging
import Model
import NIOCore
import Upstream
import Wire

extension Projects {
    // MARK: Local files

    /// Looks at the folder once, on its thread, and plans the next look.
    func lookAtLocalFiles(completion: @escaping () -> Void) {
        nextLocalLook = nil
        localThread.call({ reader in reader.look() }) { [weak self] changes in
            guard let self else { return }
            take(changes)
            nextLocalLook = clocks.now() + settings.fileInterval
            settle()
            completion()
        }
    }

    private func take(_ changes: LocalProjectPoller.Changes) {
        let now = clocks.now()
        for (key, snapshot) in changes.states {
            deliver(table.localChanged(key, snapshot, now: now))
            if snapshot != nil { batcher.cancel(key) }
        }
        for notice in changes.notices { log(notice) }
    }

    private func log(_ notice: LocalProjectPoller.Notice) {
        var metadata: Logger.Metadata = ["folder": .string(settings.localDirectory)]
        switch notice {
        case .problem(let name, let problem, let isOldStateKept):
            counters.localProblems += 1
            metadata["file"] = .string(name)
            metadata["reason"] = .string(problem.reason)
            if isOldStateKept {
                logger.error(
                    "local project file not usable; its last good state stays in use",
                    metadata: metadata)
            } else {
                logger.warning("local project file not used", metadata: metadata)
            }
        case .loaded(let name, let keys):
            metadata["file"] = .string(name)
            metadata["keys"] = .stringConvertible(keys)
            logger.info("local project file loaded", metadata: metadata)
        case .removed(let name):
            metadata["file"] = .string(name)
            logger.notice("local project file removed", metadata: metadata)
        case .folderUnreadable(let reason):
            metadata["reason"] = .string(reason)
            logger.error(
                "the folder of local project files cannot be read; all states stay in use",
                metadata: metadata)
        }
    }

    // MARK: Last good states

    /// Opens the file of the last good states, where the mode keeps any.
    func openStore(completion: @escaping () -> Void) {
        guard let path = settings.storePath else { return completion() }
        let logger = logger
        let store = LastGoodStore(path: path) { notice in Self.log(notice, logger) }
        let writer = StoreWriter(store, eventLoop: eventLoop)
        self.store = writer
        writer.open { [weak self] keys in
            for key in keys { self?.table.storeChanged(key, isStored: true) }
            completion()
        }
    }

    /// Reads the last good state of a key.
    func loadState(of key: ProjectKey) {
        guard let store else {
            loaded(key, nil)
            return
        }
        store.read(key) { [weak self] in
            self?.loaded(key, $0)
            self?.settle()
        }
    }

    private func loaded(_ key: ProjectKey, _ loaded: LastGoodStore.Loaded?) {
        let now = clocks.now()
        var age: Duration?
        if let loaded {
            counters.statesLoaded += 1
            let (microseconds, overflow) = clocks.wallNow().microseconds
                .subtractingReportingOverflow(loaded.confirmedAt.microseconds)
            // Confirmed in the future: the clock was set, so the age is not known.
            if !overflow, microseconds >= 0 { age = .microseconds(microseconds) }
        }
        let completion = table.loaded(key, loaded?.snapshot, age: age, now: now)
        deliver(completion.resumptions)
        fulfil(completion.need, key, now: now)
    }

    /// Lets the disk follow what upstream said.
    func keep(
        _ change: StoreChange, _ snapshot: ProjectSnapshot?, key: ProjectKey, now: MonotonicTime
    ) {
        guard let store else { return }
        switch (change, snapshot) {
        case (.save, let snapshot?):
            table.storeChanged(key, isStored: true)
            store.add(
                .save(
                    bytes: snapshot.bytes, projectID: snapshot.projectID,
                    confirmedAt: clocks.wallNow()),
                of: key, now: now)
        case (.touch, _):
            store.add(.touch(confirmedAt: clocks.wallNow()), of: key, now: now)
        case (.delete, _):
            guard table.isStored(key) else { return }
            table.storeChanged(key, isStored: false)
            store.add(.delete, of: key, now: now)
        case (.none, _), (.save, nil):
            break
        }
    }

    /// Writes what was collected.
    func flushStore() {
        store?.flush { [weak self] dropped in
            for key in dropped { self?.table.storeChanged(key, isStored: false) }
        }
    }

    /// Writes what was collected and closes the file.
    func closeStore(completion: @escaping () -> Void) {
        guard let store else { return completion() }
        store.close(completion: completion)
    }

    private static func log(_ notice: LastGoodStore.Notice, _ logger: Logger) {
        switch notice {
        case .setAside(let path, let keptAs, let reason):
            logger.error(
                "the file of last good project states was damaged; a new one was begun",
                metadata: [
                    "file": .string(path), "kept_as": .string(keptAs),
                    "reason": .string(reason),
                ])
        case .unusable(let path, let reason):
            logger.error(
                "last good project states cannot be kept: a restart forgets them",
                metadata: ["file": .string(path), "reason": .string(reason)])
        case .damagedState(let key):
            logger.error(
                "a last good project state was damaged and is dropped",
                metadata: ["project_key": .stringConvertible(key)])
        }
    }
}
