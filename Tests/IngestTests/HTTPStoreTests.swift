import Compression
import Model
import Testing

@testable import RelayIngest

@Suite("Store endpoint")
struct HTTPStoreTests {
    static let id = "fc6d8c0c43fc4630ad850ee518f1b9d0"
    static let event = #"{"event_id":"fc6d8c0c43fc4630ad850ee518f1b9d0","message":"hello"}"#

    static func compressed(_ text: String, _ encoding: CompressionEncoding) throws -> [UInt8] {
        try #require(Compressor(encoding).compress(Array(text.utf8)))
    }

    private func check(_ request: TestRequest, payload: String = event) throws {
        let test = TestDoor()
        let answer = try test.ask(request)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.text == "{\"id\":\"\(Self.id)\"}")
        #expect(answer["content-type"] == "application/json")
        #expect(answer["server"] == "sentry-relay/1.0.0")
        #expect(test.flow.accepted.count == 1)
        #expect(test.flow.accepted.first?.payload() == payload)
        #expect(test.flow.accepted.first?.id?.description == Self.id)
        #expect(test.door.budget.bytesUsed == 0)
    }

    @Test("plain JSON, with and without a content type")
    func plain() throws {
        let request = TestRequest("/api/42/store/", body: Self.event).authenticated
        try check(request)
        try check(request.with("Content-Type", "application/json"))
        try check(request.with("Content-Type", "text/plain;charset=UTF-8"))
        try check(request.with("Content-Encoding", ""))
        try check(request.with("Content-Encoding", "identity"))
        try check(TestRequest("/api//42/store//", body: Self.event).authenticated)
        try check(TestRequest("/api/store/", body: Self.event).authenticated)
    }

    @Test("every content encoding", arguments: CompressionEncoding.allCases)
    func encodings(_ encoding: CompressionEncoding) throws {
        let body = try Self.compressed(Self.event, encoding)
        let request = TestRequest("/api/42/store/", body: body).authenticated
            .with("Content-Encoding", encoding.token)
        try check(request)
        try check(request.chunked(1))
        try check(request.chunked(7))
    }

    @Test("encodings on top of each other")
    func nestedEncodings() throws {
        let inner = try Self.compressed(Self.event, .deflate)
        let outer = try #require(Compressor(.gzip).compress(inner))
        try check(
            TestRequest("/api/42/store/", body: outer).authenticated
                .with("Content-Encoding", "deflate, gzip"))
        try check(
            TestRequest("/api/42/store/", body: outer).authenticated
                .with("Content-Encoding", "deflate").with("Content-Encoding", "gzip"))
    }

    @Test("raw deflate under the name deflate")
    func rawDeflate() throws {
        // zlib's two header bytes and four checksum bytes taken off.
        let zlib = try Self.compressed(Self.event, .deflate)
        try check(
            TestRequest("/api/42/store/", body: Array(zlib.dropFirst(2).dropLast(4))).authenticated
                .with("Content-Encoding", "deflate"))
    }

    @Test("base64, and zlib in base64, without any header that says so")
    func base64() throws {
        let plain = Array(Base64.encode(Array(Self.event.utf8)).utf8)
        try check(TestRequest("/api/42/store/", body: plain).authenticated)
        let zlib = Array(Base64.encode(try Self.compressed(Self.event, .deflate)).utf8)
        let request = TestRequest("/api/42/store/", body: zlib).authenticated
        try check(request)
        try check(request.with("Content-Type", "application/octet-stream"))
        try check(TestRequest("/api/42/store/", body: zlib + [0x0a]).authenticated)
    }

    @Test("zlib or gzip without any header that says so")
    func unannounced() throws {
        for encoding in [CompressionEncoding.deflate, .gzip] {
            let body = try Self.compressed(Self.event, encoding)
            try check(TestRequest("/api/42/store/", body: body).authenticated)
        }
    }

    @Test("form field, and query of a pixel")
    func formsAndPixels() throws {
        let escaped = Self.event.utf8.map { byte in
            "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        try check(
            TestRequest("/api/42/store/", body: "sentry_data=\(escaped)").authenticated
                .with("Content-Type", "application/x-www-form-urlencoded"))
        let base64 = Base64.encode(Array(Self.event.utf8), alphabet: .urlSafe)
        for data in [escaped, base64] {
            let test = TestDoor()
            let answer = try test.ask(
                TestRequest(
                    "GET",
                    "/api/42/store/?sentry_key=\(TestDoor.key)&sentry_version=7&sentry_data=\(data)"
                ))
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer["content-type"] == "image/gif")
            #expect(answer.body.count == 43)
            #expect(answer.body.starts(with: "GIF89a".utf8))
            #expect(test.flow.accepted.first?.payload() == Self.event)
        }
    }

    @Test("Python's constants are replaced, for Python clients only")
    func pythonConstants() throws {
        let body = #"{"extra":{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN"}}"#
        let auth = "Sentry sentry_key=\(TestDoor.key), sentry_version=2.0, sentry_client="
        let test = TestDoor()
        let answer = try test.ask(
            TestRequest("/api/42/store/", body: body)
                .with("X-Sentry-Auth", auth + "raven-python/3.6.1"))
        #expect(answer.status == 200, "\(answer.text)")
        #expect(
            test.flow.accepted.first?.payload() == #"{"extra":{"a":0,"b":[0,0],"c":"NaN"}}"#)
        #expect(test.flow.accepted.first?.meta.protocolVersion == 2)
        let refused = try test.ask(
            TestRequest("/api/42/store/", body: body)
                .with("X-Sentry-Auth", auth + "raven-js/3.22.1"))
        #expect(refused.status == 400)
        #expect(refused.detail == "invalid JSON data")
    }

    @Test("escapes of lone surrogates are replaced")
    func loneSurrogates() throws {
        let cases = [
            (#"{"a":"\ud800 x"}"#, "{\"a\":\"\u{fffd} x\"}"),
            (#"{"a":"\uDC00"}"#, "{\"a\":\"\u{fffd}\"}"),
            (#"{"a":"\ud83d\ude00\ud83d"}"#, "{\"a\":\"\u{1f600}\u{fffd}\"}"),
            (#"{"a":"\\ud800","b":"\ud800"}"#, "{\"a\":\"\\\\ud800\",\"b\":\"\u{fffd}\"}"),
        ]
        for (body, expected) in cases {
            let test = TestDoor()
            let answer = try test.ask(TestRequest("/api/42/store/", body: body).authenticated)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(test.flow.accepted.first?.payload() == expected)
        }
    }

    @Test("id and type of a bare event")
    func peek() throws {
        let cases: [(String, ItemType, String?)] = [
            (#"{"event_id":"FC6D8C0C-43FC-4630-AD85-0EE518F1B9D0"}"#, .event, Self.id),
            (#"{"event_id":"none"}"#, .event, nil),
            (#"{"event_id":7}"#, .event, nil),
            (#"{}"#, .event, nil),
            (#"{"type":"transaction"}"#, .transaction, nil),
            (#"{"type":"csp"}"#, .security, nil),
            (#"{"type":"error"}"#, .event, nil),
        ]
        for (body, type, id) in cases {
            let test = TestDoor()
            let answer = try test.ask(TestRequest("/api/42/store/", body: body).authenticated)
            #expect(answer.status == 200)
            let accepted = try #require(test.flow.accepted.first)
            #expect(accepted.envelope.items[0].type == type)
            #expect(accepted.envelope.header.eventID == accepted.id)
            if let id { #expect(accepted.id?.description == id) }
            #expect(answer.text == "{\"id\":\"\(accepted.id?.description ?? "")\"}")
        }
    }

    @Test(
        "what is no event",
        arguments: [
            "", "   ", "null", "[]", "[{}]", "\"text\"", "{", #"{"a":1}x"#, "not base64!", "e30",
            #"{"a":01}"#, "bm90IGpzb24=", String(repeating: "{\"a\":", count: 500),
        ])
    func refused(_ body: String) throws {
        let test = TestDoor()
        let answer = try test.ask(TestRequest("/api/42/store/", body: body).authenticated)
        if body == "e30" {
            // base64 of {}
            #expect(answer.status == 200)
            return
        }
        #expect(answer.status == 400, "\(body)")
        #expect(answer.detail != nil)
        #expect(answer["access-control-allow-origin"] == "*")
        #expect(test.flow.accepted.isEmpty)
        #expect(test.door.budget.bytesUsed == 0)
    }

    @Test("damaged, cut and followed-up compressions", arguments: CompressionEncoding.allCases)
    func damaged(_ encoding: CompressionEncoding) throws {
        let good = try Self.compressed(Self.event, encoding)
        for body in [Array(good.dropLast(3)), good + [0, 1, 2], [0xff, 0xff, 0xff] + good] {
            let test = TestDoor()
            let answer = try test.ask(
                TestRequest("/api/42/store/", body: body).authenticated
                    .with("Content-Encoding", encoding.token))
            #expect(answer.status == 400)
            #expect(test.flow.accepted.isEmpty)
        }
    }

    @Test("an unknown encoding is named")
    func unknownEncoding() throws {
        let answer = try TestDoor().ask(
            TestRequest("/api/42/store/", body: Self.event).authenticated
                .with("Content-Encoding", "lzma"))
        #expect(answer.status == 400)
        #expect(answer.causes == ["unknown content encoding: lzma"])
        let stacked = try TestDoor().ask(
            TestRequest("/api/42/store/", body: Self.event).authenticated
                .with("Content-Encoding", "gzip, gzip, gzip, gzip"))
        #expect(stacked.status == 400)
    }

    @Test("an envelope sent to the store endpoint")
    func envelope() throws {
        let body = "{\"event_id\":\"\(Self.id)\"}\n{\"type\":\"event\"}\n\(Self.event)\n"
        try check(
            TestRequest("/api/42/store/", body: body).authenticated
                .with("Content-Type", "application/x-sentry-envelope"))
    }

    @Test("cut at every byte, the request is put together again")
    func dripFeed() throws {
        let body = try Self.compressed(Self.event, .gzip)
        let request = TestRequest("/api/42/store/", body: body).authenticated
            .with("Content-Encoding", "gzip")
        for bytes in [request.bytes, request.chunked(3).bytes] {
            let test = TestDoor()
            let connection = try test.connect()
            for byte in bytes {
                #expect(try connection.answerIfAny() == nil)
                try connection.send([byte])
            }
            #expect(try connection.answer().status == 200)
            #expect(test.flow.accepted.first?.payload() == Self.event)
        }
        for cut in 1..<request.bytes.count {
            let test = TestDoor()
            let connection = try test.connect()
            try connection.send(Array(request.bytes[..<cut]))
            try connection.send(Array(request.bytes[cut...]))
            #expect(try connection.answer().status == 200)
        }
    }
}
