import Model
@testable import Signing
import Testing

private let secret = "OvXFVm1tIUi8xDTuyHX1SSqdMc8nCt2qU9IUaH5p7oU"
private let publicText = "JOaR2bHZ31zYjFojC7UhPOidzfT3qOQgT9WEBw1JAKU"

/// Made by the original's library with `secret` over `hello world` and `{"a":1}`.
private let foreignSignature =
    "7xgPUXYUeiS_5H--ujMMtk9N6VugovOtJVnvqy6nV6NjAK4h1d3dao3LcHoNCFSqKG5QshBWdSCfQzVaTKGtBA"
    + ".eyJ0IjoiMjAyNi0xMS0yNFQyMTozMToyMC40NDcwNzkxNjBaIn0"

private func time(_ text: String) throws -> WallTime {
    try #require(WallTime(rfc3339: text))
}

@Suite("Signing") struct SigningTests {
    @Test("The public key belongs to the secret; both forms of a secret are read")
    func keys() throws {
        let key = try #require(SigningKey(secret))
        #expect(key.base64URL == secret)
        #expect(key.publicKey.base64URL == publicText)
        let pair = try #require(keyPairText())
        #expect(pair.count == 86)
        #expect(SigningKey(pair)?.base64URL == secret)
        // The same seed with another public half.
        #expect(SigningKey(pair.replacingCharacter(at: 60)) == nil)
        for text in ["", "OvXF", secret + "A", secret + "=", "!" + secret.dropFirst(), pair + "A"] {
            #expect(SigningKey(text) == nil, "\(text)")
        }
        #expect(VerifyingKey(publicText) == key.publicKey)
        #expect(VerifyingKey(String(publicText.dropLast())) == nil)
    }

    @Test("Generated keys differ and can be read again")
    func generated() throws {
        let key = SigningKey.generate()
        #expect(key.base64URL.count == 43)
        #expect(key.base64URL != SigningKey.generate().base64URL)
        #expect(SigningKey(key.base64URL)?.publicKey == key.publicKey)
    }

    @Test("No description shows the secret")
    func descriptions() throws {
        let key = try #require(SigningKey(secret))
        for text in ["\(key)", String(describing: key), String(reflecting: key)] {
            #expect(!text.contains(secret))
        }
    }

    @Test("A signature of the original is accepted")
    func foreign() throws {
        let key = try #require(VerifyingKey(publicText))
        let now = try time("2026-11-24T21:31:21Z")
        let stated = try key.verify(foreignSignature, body: Array("hello world".utf8), now: now)
        #expect(stated == (try time("2026-11-24T21:31:20.447079Z")))
    }

    @Test("Header JSON and signature have the original's form, byte by byte")
    func form() throws {
        let key = try #require(SigningKey(secret))
        let signature = try key.signature(
            of: Array("{}".utf8), at: time("2019-10-10T12:00:00.123Z"))
        let parts = signature.split(separator: ".")
        #expect(parts.count == 2)
        #expect(parts.first?.utf8.count == 86)
        #expect(parts.last == "eyJ0IjoiMjAxOS0xMC0xMFQxMjowMDowMC4xMjNaIn0")
    }

    @Test("Any changed byte of body, signature or header is noticed")
    func tampered() throws {
        let key = try #require(SigningKey(secret))
        let body = Array(#"{"publicKeys":["a"]}"#.utf8)
        let now = try time("2026-01-01T00:00:00Z")
        let signature = try key.signature(of: body, at: now)
        for position in body.indices {
            var changed = body
            changed[position] ^= 1
            #expect(throws: SignatureError.mismatch) {
                try key.publicKey.verify(signature, body: changed, now: now)
            }
        }
        for position in signature.indices where signature[position] != "." {
            var changed = signature
            changed.replaceSubrange(
                position...position, with: signature[position] == "A" ? "B" : "A")
            #expect(throws: SignatureError.self) {
                try key.publicKey.verify(changed, body: body, now: now)
            }
        }
        #expect(throws: SignatureError.mismatch) {
            try SigningKey.generate().publicKey.verify(signature, body: body, now: now)
        }
    }

    @Test("300 s old and 60 s ahead pass, a second more does not")
    func ages() throws {
        let key = try #require(SigningKey(secret))
        let now = try time("2026-01-01T00:10:00Z")
        func signed(_ seconds: Int64) throws -> String {
            try key.signature(
                of: [], at: WallTime(microseconds: now.microseconds + seconds * 1_000_000))
        }
        try key.publicKey.verify(signed(-300), body: [], now: now)
        try key.publicKey.verify(signed(60), body: [], now: now)
        #expect(throws: SignatureError.expired(ageSeconds: 301)) {
            try key.publicKey.verify(signed(-301), body: [], now: now)
        }
        #expect(throws: SignatureError.inFuture(aheadSeconds: 61)) {
            try key.publicKey.verify(signed(61), body: [], now: now)
        }
    }

    @Test("A header without a time is no licence to replay")
    func headers() throws {
        func stated(_ text: String) -> SignatureHeader.Stated {
            SignatureHeader.time(in: Array(text.utf8))
        }
        #expect(stated("{}") == .absent)
        #expect(stated(#"{"a":"v0","n":1.5e3,"x":null}"#) == .absent)
        let instant = SignatureHeader.Stated.time(try time("2026-01-01T00:00:00Z"))
        #expect(stated(#" {"a":"\"v0","t": "2026-01-01T00:00:00Z" } "#) == instant)
        for text in [
            "", "{", "[]", #"{"t":"#, #"{"t":"now"}"#, #"{"t":{}}"#, #"{"t":"2026"} x"#, #"{"a"}"#,
            #"{"a":1 "t":2}"#, #"{"a":"\"#,
        ] {
            #expect(stated(text) == .malformed, "\(text)")
        }
    }

    @Test(
        "What is no signature is malformed",
        arguments: ["", ".", "a", "a.b", "a.b.c", String(repeating: "A", count: 5_000)])
    func malformed(text: String) throws {
        let key = try #require(VerifyingKey(publicText))
        #expect(throws: SignatureError.malformed) {
            try key.verify(text, body: [], now: WallTime(microseconds: 0))
        }
    }
}

/// Seed and public key, as the original's longer form has them.
private func keyPairText() -> String? {
    func decoded(_ text: String) -> [UInt8] {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var bits: [Bool] = []
        for character in text {
            let value = alphabet.firstIndex(of: character) ?? 0
            for shift in stride(from: 5, through: 0, by: -1) {
                bits.append(value >> shift & 1 == 1)
            }
        }
        return (0..<bits.count / 8).map { byte in
            (0..<8).reduce(UInt8(0)) { $0 << 1 | (bits[byte * 8 + $1] ? 1 : 0) }
        }
    }
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var bits = (decoded(secret) + decoded(publicText)).flatMap { byte in
        stride(from: 7, through: 0, by: -1).map { byte >> UInt8($0) & 1 }
    }
    while bits.count % 6 != 0 { bits.append(0) }
    return String(
        stride(from: 0, to: bits.count, by: 6).map { start in
            alphabet[bits[start..<start + 6].reduce(0) { $0 << 1 | Int($1) }]
        })
}

extension String {
    fileprivate func replacingCharacter(at offset: Int) -> String {
        var characters = Array(self)
        characters[offset] = characters[offset] == "A" ? "B" : "A"
        return String(characters)
    }
}
