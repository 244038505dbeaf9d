import Model
import Wire

/// One request from its head to its answer. Endpoints hold on to it while they wait; once the
/// request has been answered or its connection is gone, their calls have no effect.
final class Exchange {
    let head: RequestHead
    let route: Route
    /// When the head was complete.
    let receivedAt: MonotonicTime
    /// The sender, once authenticated (ingestion routes).
    var meta: RequestMeta?
    /// Limits in force that do not cover everything (ingestion routes).
    var rateLimits: [RateLimitAnswer] = []
    /// Collects the body once an endpoint wants it.
    var receiver: BodyReceiver?
    /// The connection; nil when the exchange is over.
    var connection: Connection?

    init(head: RequestHead, route: Route, receivedAt: MonotonicTime, connection: Connection) {
        self.head = head
        self.route = route
        self.receivedAt = receivedAt
        self.connection = connection
    }

    /// Sends the answer; the first one counts.
    func answer(_ answer: Answer) {
        var answer = answer
        if route.isCORS { answer.isCORS = true }
        connection?.send(answer, for: self)
    }

    /// Reads the body; `FrontDoor.finish` is called with it.
    func receiveBody(_ plan: BodyPlan) {
        connection?.receiveBody(plan, for: self)
    }
}
