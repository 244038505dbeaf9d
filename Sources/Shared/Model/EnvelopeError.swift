/// Why bytes are not an envelope. Messages are the original's, with our limits where we have some.
public enum EnvelopeError: Error, Hashable, Sendable {
    /// There is nothing, or only white space.
    case missingHeader
    /// The first line is not a JSON object, or a field in it is not of its form.
    case invalidHeader(detail: String)
    /// An item header is not a JSON object, or a field in it is not of its form.
    case invalidItemHeader(detail: String)
    /// The bytes end before the length an item states.
    case unexpectedEndOfFile
    /// A header or payload is not followed by a newline or the end.
    case missingNewline
    /// A field of the envelope header contradicts the request.
    case headerMismatch(field: String)
    /// More items than allowed.
    case tooManyItems(limit: Int)
    /// A header line is longer than allowed.
    case headerTooLarge(limit: Int)

    /// One sentence for the client.
    public var message: String {
        switch self {
        case .missingHeader: "missing envelope header"
        case .invalidHeader: "invalid envelope header"
        case .invalidItemHeader: "invalid item header"
        case .unexpectedEndOfFile: "unexpected end of file"
        case .missingNewline: "missing newline after header or payload"
        case .headerMismatch(let field):
            "\(field) header mismatch between envelope and request"
        case .tooManyItems(let limit): "envelope has more than \(limit) items"
        case .headerTooLarge(let limit): "envelope or item header exceeds \(limit) bytes"
        }
    }

    /// What lies beneath the message, for `causes`; nil when there is nothing more to say.
    public var detail: String? {
        switch self {
        case .invalidHeader(let detail), .invalidItemHeader(let detail): detail
        default: nil
        }
    }
}

/// Bounds for reading an envelope; its total size is bounded where the body is read.
public struct EnvelopeLimits: Hashable, Sendable {
    /// Items of one envelope.
    public var itemsMax: Int
    /// Bytes of the envelope header and of each item header.
    public var headerBytesMax: Int

    /// Defaults hold a thousand items with 32 KiB headers, far beyond what SDKs send.
    public init(itemsMax: Int = 1000, headerBytesMax: Int = 32 * 1024) {
        self.itemsMax = itemsMax
        self.headerBytesMax = headerBytesMax
    }
}
