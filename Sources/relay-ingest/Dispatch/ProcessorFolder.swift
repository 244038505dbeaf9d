import Glibc
import Logging
import NIOCore
import NIOPosix

/// Watches the folder of processor sockets: scaling is starting or stopping a processor. Notices
/// changes by inotify, and by looking every few seconds where inotify is not to be had.
final class ProcessorFolder {
    /// Sockets beyond this many are ignored.
    static let socketsMax = 256
    static let rescanInterval = TimeAmount.seconds(2)

    private let path: String
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let changed: (Set<String>) -> Void
    private var watch: (any Channel)?
    private var rescan: Scheduled<Void>?
    private var known: Set<String> = []
    private var isScanScheduled = false
    private var isStopped = false

    /// - Parameter changed: called with the file names of all sockets whenever they have changed.
    init(
        path: String, eventLoop: any EventLoop, logger: Logger,
        changed: @escaping (Set<String>) -> Void
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
        rescan = eventLoop.assumeIsolated().scheduleTask(in: Self.rescanInterval) { [weak self] in
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
        let events = UInt32(
            IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE_SELF | IN_ATTRIB)
        guard inotify_add_watch(descriptor, path, events) >= 0 else {
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
                    channel.closeFuture.assumeIsolated().whenComplete { _ in
                        bound.value.watch = nil
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
        let found = Self.sockets(in: path)
        guard found != known else { return }
        known = found
        changed(found)
    }

    /// The names of all sockets in a folder that end in `.sock`.
    static func sockets(in path: String) -> Set<String> {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: Set<String> = []
        while let entry = readdir(folder), names.count < socketsMax {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(".sock") else { continue }
            var status = stat()
            guard lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
                continue
            }
            names.insert(name)
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
