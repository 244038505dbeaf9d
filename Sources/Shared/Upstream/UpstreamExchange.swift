import Compression
import NIOCore
import NIOHTTP1

/// A request on its way and whoever waits for the answer.
final class UpstreamExchange {
    /// The head as it is sent.
    let head: ByteBuffer
    /// Whether the response has no body whatever it says.
    let isHead: Bool
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
        head: ByteBuffer, isHead: Bool, body: ByteBuffer, isRepeatable: Bool, responseBytesMax: Int,
        timeout: Duration,
        completion: @escaping (Result<UpstreamResponse, UpstreamError>) -> Void
    ) {
        self.head = head
        self.isHead = isHead
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
        let compressed = request.isCompressed ? compress(request.body) : nil
        let body = compressed ?? request.body
        return UpstreamExchange(
            head: head(of: request, bodyBytes: body.readableBytes, isCompressed: compressed != nil),
            isHead: request.method == .HEAD, body: body, isRepeatable: request.isRepeatable,
            responseBytesMax: request.responseBytesMax,
            timeout: request.timeout
                ?? settings.responseTimeout * 12
                + .seconds(body.readableBytes / Self.uploadBytesPerSecondMin),
            completion: completion)
    }

    /// The head of a request. Every request has exactly one `Content-Length`, or none without a body.
    private func head(
        of request: UpstreamRequest, bodyBytes: Int, isCompressed: Bool
    ) -> ByteBuffer {
        // An array takes many short texts at less cost than a buffer.
        var head: [UInt8] = []
        head.reserveCapacity(1024)
        head.append(contentsOf: request.method.rawValue.utf8)
        head.append(UInt8(ascii: " "))
        head.append(contentsOf: request.path.utf8)
        head.append(contentsOf: " HTTP/1.1\r\n".utf8)
        func write(_ name: String, _ value: String) {
            head.append(contentsOf: name.utf8)
            head.append(contentsOf: ": ".utf8)
            head.append(contentsOf: value.utf8)
            head.append(contentsOf: "\r\n".utf8)
        }
        write("Host", settings.hostHeader)
        for (name, value) in request.headers where !Self.isOwn(name, isCompressed: isCompressed) {
            write(name, value)
        }
        if isCompressed, let encoding = settings.encoding {
            write("Content-Encoding", encoding.token)
        }
        if bodyBytes > 0 || request.method.usuallyHasBody {
            write("Content-Length", String(bodyBytes))
        }
        head.append(contentsOf: "\r\n".utf8)
        return ByteBuffer(bytes: head)
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
        var text = self
        return text.withUTF8 { bytes in
            for position in bytes.indices {
                let byte = bytes[position]
                let lowered =
                    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
                if lowered != lowercased.utf8Start[position] { return false }
            }
            return true
        }
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
