import Compression
import NIOCore
import NIOHTTP1

/// A request on its way and whoever waits for the answer.
final class UpstreamExchange {
    let head: HTTPRequestHead
    /// The body as it is sent.
    let body: ByteBuffer
    let isRepeatable: Bool
    let responseBytesMax: Int
    /// Longest time from sending to the end of the response.
    let timeout: Duration
    private let completion: (Result<UpstreamResponse, UpstreamError>) -> Void

    /// Whether it has been sent a second time already.
    var isRepeated = false

    init(
        head: HTTPRequestHead, body: ByteBuffer, isRepeatable: Bool, responseBytesMax: Int,
        timeout: Duration,
        completion: @escaping (Result<UpstreamResponse, UpstreamError>) -> Void
    ) {
        self.head = head
        self.body = body
        self.isRepeatable = isRepeatable
        self.responseBytesMax = responseBytesMax
        self.timeout = timeout
        self.completion = completion
    }

    func complete(_ result: Result<UpstreamResponse, UpstreamError>) {
        completion(result)
    }
}

/// Turns requests into what is sent.
struct UpstreamRequestBuilder {
    let settings: UpstreamSettings
    private let compressor: Compressor?

    init(settings: UpstreamSettings) {
        self.settings = settings
        compressor = settings.encoding.map { Compressor($0) }
    }

    /// Bytes per second that a slow uplink must manage, for bodies that take longer than the
    /// response's time-out.
    static let uploadBytesPerSecondMin = 64 << 10

    func exchange(
        _ request: UpstreamRequest,
        completion: @escaping (Result<UpstreamResponse, UpstreamError>) -> Void
    ) -> UpstreamExchange {
        var headers = HTTPHeaders()
        headers.reserveCapacity(16)
        headers.add(name: "Host", value: settings.hostHeader)
        let compressed = request.isCompressed ? compress(request.body) : nil
        for (name, value) in request.headers
        where !Self.isOwn(name, isCompressed: compressed != nil) {
            headers.add(name: name, value: value)
        }
        let body = compressed ?? request.body
        if compressed != nil, let encoding = settings.encoding {
            headers.add(name: "Content-Encoding", value: encoding.token)
        }
        if body.readableBytes > 0 || request.method.usuallyHasBody {
            headers.add(name: "Content-Length", value: String(body.readableBytes))
        }
        return UpstreamExchange(
            head: HTTPRequestHead(
                version: .http1_1, method: request.method, uri: request.path, headers: headers),
            body: body, isRepeatable: request.isRepeatable,
            responseBytesMax: request.responseBytesMax,
            timeout: request.timeout
                ?? settings.responseTimeout * 12
                + .seconds(body.readableBytes / Self.uploadBytesPerSecondMin),
            completion: completion)
    }

    private func compress(_ body: ByteBuffer) -> ByteBuffer? {
        guard let compressor, body.readableBytes > 0 else { return nil }
        let bound = compressor.outputBytesBound(inputBytes: body.readableBytes)
        guard bound > 0 else { return nil }
        var output = ByteBuffer()
        var isDone = false
        body.withUnsafeReadableBytes { input in
            _ = output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { target in
                guard let count = compressor.compress(input, into: target) else { return 0 }
                isDone = true
                return count
            }
        }
        return isDone ? output : nil
    }

    /// Headers that the client writes itself or that belong to one hop.
    static func isOwn(_ name: String, isCompressed: Bool) -> Bool {
        let own: StaticString
        switch name.utf8.count {
        case 2: own = "te"
        case 4: own = "host"
        case 6: own = "expect"
        case 7: return name.isSame("upgrade") || name.isSame("trailer")
        case 10: return name.isSame("connection") || name.isSame("keep-alive")
        case 14: own = "content-length"
        case 16:
            return name.isSame("proxy-connection")
                || isCompressed && name.isSame("content-encoding")
        case 17: own = "transfer-encoding"
        case 18: own = "proxy-authenticate"
        case 19: own = "proxy-authorization"
        default: return false
        }
        return name.isSame(own)
    }
}

extension String {
    /// Whether the text equals a lower-case literal, letters of either case.
    func isSame(_ lowercased: StaticString) -> Bool {
        guard utf8.count == lowercased.utf8CodeUnitCount else { return false }
        var literal = lowercased.utf8Start
        for byte in utf8 {
            let lowered =
                byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
            if lowered != literal.pointee { return false }
            literal += 1
        }
        return true
    }
}

extension HTTPMethod {
    /// Whether a missing body is worth a `Content-Length: 0`.
    fileprivate var usuallyHasBody: Bool {
        switch self {
        case .POST, .PUT, .PATCH: true
        default: false
        }
    }
}
