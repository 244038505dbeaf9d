import Model

/// The poller with its folder: one look at a time, on a thread that may block.
public struct LocalProjectsReader {
    private let directory: DirectoryReader
    private var poller: LocalProjectPoller

    /// A reader of `<configuration>/projects`.
    public init(path: String, limits: LocalProjectPoller.Limits = .init()) {
        directory = DirectoryReader(path: path, fileBytesMax: limits.fileBytesMax)
        poller = LocalProjectPoller(limits: limits)
    }

    /// Files with a usable state.
    public var projectCount: Int { poller.projectCount }

    /// Looks at the folder. Blocks while the disk does.
    public mutating func look() -> LocalProjectPoller.Changes {
        let listing: LocalListing
        do {
            listing = try directory.list()
        } catch {
            return poller.folderUnreadable(reason: error.reason)
        }
        for name in poller.listed(listing) {
            let (identity, content) = directory.read(name)
            poller.read(name, identity: identity, content: content)
        }
        return poller.finish()
    }
}
