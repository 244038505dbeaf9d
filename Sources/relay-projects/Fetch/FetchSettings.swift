import Model

/// What the batcher goes by.
public struct FetchSettings: Hashable, Sendable {
    /// `cache.batch_interval`: keys wanted within this time go out in one request.
    public var batchInterval: Duration
    /// `cache.batch_size`: most keys in one request, at least 1.
    public var batchSize: Int
    /// `limits.max_concurrent_queries`: most requests at a time, at least 1.
    public var concurrencyMax: Int
    /// `limits.query_timeout`: a request without an answer for so long is given up.
    public var queryTimeout: Duration
    /// `http.retry_delay`: the first pause after upstream was found away.
    public var retryDelay: Duration
    /// `http.max_retry_interval`: the longest pause.
    public var retryIntervalMax: Duration
    /// The longest pause upstream may ask for by `Retry-After`.
    public var retryAfterMax: Duration
    /// The longest pause before a single key is asked again.
    public var pendingIntervalMax: Duration

    /// Settings with the defaults of the configuration.
    public init(
        batchInterval: Duration = .milliseconds(100), batchSize: Int = 500,
        concurrencyMax: Int = 5, queryTimeout: Duration = .seconds(30),
        retryDelay: Duration = .seconds(1), retryIntervalMax: Duration = .seconds(60),
        retryAfterMax: Duration = .seconds(300), pendingIntervalMax: Duration = .seconds(10)
    ) {
        self.batchInterval = batchInterval
        self.batchSize = max(1, batchSize)
        self.concurrencyMax = max(1, concurrencyMax)
        self.queryTimeout = queryTimeout
        self.retryDelay = retryDelay
        self.retryIntervalMax = retryIntervalMax
        self.retryAfterMax = retryAfterMax
        self.pendingIntervalMax = pendingIntervalMax
    }
}

/// What a batcher did so far.
public struct FetchCounts: Hashable, Sendable {
    /// Requests sent, and the keys in them.
    public var sent = 0
    public var keysSent = 0
    /// Requests answered and failed.
    public var answered = 0
    public var failed = 0
    /// Keys that upstream was still computing, each time it said so.
    public var pending = 0
}

/// A first-in-first-out queue that also takes back what was taken, in amortised constant time.
struct FetchQueue<Element> {
    private var front: [Element] = []
    private var back: [Element] = []
    private var head = 0

    /// Elements in the queue.
    var count: Int { front.count + back.count - head }
    /// Whether nothing is in the queue.
    var isEmpty: Bool { front.isEmpty && head == back.count }

    /// Adds an element at the end.
    mutating func append(_ element: Element) {
        back.append(element)
    }

    /// Puts elements before all others, keeping their order.
    mutating func prepend(_ elements: [Element]) {
        front.append(contentsOf: elements.reversed())
    }

    /// Keeps only the elements that fulfil a condition, in O(n).
    mutating func keepOnly(_ isKept: (Element) -> Bool) {
        back = Array(back[head...].lazy.filter(isKept))
        front = front.filter(isKept)
        head = 0
    }

    /// Takes the first element.
    mutating func popFirst() -> Element? {
        if let element = front.popLast() { return element }
        guard head < back.count else { return nil }
        let element = back[head]
        head += 1
        if head == back.count {
            back.removeAll(keepingCapacity: back.capacity <= 4096)
            head = 0
        } else if head >= 1024, head * 2 >= back.count {
            back.removeFirst(head)
            head = 0
        }
        return element
    }
}
