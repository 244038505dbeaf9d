import Config
import Model
import NIOCore
import NIOHTTP1
import Upstream

/// Every other `/api/` request is the upstream's: passed on as it is, with the client's address added,
/// and never retried.
extension FrontDoor {
    /// Reads the body if there is one.
    func beginForward(_ exchange: Exchange) {
        guard settings.isForwarding else {
            exchange.answer(.notFound)
            return
        }
        guard !ForwardRules.hasEncodedControl(exchange.head.target.path) else {
            exchange.answer(.failure(400, "malformed request target"))
            return
        }
        if exchange.head.framing.hasBody {
            // The body passes through compressed or not, as it came.
            exchange.receiveBody(
                BodyPlan(
                    limit: ForwardRules.limit(exchange.head.target.path, settings.limits),
                    formats: []))
        } else {
            finishForward(exchange, [])
        }
    }

    /// Sends the request on and answers with the upstream's answer.
    /// - Parameter isDecoded: the body is not compressed any more.
    func finishForward(_ exchange: Exchange, _ body: [UInt8], isDecoded: Bool = false) {
        let head = exchange.head
        var path = head.target.path
        if let query = head.target.query { path += "?" + query }
        var headers = ForwardRules.requestHeaders(head.headers)
        if isDecoded { headers.remove(name: "content-encoding") }
        var addresses = head.fields.forwardedFor
        if let peer = exchange.connection?.remoteAddress { addresses.append(peer) }
        if !addresses.isEmpty {
            headers.replaceOrAdd(name: "x-forwarded-for", value: addresses.joined(separator: ", "))
        }
        let request = UpstreamRequest(
            method: head.method, path: path, headers: headers, body: ByteBuffer(bytes: body),
            isCompressed: false, isRepeatable: ForwardRules.isRepeatable(head.method),
            responseBytesMax: settings.limits.maxAPIPayloadSize)
        flow.forward(request) { result in
            switch result {
            case .success(let response): exchange.answer(ForwardRules.answer(response, head.method))
            case .failure(let error): exchange.answer(ForwardRules.answer(error))
            }
        }
    }
}

/// What is passed on and what is not.
enum ForwardRules {
    /// Fields that belong to one connection (RFC 9110 §7.6.1).
    private static let hopByHop: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]
    /// Fields that the upstream client or the answer writer makes anew.
    private static let requestFields: Set<String> = ["host", "content-length", "expect"]
    private static let answerFields: Set<String> = [
        "content-length", "content-type", "server", "date",
    ]

    /// The setting that bounds a request's body, by its path.
    static func limit(_ path: String, _ limits: RelayConfig.Limits) -> BodyLimit {
        let segments = path.split(separator: "/")
        // /api/0/projects/{org}/{project}/releases/{version}/files/ and …/dsyms/
        if segments.count == 8, segments[2] == "projects", segments[5] == "releases",
            segments[7] == "files" || segments[7] == "dsyms"
        {
            return BodyLimit(
                settingName: "max_api_file_upload_size", bytes: limits.maxAPIFileUploadSize)
        }
        if segments.count == 7, segments[2] == "projects", segments[5] == "files",
            segments[6] == "dsyms"
        {
            return BodyLimit(
                settingName: "max_api_file_upload_size", bytes: limits.maxAPIFileUploadSize)
        }
        // /api/0/organizations/{org}/chunk-upload/
        if segments.count == 5, segments[2] == "organizations", segments[4] == "chunk-upload" {
            return BodyLimit(
                settingName: "max_api_chunk_upload_size", bytes: limits.maxAPIChunkUploadSize)
        }
        return BodyLimit(settingName: "max_api_payload_size", bytes: limits.maxAPIPayloadSize)
    }

    /// Whether a path has encoded control characters: no path needs one, and an upstream that decodes
    /// before it writes a log or a request of its own would write lines of the client's.
    static func hasEncodedControl(_ path: String) -> Bool {
        PercentEncoding.decode(Array(path.utf8), plusIsSpace: false)
            .contains { $0 < 0x20 || $0 == 0x7f }
    }

    /// Whether it does no harm when upstream gets the request twice, because the connection it was
    /// sent on had ended already (RFC 9110 §9.2.2).
    static func isRepeatable(_ method: HTTPMethod) -> Bool {
        switch method {
        case .GET, .HEAD, .OPTIONS, .PUT, .DELETE: true
        default: false
        }
    }

    /// The client's fields without those of the connection.
    static func requestHeaders(_ headers: HTTPHeaders) -> HTTPHeaders {
        let dropped = named(headers).union(hopByHop).union(requestFields)
        return HTTPHeaders(headers.filter { !dropped.contains($0.name.lowercased()) })
    }

    /// Fields that `Connection` declares to be the connection's.
    private static func named(_ headers: HTTPHeaders) -> Set<String> {
        Set(headers[canonicalForm: "connection"].map { $0.lowercased() })
    }

    /// The upstream's answer.
    static func answer(_ response: UpstreamResponse, _ method: HTTPMethod) -> Answer {
        let dropped = named(response.headers).union(hopByHop).union(answerFields)
        var answer = Answer(status: UInt16(clamping: response.status.code))
        for (name, value) in response.headers {
            let lower = name.lowercased()
            if lower == "content-type", HeaderValue.isClean(value) { answer.contentType = value }
            if dropped.contains(lower) || !HeaderValue.isToken(name) || !HeaderValue.isClean(value)
            {
                continue
            }
            answer.headers.append((name: lower, value: value))
        }
        answer.body = .buffer(response.body)
        if method == .HEAD, let length = response.headers.first(name: "content-length") {
            answer.statedBodyBytes = Int(length)
        }
        return answer
    }

    /// Why there is none.
    static func answer(_ error: UpstreamError) -> Answer {
        switch error {
        case .timeout: .failure(504, "upstream did not answer in time")
        case .responseTooLarge(let bytesMax):
            .failure(
                413, "upstream's answer is too large",
                causes: ["it exceeds limits.max_api_payload_size of \(bytesMax) bytes"])
        case .invalidRequest: .failure(400, "the request cannot be forwarded")
        case .queueFull(let limit):
            .failure(
                503, "too many requests wait for the upstream",
                causes: ["\(limit) requests are waiting"]
            ).with("retry-after", "1")
        case .shutDown: .failure(503, "shutting down").with("retry-after", "1")
        case .nameResolution: .failure(502, "upstream's name does not resolve")
        case .connect: .failure(502, "upstream cannot be reached")
        case .tls: .failure(502, "no secure connection to upstream")
        case .reset: .failure(502, "upstream closed the connection")
        case .protocolViolation: .failure(502, "upstream's answer is malformed")
        }
    }
}
