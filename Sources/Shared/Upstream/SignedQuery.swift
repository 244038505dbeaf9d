import JSON
import Model
import NIOCore
import NIOHTTP1
import Signing

/// Whatever carries requests to the upstream: `UpstreamClient`, or a stand-in in tests.
public protocol UpstreamTransport: AnyObject {
    /// Sends a request; `completion` is called once, on the event loop, possibly at once.
    func send(
        _ request: UpstreamRequest,
        completion: @escaping (Result<UpstreamResponse, UpstreamError>) -> Void)
}

extension UpstreamClient: UpstreamTransport {}

/// Who this relay is, towards its upstream.
public struct RelayIdentity: Sendable {
    /// Hyphenated UUID.
    public var relayID: String
    public var key: SigningKey

    /// An identity.
    public init(relayID: String, key: SigningKey) {
        self.relayID = relayID
        self.key = key
    }
}

/// A signed question to the upstream, e.g. for project states: a POST of JSON.
public struct SignedQuery: Sendable {
    public var path: String
    /// The JSON that is signed and sent as it is, never compressed.
    public var body: [UInt8]
    /// The largest answer that is read, in bytes.
    public var answerBytesMax: Int
    /// For the whole exchange; nil is the client's `http.timeout`.
    public var timeout: Duration?

    /// A question.
    public init(path: String, body: [UInt8], answerBytesMax: Int, timeout: Duration? = nil) {
        self.path = path
        self.body = body
        self.answerBytesMax = answerBytesMax
        self.timeout = timeout
    }

    /// The request, signed now.
    public func request(
        by identity: RelayIdentity, at time: WallTime
    ) throws(SigningError) -> UpstreamRequest {
        let signature = try identity.key.signature(of: body, at: time)
        let headers: HTTPHeaders = [
            "Content-Type": "application/json",
            "X-Sentry-Relay-Id": identity.relayID,
            "X-Sentry-Relay-Signature": signature,
        ]
        return UpstreamRequest(
            method: .POST, path: path, headers: headers, body: ByteBuffer(bytes: body),
            isCompressed: false, priority: .query, timeout: timeout,
            responseBytesMax: answerBytesMax)
    }
}

/// What became of a signed question.
public enum SignedQueryResult: Sendable {
    /// 2xx.
    case answered([UInt8])
    case failed(SignedQueryFailure)
}

/// Why a signed question has no answer.
public enum SignedQueryFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing came back.
    case unreachable(String)
    /// 502, 503, 504 or 429: upstream takes no questions now.
    case unavailable(status: Int, retryAfter: Duration?)
    /// 401, or 403 without `{"relay":"stop"}`: our signature or registration is not accepted.
    case unauthorized(status: Int)
    /// 403 with `{"relay":"stop"}`: upstream wants nothing of this relay, for good.
    case denied
    /// Any other status, or an answer that is larger than allowed.
    case refused(String)

    /// Whether upstream or the way to it is in trouble, whatever was asked.
    public var isNetworkFailure: Bool {
        switch self {
        case .unreachable: true
        case .unavailable(let status, _): status != 429
        case .unauthorized, .denied, .refused: false
        }
    }

    /// A phrase for the log.
    public var description: String {
        switch self {
        case .unreachable(let reason): reason
        case .unavailable(let status, _): "status \(status)"
        case .unauthorized(let status): "status \(status): signature or registration not accepted"
        case .denied: "status 403: this relay is not wanted (relay: stop)"
        case .refused(let reason): reason
        }
    }

    /// The HTTP status, when there was one.
    public var status: Int? {
        switch self {
        case .unavailable(let status, _), .unauthorized(let status): status
        case .denied: 403
        case .unreachable, .refused: nil
        }
    }
}

extension SignedQueryResult {
    /// Reads a response of the upstream.
    public init(
        _ result: Result<UpstreamResponse, UpstreamError>, wallNow: WallTime
    ) {
        switch result {
        case .failure(.responseTooLarge(let bytesMax)):
            self = .failed(.refused("answer over the limit of \(bytesMax) bytes"))
        case .failure(.invalidRequest(let reason)):
            self = .failed(.refused("request not sent: \(reason)"))
        case .failure(let error):
            self = .failed(.unreachable(Self.phrase(error)))
        case .success(let response):
            let status = Int(response.status.code)
            switch status {
            case 200..<300:
                self = .answered(Array(response.body.readableBytesView))
            case 429, 502, 503, 504:
                let retryAfter = response.headers.first(name: "Retry-After")
                    .flatMap { RetryAfter.parse($0, wallNow: wallNow) }
                self = .failed(.unavailable(status: status, retryAfter: retryAfter))
            case 403 where Self.saysStop(response.body):
                self = .failed(.denied)
            case 401, 403:
                self = .failed(.unauthorized(status: status))
            default:
                self = .failed(.refused("status \(status)"))
            }
        }
    }

    private static func phrase(_ error: UpstreamError) -> String {
        switch error {
        case .nameResolution(let detail): "the name does not resolve: \(detail)"
        case .connect(let detail): "no connection: \(detail)"
        case .tls(let detail): "TLS failed: \(detail)"
        case .timeout: "no answer in time"
        case .reset: "the connection ended before the answer"
        case .protocolViolation(let detail): "the answer is not HTTP/1.1: \(detail)"
        case .queueFull(let limit): "\(limit) requests wait already"
        case .shutDown: "shutting down"
        case .responseTooLarge, .invalidRequest: "request not possible"
        }
    }

    /// Whether an error body says `{"relay":"stop"}`.
    private static func saysStop(_ body: ByteBuffer) -> Bool {
        guard body.readableBytes <= 1 << 16,
            let value = try? JSONValue(parsing: Array(body.readableBytesView))
        else { return false }
        return value["relay"]?.stringValue == "stop"
    }
}
