/// `releases`: releases by globs.
struct ReleaseFilter: Sendable {
    let globs: GlobList

    var isActive: Bool { !globs.isEmpty }

    func matches(_ event: some EventView, _ scratch: inout [UInt8]) throws(Unsure) -> Bool {
        guard isActive, let release = try event.release() else { return false }
        return globs.matches(release, &scratch)
    }
}
