/// `ignoreTransactions`: transactions by globs of their names, health checks above all.
struct IgnoredTransactionFilter: Sendable {
    let globs: GlobList

    var isActive: Bool { !globs.isEmpty }

    func matches(_ event: some EventView, _ scratch: inout [UInt8]) throws(Unsure) -> Bool {
        guard isActive, try event.isTransaction(), let name = try event.transaction() else {
            return false
        }
        return globs.matches(name, &scratch)
    }
}
