import NIOCore
import NIOHTTP1

/// Which queue a request waits in when all connections are busy. Queries go first: an envelope can
/// wait in the accept store, a project state keeps many envelopes waiting.
public enum UpstreamPriority: UInt8, Sendable, CaseIterable {
    /// Registration and project states.
    case query = 0
    /// Envelopes and forwarded requests.
    case envelope = 1
}

/// One request to the upstream.
public struct UpstreamRequest {
    /// The method; `CONNECT` and `TRACE` are refused.
    public var method: HTTPMethod
    /// Path and query in origin form, percent-encoded, e.g. `/api/42/envelope/`.
    public var path: String
    /// Headers of the caller. `Host`, `Content-Length` and the hop-by-hop ones are the client's own
    /// and left out; so is `Content-Encoding` when the client compresses.
    public var headers: HTTPHeaders
    /// The body before compression; always sent with a Content-Length.
    public var body: ByteBuffer
    /// Whether the body is compressed as `http.encoding` says. False sends it as it is and keeps the
    /// caller's Content-Encoding (forwarded requests).
    public var isCompressed: Bool
    /// The queue it waits in.
    public var priority: UpstreamPriority
    /// From sending until the whole response is there; nil is 12 times `http.timeout`, and longer for
    /// large bodies. The response's head must come within `http.timeout` in any case.
    public var timeout: Duration?
    /// Whether the request may be sent again, once, when a kept-alive connection turns out to be dead
    /// before a byte of a response has come. False takes a fresh connection to begin with.
    public var isRepeatable: Bool
    /// The largest response body that is read, in bytes.
    public var responseBytesMax: Int

    /// A request with its common defaults.
    public init(
        method: HTTPMethod, path: String, headers: HTTPHeaders = [:], body: ByteBuffer = .init(),
        isCompressed: Bool = true, priority: UpstreamPriority = .envelope,
        timeout: Duration? = nil, isRepeatable: Bool = true, responseBytesMax: Int = 1 << 20
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.isCompressed = isCompressed
        self.priority = priority
        self.timeout = timeout
        self.isRepeatable = isRepeatable
        self.responseBytesMax = responseBytesMax
    }
}

/// The upstream's answer, whatever its status.
public struct UpstreamResponse: Sendable {
    public var status: HTTPResponseStatus
    public var headers: HTTPHeaders
    /// The body as it came (not decompressed).
    public var body: ByteBuffer

    /// A response from its parts.
    public init(status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Why there is no answer.
public enum UpstreamError: Error, Hashable, Sendable {
    /// The name of the upstream does not resolve (now); the detail is the resolver's.
    case nameResolution(String)
    /// No connection: refused, unreachable, or over `http.connection_timeout`.
    case connect(String)
    /// The TLS handshake failed, e.g. because the certificate is not trusted.
    case tls(String)
    /// No (complete) answer in time.
    case timeout
    /// The connection ended before the answer was complete.
    case reset
    /// The answer is not HTTP/1.1.
    case protocolViolation(String)
    /// The answer's body is larger than the request allows.
    case responseTooLarge(bytesMax: Int)
    /// Too many requests wait already.
    case queueFull(limit: Int)
    /// The request cannot be sent as it is: a path or header with forbidden bytes.
    case invalidRequest(String)
    /// The client is shutting down.
    case shutDown

    /// Whether the network or the upstream is to blame, so that another try may succeed.
    public var isRetryable: Bool {
        switch self {
        case .nameResolution, .connect, .tls, .timeout, .reset, .protocolViolation, .queueFull:
            true
        case .responseTooLarge, .invalidRequest, .shutDown:
            false
        }
    }
}
