/// Why a text could not be read or a tree not be written.
public struct JSONError: Error, Equatable, Sendable {
    /// The reasons.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case unexpectedEnd = 1
        case unexpectedCharacter
        case expectedKey
        case expectedColon
        case expectedCommaOrEnd
        case invalidLiteral
        case invalidNumber
        case invalidEscape
        case loneSurrogate
        case controlCharacter
        case invalidUTF8
        case trailingBytes
        case depthExceeded
        case nodesExceeded
        case inputTooLarge
        case editTextExceeded
        case outputTooLarge
        case outOfMemory
        case missingNode
    }

    public var kind: Kind
    /// Bytes before the place of the error in the input; when writing, bytes written before it.
    public var offset: Int

    public init(_ kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    /// A sentence for logs and operators; holds no part of the text itself.
    public var description: String { "\(kind.message) at byte \(offset)" }
}

extension JSONError.Kind {
    /// What is wrong, as a constant string.
    public var message: StaticString {
        switch self {
        case .unexpectedEnd: "JSON ends too early"
        case .unexpectedCharacter: "expected a JSON value"
        case .expectedKey: "expected a string as key"
        case .expectedColon: "expected ':' after the key"
        case .expectedCommaOrEnd: "expected ',' or the end of the array or object"
        case .invalidLiteral: "expected true, false or null"
        case .invalidNumber: "invalid number"
        case .invalidEscape: "invalid escape in a string"
        case .loneSurrogate: "lone surrogate in a \\u escape"
        case .controlCharacter: "control character in a string"
        case .invalidUTF8: "invalid UTF-8 in a string"
        case .trailingBytes: "bytes after the JSON value"
        case .depthExceeded: "too many nested arrays and objects"
        case .nodesExceeded: "too many JSON values"
        case .inputTooLarge: "JSON input over the size limit"
        case .editTextExceeded: "text added to the JSON tree is over the limit"
        case .outputTooLarge: "JSON output over the size limit"
        case .outOfMemory: "no memory for the JSON tree"
        case .missingNode: "no JSON value to write"
        }
    }
}
