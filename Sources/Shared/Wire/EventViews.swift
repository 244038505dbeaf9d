import Model

/// A `ProcessEvent` whose payload still lies in the receive buffer: the processor parses it there,
/// without a copy. Valid only within the call that hands it out.
public struct ProcessEventView {
    /// Names a configuration sent before.
    public let revision: UInt64
    public let kind: EventItemKind
    public let eventID: EventID
    public let meta: RequestMeta
    public let sentAt: WallTime?
    /// The event as it came in.
    public let payload: UnsafeRawBufferPointer
    /// JSON object of strings, empty without any.
    public let attributes: UnsafeRawBufferPointer

    /// Reads the payload of a `processEvent` frame.
    public init(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        var reader = WireReader(bytes)
        revision = try reader.integer("revision")
        guard let kind = EventItemKind(rawValue: try reader.integer("kind")) else {
            throw .invalidValue(field: "kind")
        }
        self.kind = kind
        _ = try reader.integer("reserved", as: UInt8.self)
        let protocolVersion: UInt16 = try reader.integer("protocol version")
        eventID = try reader.eventID()
        let key = try reader.projectKey()
        let receivedAt: Int64 = try reader.integer("received at")
        payload = try reader.blob("payload")

        var meta = RequestMeta(
            projectKey: key, projectID: nil, protocolVersion: protocolVersion, client: nil,
            origin: nil, remoteAddress: nil, forwardedFor: "", clientAddress: nil, userAgent: nil,
            receivedAt: WallTime(microseconds: receivedAt))
        var sentAt: WallTime?
        var attributes = UnsafeRawBufferPointer(start: nil, count: 0)
        let textMax = WireLimits.textBytesMax
        while let (tag, value) = try reader.nextOptional() {
            switch tag {
            case 1: meta.projectID = ProjectID(rawValue: try value.integer("project id"))
            case 2: meta.client = try value.text("client", bytesMax: textMax)
            case 3: meta.origin = try value.text("origin", bytesMax: textMax)
            case 4: meta.remoteAddress = try value.text("remote address", bytesMax: textMax)
            case 5: meta.forwardedFor = try value.text("forwarded for", bytesMax: textMax)
            case 6: meta.clientAddress = try value.text("client address", bytesMax: textMax)
            case 7: meta.userAgent = try value.text("user agent", bytesMax: textMax)
            case 8: sentAt = WallTime(microseconds: try value.integer("sent at"))
            case 9:
                guard value.bytes.count <= WireLimits.attributesBytesMax else {
                    throw .limitExceeded(
                        field: "attributes", value: value.bytes.count,
                        limit: WireLimits.attributesBytesMax)
                }
                attributes = value.bytes
            default: break
            }
        }
        self.meta = meta
        self.sentAt = sentAt
        self.attributes = attributes
    }

    /// The message with its own payload.
    public func event(payload: ArraySlice<UInt8>) -> ProcessEvent {
        ProcessEvent(
            revision: revision, kind: kind, eventID: eventID, meta: meta, sentAt: sentAt,
            payload: payload, attributes: Array(attributes))
    }
}

/// An `EventProcessed` whose payload still lies in the engine's output: it is copied once, into the
/// frame. Valid only until the engine works on.
public struct EventProcessedView {
    public var verdict: EventVerdict
    public var category: DataCategory
    public var eventType: String
    /// The processed event; empty unless processed.
    public var payload: UnsafeRawBufferPointer
    public var processingMicroseconds: UInt32
    /// See `EventProcessed.problems`.
    public var problems: ScrubbingProblems?

    /// An answer from its parts.
    public init(
        verdict: EventVerdict, category: DataCategory = .default, eventType: String = "",
        payload: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        processingMicroseconds: UInt32 = 0, problems: ScrubbingProblems? = nil
    ) {
        self.verdict = verdict
        self.category = category
        self.eventType = eventType
        self.payload = payload
        self.processingMicroseconds = processingMicroseconds
        self.problems = problems
    }

    init(_ answer: EventProcessed, payload: UnsafeRawBufferPointer) {
        self.init(
            verdict: answer.verdict, category: answer.category, eventType: answer.eventType,
            payload: payload, processingMicroseconds: answer.processingMicroseconds,
            problems: answer.problems)
    }

    /// The message with its own payload.
    public var answer: EventProcessed {
        EventProcessed(
            verdict: verdict, category: category, eventType: eventType, payload: Array(payload),
            processingMicroseconds: processingMicroseconds, problems: problems)
    }
}
