import NIOHTTP1

/// The head of a request after the checks that keep its framing unambiguous. A head that two parsers
/// could read differently is refused here, since behind a proxy it would let one client write into
/// another's connection.
struct RequestHead {
    let method: HTTPMethod
    let target: RequestTarget
    /// HTTP/1.0 clients need to be told when their connection is kept.
    let isVersion10: Bool
    /// Whether the client wants to keep the connection.
    let isKeepAlive: Bool
    /// How the body is framed.
    let framing: Framing
    /// Whether the client waits for `100 Continue` before it sends the body.
    let expectsContinue: Bool
    /// The fields endpoints look at.
    let fields: RequestFields
    /// All fields, for forwarding.
    let headers: HTTPHeaders

    /// How a body is framed.
    enum Framing: Hashable {
        case none
        case length(Int)
        case chunked

        var hasBody: Bool {
            switch self {
            case .none, .length(0): false
            default: true
            }
        }
    }

    /// Why a head is refused.
    struct Refusal: Error, Hashable {
        var status: UInt16
        var detail: String
    }

    /// Checks a head.
    init(_ head: HTTPRequestHead) throws(Refusal) {
        guard head.version == .http1_1 || head.version == .http1_0 else {
            throw Refusal(status: 505, detail: "HTTP version not supported")
        }
        isVersion10 = head.version == .http1_0
        let fields = try RequestFields(head.headers)
        framing = try Self.framing(fields, isVersion10: isVersion10)
        guard fields.hostCount == 1 || fields.hostCount == 0 && isVersion10 else {
            throw Refusal(status: 400, detail: "exactly one host header is required")
        }
        if let host = fields.host, !Self.isHost(host) {
            throw Refusal(status: 400, detail: "malformed host header")
        }
        do {
            target = try RequestTarget(head.uri)
        } catch {
            throw Refusal(status: 400, detail: "malformed request target")
        }
        switch fields.expect?.lowercased() {
        case nil: expectsContinue = false
        case "100-continue": expectsContinue = !isVersion10 && framing.hasBody
        default: throw Refusal(status: 417, detail: "unknown expectation")
        }
        method = head.method
        // An upgrade is not offered; bytes behind such a request would be of another protocol.
        isKeepAlive = head.isKeepAlive && !fields.isUpgrade && method != .CONNECT
        headers = head.headers
        self.fields = fields
    }

    private static func framing(
        _ fields: RequestFields, isVersion10: Bool
    ) throws(Refusal) -> Framing {
        if fields.transferEncodingCount > 0 {
            guard fields.contentLengthCount == 0 else {
                throw Refusal(
                    status: 400, detail: "both transfer-encoding and content-length are given")
            }
            guard fields.transferEncodingCount == 1, !isVersion10,
                fields.transferEncoding?.lowercased() == "chunked"
            else {
                throw Refusal(status: 400, detail: "transfer-encoding must be exactly chunked")
            }
            return .chunked
        }
        guard fields.contentLengthCount <= 1 else {
            throw Refusal(status: 400, detail: "more than one content-length header")
        }
        guard let text = fields.contentLength else { return .none }
        guard !text.isEmpty, text.utf8.count <= 18,
            text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let length = Int(text)
        else { throw Refusal(status: 400, detail: "malformed content-length") }
        return .length(length)
    }

    /// Host names, addresses, brackets and ports; nothing that could pass for something else.
    private static func isHost(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"),
                UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "%"), UInt8(ascii: "~"),
                UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&")...UInt8(ascii: "+"),
                UInt8(ascii: ";"), UInt8(ascii: "="):
                true
            default: false
            }
        }
    }
}

/// The header fields that matter, picked in one pass.
struct RequestFields {
    var host: String?
    var hostCount = 0
    var contentLength: String?
    var contentLengthCount = 0
    var transferEncoding: String?
    var transferEncodingCount = 0
    var expect: String?
    var isUpgrade = false
    var contentType: String?
    /// The type of `Content-Type` without parameters, in lower case.
    var mediaType: String?
    /// All lines of `Content-Encoding` in order.
    var contentEncodings: [String] = []
    var sentryAuth: String?
    var authorization: String?
    var origin: String?
    var referer: String?
    var userAgent: String?
    /// All lines of `X-Forwarded-For` in order.
    var forwardedFor: [String] = []
    var relayID: String?
    var relaySignature: String?

    /// Picks the fields and refuses lines that a lenient parser might have let through.
    init(_ headers: HTTPHeaders) throws(RequestHead.Refusal) {
        for (name, value) in headers {
            guard HeaderValue.isToken(name) else {
                throw RequestHead.Refusal(status: 400, detail: "malformed header name")
            }
            guard HeaderValue.isClean(value) else {
                throw RequestHead.Refusal(status: 400, detail: "malformed header value")
            }
            pick(name, value)
        }
    }

    private mutating func pick(_ name: String, _ value: String) {
        // The length decides for most fields without a comparison.
        switch name.utf8.count {
        case 4 where name.isField("host"):
            host = value
            hostCount += 1
        case 6:
            if name.isField("expect") {
                expect = value
            } else if name.isField("origin") {
                origin = origin ?? value
            }
        case 7:
            if name.isField("upgrade") {
                isUpgrade = true
            } else if name.isField("referer") {
                referer = referer ?? value
            }
        case 10 where name.isField("user-agent"):
            userAgent = userAgent ?? value
        case 12 where name.isField("content-type"):
            if contentType == nil {
                contentType = value
                mediaType = Self.mediaType(value)
            }
        case 13:
            if name.isField("x-sentry-auth") {
                sentryAuth = sentryAuth ?? value
            } else if name.isField("authorization") {
                authorization = authorization ?? value
            }
        case 14 where name.isField("content-length"):
            contentLength = value
            contentLengthCount += 1
        case 15 where name.isField("x-forwarded-for"):
            forwardedFor.append(value)
        case 16 where name.isField("content-encoding"):
            contentEncodings.append(value)
        case 17:
            if name.isField("transfer-encoding") {
                transferEncoding = value
                transferEncodingCount += 1
            } else if name.isField("x-sentry-relay-id") {
                relayID = relayID ?? value
            }
        case 24 where name.isField("x-sentry-relay-signature"):
            relaySignature = relaySignature ?? value
        default: break
        }
    }

    /// The type before the parameters, without blanks, in lower case.
    private static func mediaType(_ contentType: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(contentType.utf8.count)
        for byte in contentType.utf8 {
            switch byte {
            case UInt8(ascii: ";"): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: " "), UInt8(ascii: "\t"): break
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): bytes.append(byte | 0x20)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `Origin`, or else `Referer`, when it is a web page's.
    var webOrigin: String? {
        for candidate in [origin, referer] {
            if let candidate, candidate.hasPrefix("http://") || candidate.hasPrefix("https://") {
                return candidate
            }
        }
        return nil
    }
}

extension String {
    /// Whether this is the header name `field`, which is given in lower case.
    fileprivate func isField(_ field: StaticString) -> Bool {
        var name = self
        return name.withUTF8 { bytes in
            guard bytes.count == field.utf8CodeUnitCount else { return false }
            for position in 0..<bytes.count {
                let byte = bytes[position]
                let lower =
                    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
                if lower != field.utf8Start[position] { return false }
            }
            return true
        }
    }
}
