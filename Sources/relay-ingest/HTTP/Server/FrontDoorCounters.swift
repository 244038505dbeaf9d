/// What happened at the front door since the start.
struct FrontDoorCounters: Hashable {
    var connectionsAccepted = 0
    var requestsMalformed = 0
    var requestsTimedOut = 0
    /// Answers by the first digit of their status.
    private(set) var answersByClass = [Int](repeating: 0, count: 6)

    mutating func answered(_ status: UInt16) {
        let position = Int(status / 100)
        if position < answersByClass.count { answersByClass[position] += 1 }
    }
}
