import NIOCore
import NIOHTTP1
import Testing

@testable import Upstream

/// What a text decodes to, in pieces of so many bytes.
private func decode(
    _ text: String, step: Int = .max, isBodyExpected: Bool = true
) throws(ResponseDecoder.Problem) -> [String] {
    var decoder = ResponseDecoder()
    decoder.begin(isBodyExpected: isBodyExpected)
    var found: [String] = []
    var body = ""
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        decoder.append(ByteBuffer(bytes: rest.prefix(step)))
        rest = rest.dropFirst(step)
        while let part = try decoder.next() {
            switch part {
            case .head(let head):
                let fields = head.headers.map { "\($0.name)=\($0.value)" }
                found.append("\(head.status.code) \(fields) keep=\(head.isKeepAlive)")
            case .body(let piece): body += String(buffer: piece)
            case .end: found.append("body \(body)")
            }
        }
    }
    if decoder.endsWithConnection() { found.append("body \(body) until close") }
    if decoder.hasExcess { found.append("excess") }
    return found
}

@Suite("Response decoder") struct ResponseDecoderTests {
    @Test(
        "Responses of all framings, however the bytes come",
        arguments: [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a b \r\n\r\n{}",
                ["200 [\"Content-Length=2\", \"X=a b\"] keep=true", "body {}"]
            ),
            (
                "HTTP/1.1 204\r\nContent-Length: 2\r\n\r\n",
                ["204 [\"Content-Length=2\"] keep=true", "body "]
            ),
            (
                "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
                ["200 [\"Content-Length=0\"] keep=false", "body "]
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 \r\nConnection: x, close\r\n\r\nab",
                ["200 [\"Connection=x, close\"] keep=false", "body ab until close"]
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
                ["200 [\"Transfer-Encoding=chunked\"] keep=true", "body abc0123456789"]
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc",
                ["200 [\"Content-Length=1\"] keep=true", "body a", "excess"]
            ),
        ])
    func framings(text: String, expected: [String]) throws {
        for step in [Int.max, 1, 2, 3, 7] { #expect(try decode(text, step: step) == expected) }
    }

    @Test("A response to HEAD has no body, whatever it says")
    func head() throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
        #expect(
            try decode(text, isBodyExpected: false)
                == ["200 [\"Content-Length=100\"] keep=true", "body "])
    }

    @Test(
        "What two readers could understand differently is no response",
        arguments: [
            "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
            "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
            "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\na",
            "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na",
            "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 099 Odd\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
            "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.2 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n",
            " HTTP/1.1 200 OK\r\n\r\n", "SSH-2.0",
        ])
    func ambiguous(text: String) {
        for step in [Int.max, 1, 2] {
            #expect(throws: ResponseDecoder.Problem.self, "\(text)") {
                try decode(text, step: step)
            }
        }
    }

    @Test("Heads, fields, chunk lines and informational responses are bounded")
    func bounds() {
        let ok = "HTTP/1.1 200 OK\r\n"
        let chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
        for text in [
            ok + "X: " + String(repeating: "a", count: ResponseDecoder.headBytesMax),
            ok + String(repeating: "X: a\r\n", count: ResponseDecoder.fieldsMax + 1),
            chunked + "1;" + String(repeating: "a", count: ResponseDecoder.chunkLineBytesMax),
            chunked + "0\r\n" + String(repeating: "X: a\r\n", count: 1 << 14),
            String(
                repeating: "HTTP/1.1 100 Continue\r\n\r\n",
                count: ResponseDecoder.informationalMax + 1),
        ] {
            for step in [Int.max, 1000] {
                #expect(throws: ResponseDecoder.Problem.self, "\(text.prefix(60))") {
                    try decode(text, step: step)
                }
            }
        }
    }
}
