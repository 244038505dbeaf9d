import NIOHTTP1

/// Keeps bytes that would change the meaning of a request out of it: everything a client can
/// influence (paths, origins, user agents, addresses) passes here before it reaches a socket.
enum RequestValidation {
    /// Why the request must not be sent; nil when it may.
    static func problem(method: HTTPMethod, path: String, headers: HTTPHeaders) -> String? {
        switch method {
        case .CONNECT, .TRACE: return "method is not forwarded"
        case .RAW(let name) where !isToken(name): return "method is no token"
        default: break
        }
        guard path.utf8.first == UInt8(ascii: "/"), path.allBytes(satisfy: isPathByte) else {
            return "path is not in origin form or has forbidden bytes"
        }
        for (name, value) in headers {
            guard isToken(name) else { return "header name is no token" }
            guard isFieldValue(value) else { return "header value has forbidden bytes" }
        }
        return nil
    }

    /// Visible ASCII only; everything else must come percent-encoded. A fragment has no business in
    /// a request.
    private static func isPathByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "#")
    }

    /// RFC 9110 `token`.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.allBytes(satisfy: isTokenByte)
    }

    /// A byte that a `token` may have.
    @inline(__always)
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"),
            UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"),
            UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// No control characters but the tab: no CR, LF or NUL can end the field.
    static func isFieldValue(_ text: String) -> Bool {
        text.allBytes(satisfy: isFieldByte)
    }

    /// A byte that the value of a field may have.
    @inline(__always)
    static func isFieldByte(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7f || byte == 0x09
    }
}

extension String {
    /// Whether all bytes of the text pass a test.
    @inline(__always)
    fileprivate func allBytes(satisfy test: (UInt8) -> Bool) -> Bool {
        var text = self
        return text.withUTF8 { $0.allSatisfy(test) }
    }
}

extension String {
    /// The text as a header value: control characters become blanks.
    public var asHeaderValue: String {
        if RequestValidation.isFieldValue(self) { return self }
        return String(
            decoding: utf8.map { RequestValidation.isFieldByte($0) ? $0 : 0x20 },
            as: UTF8.self)
    }
}
