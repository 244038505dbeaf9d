/// What an attachment is. Unknown types pass through.
public enum AttachmentType: Hashable, Sendable {
    case attachment
    case minidump
    case appleCrashReport
    case eventPayload
    case breadcrumbs
    case prosperodump
    case unrealContext
    case unrealLogs
    case viewHierarchy
    case unknown(String)

    /// The type of a name as item headers spell it.
    public init(name: String) {
        switch name {
        case "event.attachment": self = .attachment
        case "event.minidump": self = .minidump
        case "event.applecrashreport": self = .appleCrashReport
        case "event.payload": self = .eventPayload
        case "event.breadcrumbs": self = .breadcrumbs
        case "playstation.prosperodump": self = .prosperodump
        case "unreal.context": self = .unrealContext
        case "unreal.logs": self = .unrealLogs
        case "event.view_hierarchy": self = .viewHierarchy
        default: self = .unknown(name)
        }
    }

    /// The name as item headers spell it.
    public var name: String {
        switch self {
        case .attachment: "event.attachment"
        case .minidump: "event.minidump"
        case .appleCrashReport: "event.applecrashreport"
        case .eventPayload: "event.payload"
        case .breadcrumbs: "event.breadcrumbs"
        case .prosperodump: "playstation.prosperodump"
        case .unrealContext: "unreal.context"
        case .unrealLogs: "unreal.logs"
        case .viewHierarchy: "event.view_hierarchy"
        case .unknown(let name): name
        }
    }

    /// Whether an attachment of this type makes an event of its own.
    public var createsEvent: Bool {
        switch self {
        case .appleCrashReport, .minidump, .eventPayload, .breadcrumbs, .prosperodump: true
        default: false
        }
    }
}

/// One part of an envelope: a header line and a payload. Both share the memory of what they were
/// read from; assigning new bytes copies nothing.
public struct EnvelopeItem: Hashable, Sendable {
    /// The header as a JSON object on one line. Its `length` is not to be trusted: the writer states
    /// the payload's own.
    public private(set) var headerBytes: ArraySlice<UInt8>
    public private(set) var type: ItemType
    public private(set) var contentType: String?
    public private(set) var filename: String?
    public private(set) var attachmentType: AttachmentType?
    /// `item_count`: how many records a container holds (logs, spans …).
    public private(set) var itemCount: UInt32?
    /// The length the header stated when the item was read.
    private(set) var statedLength: UInt32?
    /// Whether the header has a field `length`, be it null.
    private(set) var hasLengthField = false
    /// The content.
    public var payload: ArraySlice<UInt8>

    /// A new item.
    public init(
        type: ItemType, payload: ArraySlice<UInt8>, contentType: String? = nil,
        filename: String? = nil, attachmentType: AttachmentType? = nil
    ) {
        self.type = type
        self.payload = payload
        self.contentType = contentType
        self.filename = filename
        self.attachmentType = attachmentType
        headerBytes = ArraySlice(
            JSONHeader.setting(
                [
                    ("type", .string(type.name)),
                    ("content_type", contentType.map { .string($0) } ?? .absent),
                    ("filename", filename.map { .string($0) } ?? .absent),
                    ("attachment_type", attachmentType.map { .string($0.name) } ?? .absent),
                ], in: []))
    }

    /// Reads the JSON object at the start of `source` as item header; `end` is where it ends.
    init(parsing source: ArraySlice<UInt8>, end: inout Int) throws(EnvelopeError) {
        headerBytes = []
        type = .event
        payload = []
        do throws(JSONTextError) {
            let range = try source.withUnsafeBufferPointer { buffer throws(JSONTextError) in
                try read(buffer)
            }
            end = source.startIndex + range.upperBound
            headerBytes = HeaderLine.singleLine(source.slice(range))
        } catch {
            throw .invalidItemHeader(detail: error.description)
        }
    }

    private mutating func read(
        _ buffer: UnsafeBufferPointer<UInt8>
    ) throws(JSONTextError) -> Range<Int> {
        var text = JSONText(buffer)
        _ = text.peek()
        let start = text.position
        try text.enterObject()
        var isFirst = true
        var isTyped = false
        while let key = try text.nextKey(isFirst: &isFirst) {
            switch key {
            case "type":
                type = ItemType(name: try text.string())
                isTyped = true
            case "length":
                hasLengthField = true
                if try text.null() { break }
                guard let length = UInt32(exactly: try text.unsignedInteger(field: key)) else {
                    throw .invalidValue(field: key)
                }
                statedLength = length
            case "item_count" where try !text.null():
                guard let count = UInt32(exactly: try text.unsignedInteger(field: key)) else {
                    throw .invalidValue(field: key)
                }
                itemCount = count
            case "content_type" where try !text.null(): contentType = try text.string()
            case "filename" where try !text.null(): filename = try text.string()
            case "attachment_type" where try !text.null():
                attachmentType = AttachmentType(name: try text.string())
            case "item_count", "content_type", "filename", "attachment_type": break
            default: _ = try text.raw()
            }
        }
        if !isTyped { throw .invalidValue(field: "type") }
        return start..<text.position
    }

    /// Whether the item is an event of its own.
    public var createsEvent: Bool {
        type == .attachment ? attachmentType?.createsEvent ?? false : type.createsEvent
    }

    /// The header with the length of the payload, and a newline.
    var headerLine: ArraySlice<UInt8> {
        var line: [UInt8]
        if statedLength.map({ Int($0) == payload.count }) ?? false {
            line = Array(headerBytes)
        } else if hasLengthField || headerBytes.count <= 2 {
            line = JSONHeader.setting(
                [("length", .integer(Int64(payload.count)))], in: headerBytes)
        } else {
            line = []
            line.reserveCapacity(headerBytes.count + 24)
            line.append(contentsOf: headerBytes.dropLast())
            line.append(contentsOf: ",\"length\":".utf8)
            line.append(contentsOf: String(payload.count).utf8)
            line.append(UInt8(ascii: "}"))
        }
        line.append(0x0a)
        return line[...]
    }

    /// Replaces or adds header fields; a value not of its field's form leaves the header as it was.
    public mutating func set(_ fields: [(name: String, value: JSONHeaderValue)]) {
        let edited = ArraySlice(JSONHeader.setting(fields, in: headerBytes))
        var end = 0
        guard var item = try? EnvelopeItem(parsing: edited, end: &end) else { return }
        item.payload = payload
        item.statedLength = statedLength
        self = item
    }
}
