import JSON
import NIOCore

/// One HTTP answer, independent of the connection that sends it.
struct Answer {
    /// The status code, e.g. 200.
    var status: UInt16
    /// Value of `Content-Type`; nil for empty bodies.
    var contentType: String?
    /// Further header fields. Values must be clean (`HeaderValue.isClean`) where they come from
    /// outside.
    var headers: [(name: String, value: String)] = []
    var body: Body = .empty
    /// Whether the headers that let any web page read the answer are added.
    var isCORS = false
    /// Whether the connection ends with this answer.
    var isLast = false
    /// `Content-Length` of an answer to `HEAD` whose body nobody made here.
    var statedBodyBytes: Int?

    /// What follows the head.
    enum Body {
        case empty
        case text(String)
        case bytes([UInt8])
        case buffer(ByteBuffer)

        var byteCount: Int {
            switch self {
            case .empty: 0
            case .text(let text): text.utf8.count
            case .bytes(let bytes): bytes.count
            case .buffer(let buffer): buffer.readableBytes
            }
        }
    }

    static let jsonType = "application/json"

    /// A JSON answer.
    static func json(_ status: UInt16, _ text: String) -> Answer {
        Answer(status: status, contentType: jsonType, body: .text(text))
    }

    /// A plain text answer.
    static func text(_ status: UInt16, _ text: String) -> Answer {
        Answer(status: status, contentType: "text/plain; charset=utf-8", body: .text(text))
    }

    /// The error body of Sentry's Relay: `{"detail":"…","causes":["…"]}`; causes that repeat are
    /// left out, and so is the list when it is empty.
    static func failure(_ status: UInt16, _ detail: String, causes: [String] = []) -> Answer {
        var distinct: [String] = []
        for cause in causes where cause != detail && !distinct.contains(cause) {
            distinct.append(cause)
        }
        var members: [(String, JSONValue)] = [("detail", .string(detail))]
        if !distinct.isEmpty {
            members.append(("causes", .array(distinct.map { .string($0) })))
        }
        return Answer(
            status: status, contentType: jsonType,
            body: .bytes(JSONValue.object(members).serialized()))
    }

    /// Nothing here.
    static let notFound = failure(404, "Not Found")

    /// The path exists, the method does not.
    static func methodNotAllowed(_ allowed: String) -> Answer {
        var answer = failure(405, "Method Not Allowed")
        answer.headers.append((name: "allow", value: allowed))
        return answer
    }

    /// With a further header field.
    func with(_ name: String, _ value: String) -> Answer {
        var answer = self
        answer.headers.append((name: name, value: value))
        return answer
    }

    /// As the last answer of its connection.
    func closing() -> Answer {
        var answer = self
        answer.isLast = true
        return answer
    }
}

/// Checks for header values that are written to the wire.
enum HeaderValue {
    /// Whether the text may stand in a header value: no control characters, so nothing can end the
    /// line.
    static func isClean(_ text: some StringProtocol) -> Bool {
        allBytes(of: text) { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
    }

    /// Whether the text may stand as a header name (RFC 9110 token).
    static func isToken(_ text: some StringProtocol) -> Bool {
        !text.utf8.isEmpty
            && allBytes(of: text) { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"),
                    UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "^"), UInt8(ascii: "`"),
                    UInt8(ascii: "|"), UInt8(ascii: "~"):
                    true
                default: false
                }
            }
    }

    /// Texts that parsers make are contiguous, which makes this many times cheaper.
    @inline(__always)
    private static func allBytes(
        of text: some StringProtocol, satisfy test: (UInt8) -> Bool
    ) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { $0.allSatisfy(test) }
            ?? text.utf8.allSatisfy(test)
    }
}
