import Glibc
import Model
import NIOCore

/// Serialises answers into one buffer each, so that an answer costs one write.
struct AnswerWriter {
    /// Value of `Server`.
    let serverName: String
    /// The lines from the status on that are the same for a second: `Server` and `Date`.
    private var commonLines: [UInt8] = []
    private var dateSecond = Int64.min

    init(serverName: String) {
        self.serverName = serverName
    }

    /// How the connection goes on after an answer.
    enum Persistence {
        /// HTTP/1.1: nothing needs to be said.
        case keep
        /// HTTP/1.0 client that asked for keep-alive.
        case keepStated
        /// This is the last answer.
        case close
    }

    /// The answer as it goes out.
    /// - Parameters:
    ///   - isBodyOmitted: for `HEAD`: the head says how long the body would be.
    ///   - now: for `Date`.
    mutating func serialize(
        _ answer: Answer, persistence: Persistence, isBodyOmitted: Bool, now: WallTime,
        allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        let bodyBytes = answer.body.byteCount
        var buffer = allocator.buffer(capacity: 512 + (isBodyOmitted ? 0 : bodyBytes))
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(answer.status == 200 ? "200" : String(answer.status))
        buffer.writeStaticString(" ")
        buffer.writeStaticString(Self.reason(answer.status))
        updateCommonLines(now)
        buffer.writeBytes(commonLines)
        if let contentType = answer.contentType {
            buffer.writeStaticString("\r\ncontent-type: ")
            buffer.writeString(contentType)
        }
        if answer.isCORS { buffer.writeStaticString(CORS.answerHeaders) }
        for header in answer.headers {
            buffer.writeStaticString("\r\n")
            buffer.writeString(header.name)
            buffer.writeStaticString(": ")
            buffer.writeString(header.value)
        }
        switch persistence {
        case .keep: break
        case .keepStated: buffer.writeStaticString("\r\nconnection: keep-alive")
        case .close: buffer.writeStaticString("\r\nconnection: close")
        }
        if Self.hasBody(answer.status) {
            buffer.writeStaticString("\r\ncontent-length: ")
            buffer.writeString(
                String(isBodyOmitted ? answer.statedBodyBytes ?? bodyBytes : bodyBytes))
        }
        buffer.writeStaticString("\r\n\r\n")
        if !isBodyOmitted, Self.hasBody(answer.status) {
            switch answer.body {
            case .empty: break
            case .text(let text): buffer.writeString(text)
            case .bytes(let bytes): buffer.writeBytes(bytes)
            case .buffer(var body): buffer.writeBuffer(&body)
            }
        }
        return buffer
    }

    private static func hasBody(_ status: UInt16) -> Bool {
        status >= 200 && status != 204 && status != 304
    }

    /// `Server` and `Date`, formatted once per second.
    private mutating func updateCommonLines(_ now: WallTime) {
        let second = now.microseconds / 1_000_000
        if second == dateSecond { return }
        dateSecond = second
        var time = time_t(second)
        var parts = tm()
        gmtime_r(&time, &parts)
        let days: [String] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months: [String] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        func twoDigits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = days[Int(parts.tm_wday) % days.count]
        let month = months[Int(parts.tm_mon) % months.count]
        let date =
            "\(day), \(twoDigits(parts.tm_mday)) \(month) \(parts.tm_year + 1900) "
            + "\(twoDigits(parts.tm_hour)):\(twoDigits(parts.tm_min)):\(twoDigits(parts.tm_sec)) GMT"
        commonLines = Array("\r\nserver: \(serverName)\r\ndate: \(date)".utf8)
    }

    /// The reason phrase of a status.
    static func reason(_ status: UInt16) -> StaticString {
        switch status {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 411: "Length Required"
        case 413: "Payload Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}
