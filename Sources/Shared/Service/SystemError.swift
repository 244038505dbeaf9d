import Glibc

/// A call to the operating system failed.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried, with the value it was tried on, e.g. `listen on 127.0.0.1:3000`.
    public var operation: String
    /// `errno`, or 0 when the reason is in `reason`.
    public var code: Int32
    /// Why, in words.
    public var reason: String

    /// A failure with the text of `code`.
    public init(_ operation: String, code: Int32 = errno) {
        self.operation = operation
        self.code = code
        reason = String(cString: strerror(code))
    }

    /// A failure that has no `errno`.
    public init(_ operation: String, reason: String) {
        self.operation = operation
        code = 0
        self.reason = reason
    }

    /// `cannot <operation>: <reason>`
    public var description: String { "cannot \(operation): \(reason)" }
}
