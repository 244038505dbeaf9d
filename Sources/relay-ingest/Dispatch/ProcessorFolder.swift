import Glibc
import Logging
import NIOCore
import NIOPosix

/// Watches the folder of processor sockets: scaling is starting or stopping a processor. Notices
/// changes by inotify, and by looking now and then, more often where inotify is not to be had.
final class ProcessorFolder {
    /// Tells a socket file from another one of the same name, and from itself after its owner or
    /// mode was set: either may make a connection possible that was not.
    struct Identity: Hashable {
        var inode: UInt64
        var changedSeconds: Int
        var changedNanoseconds: Int
    }

    /// Sockets beyond this many are ignored.
    static let socketsMax = 256
    static let rescanInterval = TimeAmount.seconds(2)
    /// The same while inotify tells of changes.
    static let rescanIntervalWatched = TimeAmount.seconds(30)

    private let path: String
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let changed: (_ names: Set<String>, _ renewed: Set<String>) -> Void
    private var watch: (any Channel)?
    private var rescan: Scheduled<Void>?
    /// What inotify reads from while `watch` is open.
    private var watchDescriptor: Int32 = -1
    private var known: [String: Identity] = [:]
    private var isScanScheduled = false
    private var isStopped = false

    /// - Parameter changed: called whenever sockets have changed, with the file names of all, and of
    ///   those that are new or other files than before.
    init(
        path: String, eventLoop: any EventLoop, logger: Logger,
        changed: @escaping (_ names: Set<String>, _ renewed: Set<String>) -> Void
    ) {
        self.path = path
        self.eventLoop = eventLoop
        self.logger = logger
        self.changed = changed
    }

    /// Looks once and starts to watch. A folder that does not exist yet is waited for.
    func start() {
        scan()
        watchFolder()
        scheduleRescan()
    }

    private func scheduleRescan() {
        let interval = watch == nil ? Self.rescanInterval : Self.rescanIntervalWatched
        rescan = eventLoop.assumeIsolated().scheduleTask(in: interval) { [weak self] in
            guard let self, !self.isStopped else { return }
            self.scan()
            if self.watch == nil { self.watchFolder() }
            self.scheduleRescan()
        }
    }

    func stop() {
        isStopped = true
        rescan?.cancel()
        rescan = nil
        watch?.close(promise: nil)
        watch = nil
    }

    private func watchFolder() {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { return }
        guard addWatches(descriptor) else {
            close(descriptor)
            return
        }
        let handler = NIOLoopBound(
            FolderEventHandler { [weak self] in self?.scheduleScan() }, eventLoop: eventLoop)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        NIOPipeBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel):
                    if bound.value.isStopped {
                        channel.close(promise: nil)
                        return
                    }
                    bound.value.watch = channel
                    bound.value.watchDescriptor = descriptor
                    channel.closeFuture.assumeIsolated().whenComplete { _ in
                        bound.value.watch = nil
                        bound.value.watchDescriptor = -1
                    }
                    // What happened between the first look and the watch.
                    bound.value.scan()
                case .failure(let error):
                    close(descriptor)
                    bound.value.logger.debug(
                        "folder cannot be watched, looking regularly instead",
                        metadata: ["folder": "\(bound.value.path)", "error": "\(error)"])
                }
            }
    }

    /// Watches the folder, and the one above in case the folder comes later or is made anew. Adding a
    /// watch that is there already changes nothing. False when neither exists.
    private func addWatches(_ descriptor: Int32) -> Bool {
        let events = UInt32(
            IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE_SELF | IN_ATTRIB)
        let folder = inotify_add_watch(descriptor, path, events)
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            return folder >= 0
        }
        let above = inotify_add_watch(
            descriptor, String(path[..<slash]), UInt32(IN_CREATE | IN_MOVED_TO | IN_DELETE))
        return folder >= 0 || above >= 0
    }

    /// Many events come at once: one look for all.
    private func scheduleScan() {
        guard !isScanScheduled else { return }
        isScanScheduled = true
        eventLoop.assumeIsolated().execute { [weak self] in
            self?.isScanScheduled = false
            self?.scan()
        }
    }

    private func scan() {
        guard !isStopped else { return }
        if watchDescriptor >= 0 { _ = addWatches(watchDescriptor) }
        let found = Self.sockets(in: path)
        guard found != known else { return }
        let renewed = found.filter { known[$0.key] != $0.value }
        known = found
        changed(Set(found.keys), Set(renewed.keys))
    }

    /// All sockets in a folder whose names end in `.sock`.
    static func sockets(in path: String) -> [String: Identity] {
        guard let folder = opendir(path) else { return [:] }
        defer { closedir(folder) }
        var names: [String: Identity] = [:]
        while let entry = readdir(folder), names.count < socketsMax {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(".sock") else { continue }
            var status = stat()
            guard lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
                continue
            }
            names[name] = Identity(
                inode: UInt64(status.st_ino), changedSeconds: status.st_ctim.tv_sec,
                changedNanoseconds: status.st_ctim.tv_nsec)
        }
        return names
    }
}

/// Tells that something was read from inotify; what, the next look finds out.
private final class FolderEventHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let noticed: () -> Void

    init(noticed: @escaping () -> Void) {
        self.noticed = noticed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        noticed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
