import Logging
import NIOCore
import NIOHTTP1

/// The HTTP/1.1 client for the one upstream: lives on one event loop and must only be used there.
public final class UpstreamClient {
    private let eventLoop: any EventLoop

    /// A client on the loop.
    public init(eventLoop: any EventLoop, logger: Logger) {
        self.eventLoop = eventLoop
    }

    /// Sends a request; `completion` is called once, on the loop, possibly before this returns.
    public func send(
        _ request: UpstreamRequest,
        completion: @escaping (Result<UpstreamResponse, UpstreamError>) -> Void
    ) {
        completion(.failure(.shutDown))
    }
}
