/// `errorMessages`: messages by globs; of exceptions `type: value`, or the one that is there.
struct ErrorMessageFilter: Sendable {
    let globs: GlobList

    var isActive: Bool { !globs.isEmpty }

    func matches(
        _ event: some EventView, _ arena: TextArena, _ scratch: inout [UInt8]
    ) throws(Unsure) -> Bool {
        guard isActive else { return false }
        if let message = try event.message(), globs.matches(message, &scratch) { return true }
        for index in 0..<(try event.exceptionCount()) {
            guard let exception = try event.exception(index) else { continue }
            if globs.matches(arena.joined(exception), &scratch) { return true }
        }
        return false
    }
}
