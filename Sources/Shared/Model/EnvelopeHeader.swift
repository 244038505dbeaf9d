/// The first line of an envelope: a JSON object kept as bytes, with the fields that matter read.
public struct EnvelopeHeader: Hashable, Sendable {
    /// The JSON object, on one line, without the newline. Fields nobody reads stay in it.
    public private(set) var bytes: ArraySlice<UInt8>
    public private(set) var eventID: EventID?
    public private(set) var dsn: DSN?
    /// `sent_at`: the client's clock when it sent the envelope.
    public private(set) var sentAt: WallTime?
    /// `client`: only set by relays below us, who pass request meta on in envelope headers.
    public private(set) var client: String?
    /// `sdk` as JSON text, when present.
    public private(set) var sdk: ArraySlice<UInt8>?
    /// `trace` (the dynamic sampling context) as JSON text, when present.
    public private(set) var trace: ArraySlice<UInt8>?
    /// `retention`: days, set by a relay between us and the client.
    public private(set) var retentionDays: UInt16?
    /// `origin`, `remote_addr`, `forwarded_for`, `user_agent`, `version`, `no_cache`: request meta
    /// that relays below us pass on.
    public private(set) var forwarded = ForwardedMeta()

    /// Request meta that a relay below us states in the envelope header.
    public struct ForwardedMeta: Hashable, Sendable {
        public var origin: String?
        public var remoteAddress: String?
        public var forwardedFor: String?
        public var userAgent: String?
        public var protocolVersion: UInt16?
        public var isCacheBypassed = false
        public init() {}
    }

    /// An empty header, or one with an event id only.
    public init(eventID: EventID? = nil) {
        let fields = eventID.map { [("event_id", JSONHeaderValue.string($0.description))] } ?? []
        bytes = ArraySlice(JSONHeader.setting(fields, in: []))
        self.eventID = eventID
    }

    /// Reads a JSON object; throws when it is none or a field is not of its form.
    public init(json: ArraySlice<UInt8>) throws(EnvelopeError) {
        var end = 0
        try self.init(parsing: json, end: &end)
    }

    /// Reads the JSON object at the start of `source`; `end` is where it ends.
    init(parsing source: ArraySlice<UInt8>, end: inout Int) throws(EnvelopeError) {
        bytes = []
        do throws(JSONTextError) {
            let range = try source.withUnsafeBufferPointer { buffer throws(JSONTextError) in
                try read(buffer, source)
            }
            end = source.startIndex + range.upperBound
            bytes = HeaderLine.singleLine(
                source[source.startIndex + range.lowerBound..<source.startIndex + range.upperBound])
        } catch {
            throw .invalidHeader(detail: error.description)
        }
    }

    private mutating func read(
        _ buffer: UnsafeBufferPointer<UInt8>, _ source: ArraySlice<UInt8>
    ) throws(JSONTextError) -> Range<Int> {
        var text = JSONText(buffer)
        _ = text.peek()
        let start = text.position
        try text.enterObject()
        var isFirst = true
        while let key = try text.nextKey(isFirst: &isFirst) {
            if try text.null() { continue }
            try readField(key, &text, source)
        }
        return start..<text.position
    }

    private mutating func readField(
        _ key: String, _ text: inout JSONText, _ source: ArraySlice<UInt8>
    ) throws(JSONTextError) {
        switch key {
        case "event_id":
            guard let id = EventID(try text.string()) else { throw .invalidValue(field: key) }
            eventID = id
        case "dsn":
            guard let parsed = DSN(try text.string()) else { throw .invalidValue(field: key) }
            dsn = parsed
        case "sent_at":
            guard let time = WallTime(rfc3339: try text.string()) else {
                throw .invalidValue(field: key)
            }
            sentAt = time
        case "client": client = try text.string()
        case "origin": forwarded.origin = try text.string()
        case "remote_addr": forwarded.remoteAddress = try text.string()
        case "forwarded_for": forwarded.forwardedFor = try text.string()
        case "user_agent": forwarded.userAgent = try text.string()
        case "no_cache": forwarded.isCacheBypassed = try text.bool()
        case "version": forwarded.protocolVersion = try text.smallInteger(field: key)
        case "retention": retentionDays = try text.smallInteger(field: key)
        case "sdk": sdk = source.slice(try text.raw())
        case "trace": trace = source.slice(try text.raw())
        default: _ = try text.raw()
        }
    }

    /// Replaces or adds fields and reads the header again; a value not of its field's form leaves
    /// the header as it was.
    public mutating func set(_ fields: [(name: String, value: JSONHeaderValue)]) {
        let edited = JSONHeader.setting(fields, in: bytes)
        guard let header = try? EnvelopeHeader(json: ArraySlice(edited)) else { return }
        self = header
    }
}

/// Header lines as bytes.
enum HeaderLine {
    /// The same JSON on one line: newlines can only be white space in JSON that was read before.
    static func singleLine(_ json: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard json.contains(where: { $0 == 0x0a || $0 == 0x0d }) else { return json }
        return ArraySlice(json.map { $0 == 0x0a || $0 == 0x0d ? 0x20 : $0 })
    }
}

extension ArraySlice<UInt8> {
    /// The part at offsets from the slice's start.
    func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
        self[startIndex + range.lowerBound..<startIndex + range.upperBound]
    }
}

extension JSONText {
    /// A whole number below 65,536.
    mutating func smallInteger(field: String) throws(JSONTextError) -> UInt16 {
        guard let small = UInt16(exactly: try unsignedInteger(field: field)) else {
            throw .invalidValue(field: field)
        }
        return small
    }
}

extension JSONTextError: CustomStringConvertible {
    /// A phrase without any of the text that was read.
    var description: String {
        switch self {
        case .malformed(let offset): "invalid JSON at byte \(offset)"
        case .unexpectedType(let offset): "value of an unexpected type at byte \(offset)"
        case .tooDeep(let offset): "nested too deeply at byte \(offset)"
        case .invalidValue(let field): "invalid value for field `\(field)`"
        }
    }
}
