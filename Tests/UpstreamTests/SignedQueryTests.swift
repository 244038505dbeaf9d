import Model
import NIOCore
import NIOHTTP1
import Signing
import Testing

@testable import Upstream

@Suite struct SignedQueryTests {
    let key = SigningKey.generate()

    func response(
        _ status: Int, _ body: String = "{}", _ headers: HTTPHeaders = [:]
    ) -> SignedQueryResult {
        SignedQueryResult(
            .success(
                UpstreamResponse(
                    status: HTTPResponseStatus(statusCode: status), headers: headers,
                    body: ByteBuffer(string: body))),
            wallNow: WallTime(microseconds: 0))
    }

    func failure(_ result: SignedQueryResult) -> SignedQueryFailure? {
        guard case .failed(let failure) = result else { return nil }
        return failure
    }

    @Test func requestCarriesASignatureThatVerifies() throws {
        let query = SignedQuery(path: "/api/0/x/", body: Array("{\"a\":1}".utf8), answerBytesMax: 9)
        let now = WallTime(microseconds: 1_600_000_000_000_000)
        let request = try query.request(
            by: RelayIdentity(relayID: "the-id", key: key), at: now)
        #expect(request.method == .POST)
        #expect(request.path == "/api/0/x/")
        #expect(request.headers["X-Sentry-Relay-Id"] == ["the-id"])
        #expect(request.headers["Content-Type"] == ["application/json"])
        #expect(!request.isCompressed)
        #expect(request.priority == .query)
        #expect(request.responseBytesMax == 9)
        #expect(Array(request.body.readableBytesView) == query.body)
        let signature = try #require(request.headers.first(name: "X-Sentry-Relay-Signature"))
        try key.publicKey.verify(signature, body: query.body, now: now)
        #expect(throws: SignatureError.self) {
            try key.publicKey.verify(
                signature, body: Array("{\"a\":2}".utf8), now: now)
        }
    }

    @Test func answersAreTheBody() {
        guard case .answered(let body) = response(200, "[1]") else {
            Issue.record("no answer")
            return
        }
        #expect(body == Array("[1]".utf8))
    }

    @Test(arguments: [502, 503, 504])
    func brokenGatewaysCountAsTheNetwork(status: Int) {
        #expect(failure(response(status))?.isNetworkFailure == true)
    }

    @Test func retryAfterIsRead() {
        #expect(
            failure(response(429, "", ["Retry-After": "12"]))
                == .unavailable(status: 429, retryAfter: .seconds(12)))
        #expect(failure(response(429))?.isNetworkFailure == false)
        #expect(
            failure(response(503, "", ["Retry-After": "soon"]))
                == .unavailable(status: 503, retryAfter: nil))
    }

    @Test func stopIsToldFromAnyOther403() {
        #expect(failure(response(403, "{\"detail\":\"x\",\"relay\":\"stop\"}")) == .denied)
        for body in ["{\"relay\":\"go\"}", "", "stop", "{\"relay\":{}}", "[\"relay\"]"] {
            #expect(failure(response(403, body)) == .unauthorized(status: 403))
        }
        #expect(
            failure(response(401, "{\"relay\":\"stop\"}")) == .unauthorized(status: 401))
    }

    @Test func otherStatusesAreRefusals() {
        for status in [301, 400, 404, 413, 500, 501] {
            #expect(failure(response(status)) == .refused("status \(status)"))
        }
    }

    @Test func errorsOfTheClientAreSorted() {
        let now = WallTime(microseconds: 0)
        func sorted(_ error: UpstreamError) -> SignedQueryFailure? {
            failure(SignedQueryResult(.failure(error), wallNow: now))
        }
        #expect(sorted(.timeout)?.isNetworkFailure == true)
        #expect(sorted(.connect("refused"))?.isNetworkFailure == true)
        #expect(sorted(.nameResolution("no such host"))?.isNetworkFailure == true)
        #expect(sorted(.responseTooLarge(bytesMax: 7))?.isNetworkFailure == false)
    }
}
