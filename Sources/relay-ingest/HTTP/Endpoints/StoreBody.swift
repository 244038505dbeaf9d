import Compression
import JSON
import Model

/// The body of the store endpoint in all forms SDKs of fifteen years have sent: JSON, base64 of JSON,
/// base64 of zlib of JSON, zlib or gzip without any header that says so, and each of them in the
/// form field `sentry_data`.
enum StoreBody {
    /// Makes an envelope of a bare event.
    /// - Parameter limit: bounds the decoded event at every step.
    static func read(
        _ body: [UInt8], _ exchange: Exchange, limit: BodyLimit, _ decompressor: BodyDecompressor,
        _ document: JSONDocument
    ) throws(SubmissionRefusal) -> Submission {
        var json = try decode(body, exchange, limit: limit, decompressor)
        guard json.count <= limit.bytes else { throw refusal(.tooLarge(limit)) }
        let event = try EventPeek.read(
            &json, isPython: isPython(exchange.meta?.client), document)
        let id = event.id ?? EventID.random()
        let item = EnvelopeItem(
            type: event.itemType, payload: json[...], contentType: Answer.jsonType)
        return Submission(
            id: id, envelope: Envelope(header: EnvelopeHeader(eventID: id), items: [item]))
    }

    /// Clients whose JSON may hold `NaN` and `Infinity`, as Python writes them.
    private static func isPython(_ client: String?) -> Bool {
        guard let client else { return false }
        return client.hasPrefix("raven-python/") || client.hasPrefix("sentry-python/")
            || client.hasPrefix("sentry.python/")
    }

    /// The JSON in a body.
    private static func decode(
        _ body: [UInt8], _ exchange: Exchange, limit: BodyLimit, _ decompressor: BodyDecompressor
    ) throws(SubmissionRefusal) -> [UInt8] {
        var bytes = body
        let isForm =
            exchange.head.fields.mediaType == "application/x-www-form-urlencoded"
            || body.starts(with: "sentry_data=".utf8)
        if case .pixel = exchange.route {
            bytes = FormEncoding.field("sentry_data", in: body) ?? []
        } else if isForm, firstByte(body) != UInt8(ascii: "{") {
            bytes = FormEncoding.field("sentry_data", in: body) ?? body
        }
        guard let first = firstByte(bytes) else {
            throw SubmissionRefusal(status: 400, detail: "empty event data")
        }
        if first == UInt8(ascii: "{") { return bytes }
        if isCompressed(bytes) {
            return try decompress(bytes, limit, decompressor)
        }
        let text = bytes.filter { $0 > 0x20 }
        guard let decoded = Base64.decode(text) else {
            throw SubmissionRefusal(
                status: 400, detail: "invalid JSON data",
                causes: ["the body is neither a JSON object nor base64"])
        }
        if firstByte(decoded) == UInt8(ascii: "{") { return decoded }
        return try decompress(decoded, limit, decompressor)
    }

    private static func firstByte(_ bytes: [UInt8]) -> UInt8? {
        bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d }
    }

    /// Whether the bytes start as gzip or zlib data do; no text does.
    private static func isCompressed(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 2 else { return false }
        if bytes[0] == 0x1f, bytes[1] == 0x8b { return true }
        // Zlib at its usual window; the second byte (level, check bits) is 0x01, 0x5e, 0x9c or 0xda.
        return bytes[0] == 0x78 && [0x01, 0x5e, 0x9c, 0xda].contains(bytes[1])
    }

    private static func decompress(
        _ bytes: [UInt8], _ limit: BodyLimit, _ decompressor: BodyDecompressor
    ) throws(SubmissionRefusal) -> [UInt8] {
        let format: CompressionFormat = bytes.starts(with: [0x1f, 0x8b]) ? .gzip : .zlib
        do {
            return try decompressor.decompress(bytes, format: format, outputBytesMax: limit.bytes)
        } catch {
            switch error {
            case .tooLarge: throw refusal(.tooLarge(limit))
            case .malformed: throw refusal(.malformed(format, isTruncated: false))
            case .truncated: throw refusal(.malformed(format, isTruncated: true))
            case .outOfMemory, .stopped:
                throw SubmissionRefusal(status: 503, detail: "out of memory")
            }
        }
    }

    private static func refusal(_ failure: BodyFailure) -> SubmissionRefusal {
        switch failure {
        case .tooLarge(let limit):
            SubmissionRefusal(
                status: 413, detail: "request body too large",
                causes: [
                    "the decoded event exceeds limits.\(limit.settingName) of \(limit.bytes) bytes"
                ])
        case .malformed(let format, let isTruncated):
            SubmissionRefusal(
                status: 400, detail: "failed to decode request body",
                causes: ["the \(format.name) data \(isTruncated ? "ends early" : "is malformed")"])
        case .noRoom:
            SubmissionRefusal(status: 503, detail: "too many requests in progress")
        case .refused(let refusal):
            refusal
        }
    }
}

/// What the front door wants to know of a bare event.
struct EventPeek {
    /// The event's id, when it states a valid one.
    var id: EventID?
    var itemType = ItemType.event

    /// Reads an event's id and type. Two faults of clients are repaired in `json`: half surrogate
    /// pairs (text cut in the middle of an emoji) become U+FFFD, and Python's `NaN` and `Infinity`
    /// become zero where the client is known to write them.
    static func read(
        _ json: inout [UInt8], isPython: Bool, _ document: JSONDocument
    ) throws(SubmissionRefusal) -> EventPeek {
        defer { document.reset() }
        let failure: JSONError
        do {
            let root = try document.parse(json)
            return try peek(root, document).get()
        } catch let error as JSONError {
            failure = error
        } catch let refusal as SubmissionRefusal {
            throw refusal
        } catch {
            throw SubmissionRefusal(status: 400, detail: "invalid JSON data")
        }
        var options: JSONParseOptions = .replaceLoneSurrogates
        if isPython { options.insert(.pythonConstants) }
        guard let root = try? document.parse(json, options: options) else {
            throw SubmissionRefusal(
                status: 400, detail: "invalid JSON data", causes: [failure.description])
        }
        let found = peek(root, document)
        let writer = JSONWriter()
        guard (try? writer.write(root, from: document)) != nil else {
            throw SubmissionRefusal(
                status: 400, detail: "invalid JSON data", causes: [failure.description])
        }
        json = Array(writer.bytes)
        return try found.get()
    }

    private static func peek(
        _ root: JSONNode, _ document: JSONDocument
    ) -> Result<EventPeek, SubmissionRefusal> {
        guard document.kind(of: root) == .object else {
            return .failure(
                SubmissionRefusal(
                    status: 400, detail: "invalid JSON data", causes: ["an event is a JSON object"])
            )
        }
        var peek = EventPeek()
        if let text = document.stringBytes(of: document.find("event_id", in: root)) {
            peek.id = EventID(bytes: text)
        }
        let type = document.find("type", in: root)
        if document.isString(type, "transaction") {
            peek.itemType = .transaction
        } else if document.isString(type, "csp") || document.isString(type, "hpkp")
            || document.isString(type, "expectct") || document.isString(type, "expectstaple")
        {
            peek.itemType = .security
        } else if document.isString(type, "feedback") {
            peek.itemType = .feedback
        }
        return .success(peek)
    }
}
