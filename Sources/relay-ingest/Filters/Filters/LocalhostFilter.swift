/// `localhost`: events of applications that run on the developer's machine.
struct LocalhostFilter: Sendable {
    var isActive = false

    func matches(_ event: some EventView) throws(Unsure) -> Bool {
        guard isActive else { return false }
        return try event.isLocal()
    }
}
