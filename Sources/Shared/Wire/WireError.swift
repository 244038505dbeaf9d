/// Why bytes are not a frame. Each closes the link it came over, never the process.
public enum WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The header states a version this code does not speak.
    case unsupportedVersion(UInt8)
    /// The header states a message type this code does not know.
    case unknownMessage(type: UInt8)
    /// The header states a payload above the limit.
    case payloadTooLarge(bytes: UInt32, limit: Int)
    /// The payload ends before the field.
    case truncated(field: StaticField)
    /// A length or count is above its limit.
    case limitExceeded(field: StaticField, value: Int, limit: Int)
    /// A field holds a value that has no meaning.
    case invalidValue(field: StaticField)
    /// Optional fields are not in ascending order of their tags.
    case fieldsOutOfOrder(tag: UInt16)
    /// Bytes are left over after the last field.
    case bytesLeftOver(Int)

    /// The name of a field, for logs.
    public struct StaticField: Hashable, Sendable, ExpressibleByStringLiteral {
        /// The name as `docs/PROTOCOL.md` spells it.
        public let name: String

        /// A name.
        public init(stringLiteral name: String) {
            self.name = name
        }
    }

    /// One phrase with the value and the limit, without content.
    public var description: String {
        switch self {
        case .unsupportedVersion(let version): "unsupported protocol version \(version)"
        case .unknownMessage(let type): "unknown message type \(type)"
        case .payloadTooLarge(let bytes, let limit):
            "payload of \(bytes) bytes exceeds the limit of \(limit)"
        case .truncated(let field): "payload ends within field \(field.name)"
        case .limitExceeded(let field, let value, let limit):
            "field \(field.name): \(value) exceeds the limit of \(limit)"
        case .invalidValue(let field): "field \(field.name) has an invalid value"
        case .fieldsOutOfOrder(let tag): "optional field \(tag) is out of order"
        case .bytesLeftOver(let count): "\(count) bytes left over after the message"
        }
    }
}
