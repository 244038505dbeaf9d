/// Bounds the request bodies that are in memory at the same time, over all connections. What an
/// accepted envelope needs afterwards is bounded by the accept store.
final class BodyBudget {
    /// Most bytes at any moment.
    var bytesMax: Int
    /// Bytes in use.
    private(set) var bytesUsed = 0

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Takes bytes; false when there is no room, and then nothing is taken.
    func take(_ bytes: Int) -> Bool {
        guard bytes <= bytesMax - bytesUsed else { return false }
        bytesUsed += bytes
        return true
    }

    /// Gives bytes back.
    func give(_ bytes: Int) {
        bytesUsed = max(0, bytesUsed - bytes)
    }
}
