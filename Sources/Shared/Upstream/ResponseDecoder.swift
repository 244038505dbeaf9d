import NIOCore
import NIOHTTP1

/// Reads the responses of one HTTP/1.1 connection (RFC 9112), one request at a time. A value without
/// I/O. What two readers could understand differently is an error: lengths that contradict each
/// other, folded lines, lines that do not end with CR and LF.
struct ResponseDecoder {
    /// Status and fields of a response.
    struct Head {
        var status: HTTPResponseStatus
        var headers: HTTPHeaders
        /// Whether the upstream keeps the connection.
        var isKeepAlive: Bool
        /// `Content-Length` of a body that follows; nil without one.
        var bodyBytes: Int?
    }

    /// What the bytes so far make up.
    enum Part {
        case head(Head)
        case body(ByteBuffer)
        case end
    }

    /// Why what came is no response.
    struct Problem: Error, Hashable {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private enum State {
        /// No request is on its way.
        case idle
        case head
        case length(left: Int)
        case chunkSize
        case chunk(left: Int)
        case chunkEnd
        case trailers
        /// The body lasts until the connection ends.
        case untilClose
        case end
    }

    /// Head, trailers, and a chunk's line, each at most.
    static let headBytesMax = 80 << 10
    static let fieldsMax = 256
    static let chunkLineBytesMax = 4096
    /// `100 Continue` and the like before a response.
    static let informationalMax = 16

    private var state = State.idle
    private var input = ByteBuffer()
    /// Bytes of `input` that hold no end of a line.
    private var searchedBytes = 0
    private var isBodyExpected = true
    private var informationalCount = 0
    private var headBytes = 0
    private var fieldCount = 0
    /// Whether a byte has come since the request was sent.
    private(set) var hasReceived = false

    /// A request has been sent.
    /// - Parameter isBodyExpected: false after `HEAD`.
    mutating func begin(isBodyExpected: Bool) {
        state = .head
        self.isBodyExpected = isBodyExpected
        informationalCount = 0
        hasReceived = false
        resetHead()
    }

    /// Bytes have come.
    mutating func append(_ bytes: ByteBuffer) {
        if bytes.readableBytes > 0 { hasReceived = true }
        if input.readableBytes == 0 {
            input = bytes
        } else {
            input.writeImmutableBuffer(bytes)
        }
    }

    /// Whether bytes are left that belong to no response.
    var hasExcess: Bool {
        if case .idle = state { return input.readableBytes > 0 }
        return false
    }

    /// The next part; nil until more bytes come.
    mutating func next() throws(Problem) -> Part? {
        while true {
            switch state {
            case .idle: return nil
            case .head:
                switch try readHead() {
                case .incomplete: return nil
                case .informational: continue
                case .complete(let head): return .head(head)
                }
            case .length(let left):
                guard left > 0 else {
                    state = .end
                    continue
                }
                guard let body = take(left) else { return nil }
                state = .length(left: left - body.readableBytes)
                return .body(body)
            case .chunkSize:
                guard let size = try readLine(Self.chunkLineBytesMax, Self.chunkSize) else {
                    return nil
                }
                if size == 0 { resetHead() }
                state = size == 0 ? .trailers : .chunk(left: size)
            case .chunk(let left):
                guard let body = take(left) else { return nil }
                let rest = left - body.readableBytes
                state = rest == 0 ? .chunkEnd : .chunk(left: rest)
                return .body(body)
            case .chunkEnd:
                guard try readLine(0, { _ in }) != nil else { return nil }
                state = .chunkSize
            case .trailers:
                guard let line = try readHeadLine(Self.field) else { return nil }
                if line == nil { state = .end }
            case .untilClose:
                guard let body = take(input.readableBytes) else { return nil }
                return .body(body)
            case .end:
                state = .idle
                return .end
            }
        }
    }

    /// The upstream has closed the connection; true when that is the end of a response's body.
    mutating func endsWithConnection() -> Bool {
        guard case .untilClose = state else { return false }
        state = .idle
        return true
    }

    // MARK: Heads

    private struct Lines {
        var status: (code: Int, isVersion10: Bool)?
        var headers = HTTPHeaders()
    }

    private var lines = Lines()

    private mutating func resetHead() {
        headBytes = 0
        fieldCount = 0
        lines = Lines()
    }

    private enum HeadStep {
        /// More bytes are needed.
        case incomplete
        /// The response is still to come.
        case informational
        case complete(Head)
    }

    private mutating func readHead() throws(Problem) -> HeadStep {
        if lines.status == nil {
            try checkStart()
            guard let line = try readHeadLine(Self.statusLine) else { return .incomplete }
            lines.status = line
        }
        while let line = try readHeadLine(Self.field) {
            if let (name, value) = line {
                lines.headers.add(name: name, value: value)
                continue
            }
            guard let (code, isVersion10) = lines.status else { return .incomplete }
            let headers = lines.headers
            resetHead()
            if code < 200 {
                informationalCount += 1
                guard code != 101, informationalCount <= Self.informationalMax else {
                    throw Problem("unexpected status \(code)")
                }
                return .informational
            }
            return .complete(try head(code, headers, isVersion10: isVersion10))
        }
        return .incomplete
    }

    /// What is no HTTP at all is refused at once, without waiting for the end of a line.
    private func checkStart() throws(Problem) {
        let isPossible = input.withUnsafeReadableBytes { bytes in
            zip(bytes, "HTTP/1.".utf8).allSatisfy { $0 == $1 }
        }
        guard isPossible else { throw Problem("no HTTP/1 response") }
    }

    private mutating func head(
        _ code: Int, _ headers: HTTPHeaders, isVersion10: Bool
    ) throws(Problem) -> Head {
        let status = HTTPResponseStatus(statusCode: code)
        let framing = try ResponseFraming(headers, isVersion10: isVersion10)
        var head = Head(
            status: status, headers: headers, isKeepAlive: framing.isKeepAlive, bodyBytes: nil)
        guard isBodyExpected, code != 204, code != 304 else {
            state = .end
            return head
        }
        switch framing.body {
        case .chunked: state = .chunkSize
        case .length(let length):
            head.bodyBytes = length
            state = .length(left: length)
        case .untilClose:
            head.isKeepAlive = false
            state = .untilClose
        }
        return head
    }

    private static func statusLine(
        _ line: UnsafeRawBufferPointer
    ) throws(Problem) -> (code: Int, isVersion10: Bool) {
        let isBlank = line.count == 12 || line.count > 12 && line[12] == UInt8(ascii: " ")
        guard isBlank, line.starts(with: "HTTP/1.".utf8), line[7] | 1 == UInt8(ascii: "1"),
            line[8] == UInt8(ascii: " "), isFieldValue(line[12...])
        else { throw Problem("malformed status line") }
        var code = 0
        for digit in line[9..<12] {
            guard digit &- UInt8(ascii: "0") < 10 else { throw Problem("malformed status") }
            code = code * 10 + Int(digit &- UInt8(ascii: "0"))
        }
        guard code >= 100 else { throw Problem("malformed status") }
        return (code, line[7] == UInt8(ascii: "0"))
    }

    /// The field of a line; nil of an empty line, which ends a head.
    private static func field(
        _ line: UnsafeRawBufferPointer
    ) throws(Problem) -> (name: String, value: String)? {
        if line.isEmpty { return nil }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else {
            throw Problem("malformed header field")
        }
        let name = line[..<colon]
        // A folded line starts with a blank, which no name has.
        guard name.allSatisfy(RequestValidation.isTokenByte) else {
            throw Problem("malformed header name")
        }
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var value = line[(colon + 1)...]
        while let first = value.first, isBlank(first) { value.removeFirst() }
        while let last = value.last, isBlank(last) { value.removeLast() }
        guard isFieldValue(value) else { throw Problem("malformed header value") }
        return (text(name), text(value))
    }

    private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: bytes), as: UTF8.self)
    }

    private static func isFieldValue(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        bytes.allSatisfy(RequestValidation.isFieldByte)
    }

    private static func chunkSize(_ line: UnsafeRawBufferPointer) throws(Problem) -> Int {
        let end = line.firstIndex { $0 == UInt8(ascii: ";") } ?? line.endIndex
        let digits = line[..<end]
        guard !digits.isEmpty, digits.count <= 15, isFieldValue(line[end...]) else {
            throw Problem("malformed chunk size")
        }
        var size = 0
        for digit in digits {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else {
                throw Problem("malformed chunk size")
            }
            size = size << 4 | value
        }
        return size
    }

    // MARK: Bytes

    private mutating func take(_ most: Int) -> ByteBuffer? {
        let count = min(most, input.readableBytes)
        return count > 0 ? input.readSlice(length: count) : nil
    }

    /// A line of a head or of trailers; all of them together are bounded.
    private mutating func readHeadLine<Value>(
        _ read: (UnsafeRawBufferPointer) throws(Problem) -> Value
    ) throws(Problem) -> Value? {
        let bytesBefore = input.readableBytes
        guard let line = try readLine(Self.headBytesMax - headBytes, read) else { return nil }
        headBytes += bytesBefore - input.readableBytes
        fieldCount += 1
        guard fieldCount <= Self.fieldsMax + 1 else { throw Problem("too many header fields") }
        return line
    }

    /// What `read` makes of a line without its end; nil until the line is there.
    private mutating func readLine<Value>(
        _ bytesMax: Int, _ read: (UnsafeRawBufferPointer) throws(Problem) -> Value
    ) throws(Problem) -> Value? {
        let length = input.withUnsafeReadableBytes { bytes in
            bytes[searchedBytes...].firstIndex(of: 0x0a)
        }
        guard let length else {
            searchedBytes = input.readableBytes
            guard searchedBytes <= bytesMax + 1 else { throw Problem("line too long") }
            return nil
        }
        searchedBytes = 0
        guard length <= bytesMax + 1 else { throw Problem("line too long") }
        let result: Result<Value, Problem> = input.withUnsafeReadableBytes { bytes in
            guard length > 0, bytes[length - 1] == 0x0d else {
                return .failure(Problem("line ends without CR"))
            }
            let line = UnsafeRawBufferPointer(rebasing: bytes[..<(length - 1)])
            return Result { () throws(Problem) in try read(line) }
        }
        input.moveReaderIndex(forwardBy: length + 1)
        return try result.get()
    }
}

/// How the body of a response is framed, by its header fields.
struct ResponseFraming: Hashable {
    enum Body: Hashable {
        case chunked
        case length(Int)
        case untilClose
    }

    var body: Body
    var isKeepAlive: Bool

    init(_ headers: HTTPHeaders, isVersion10: Bool) throws(ResponseDecoder.Problem) {
        var length: Int?
        var isChunked = false
        isKeepAlive = !isVersion10
        for (name, value) in headers {
            switch name.utf8.count {
            case 14 where name.isSame("content-length"):
                guard length == nil, let stated = Self.length(value) else {
                    throw ResponseDecoder.Problem("malformed content-length")
                }
                length = stated
            case 17 where name.isSame("transfer-encoding"):
                guard !isChunked, !isVersion10, value.isSame("chunked") else {
                    throw ResponseDecoder.Problem("transfer-encoding must be exactly chunked")
                }
                isChunked = true
            case 10 where name.isSame("connection"):
                for token in value.split(separator: ",") {
                    let word = token.drop { $0 == " " }.prefix { $0 != " " }.lowercased()
                    if word == "close" { isKeepAlive = false }
                    if word == "keep-alive", isVersion10 { isKeepAlive = true }
                }
            default: break
            }
        }
        if isChunked, length != nil {
            throw ResponseDecoder.Problem("both transfer-encoding and content-length")
        }
        body = isChunked ? .chunked : length.map { .length($0) } ?? .untilClose
    }

    private static func length(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 18,
            text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
        else { return nil }
        return Int(text)
    }
}
