/// What happened at the front door since the start.
struct FrontDoorCounters: Hashable {
    var connectionsAccepted = 0
    var requestsMalformed = 0
    var requestsTimedOut = 0
    /// Answers by their status.
    private(set) var answersByStatus: [UInt16: Int] = [:]
    /// Envelopes that were refused before their body was read; reasons are ours, and few.
    private(set) var refusedByReason: [String: Int] = [:]

    mutating func answered(_ status: UInt16) {
        answersByStatus[status, default: 0] += 1
    }

    mutating func refused(_ reason: String) {
        refusedByReason[reason, default: 0] += 1
    }
}
