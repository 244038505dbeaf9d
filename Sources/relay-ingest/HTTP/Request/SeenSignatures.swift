import DequeModule
import Model

/// Signatures of relays that have been accepted: each is good for one request only, so that a request
/// that was overheard gets no answer while its time stamp is still fresh. The header that is signed
/// states microseconds, and a relay signs each attempt anew.
///
/// Bounded: beyond `countMax` the oldest are forgotten before their time. Only signatures that
/// verified get here, so nobody but a known relay can fill it.
struct SeenSignatures {
    /// Longer than any signature is accepted: the whole of its window.
    static let memory = Duration.seconds(361)

    /// The first 16 characters, 96 bits that nobody can choose: a signature begins with a point of the
    /// curve, and has one spelling only.
    private typealias Mark = SIMD16<UInt8>

    let countMax: Int
    private var seen: Set<Mark> = []
    private var order = Deque<(mark: Mark, forgottenAt: MonotonicTime)>()

    init(countMax: Int = 65_536) {
        self.countMax = max(1, countMax)
    }

    /// Signatures that are remembered.
    var count: Int { seen.count }

    /// Remembers a signature that has been verified. False when it was used before.
    mutating func isFirstUse(_ signature: String, now: MonotonicTime) -> Bool {
        while let oldest = order.first, oldest.forgottenAt <= now { forgetOldest() }
        var mark = Mark()
        for (position, byte) in signature.utf8.prefix(Mark.scalarCount).enumerated() {
            mark[position] = byte
        }
        guard seen.insert(mark).inserted else { return false }
        if order.count >= countMax { forgetOldest() }
        order.append((mark, now + Self.memory))
        return true
    }

    private mutating func forgetOldest() {
        if let oldest = order.popFirst() { seen.remove(oldest.mark) }
    }
}
