import Testing

@testable import Model

@Suite struct EnvelopeTests {
    private static func parse(
        _ text: String, limits: EnvelopeLimits = EnvelopeLimits()
    ) throws(EnvelopeError) -> Envelope {
        try Envelope(parsing: Array(text.utf8), limits: limits)
    }

    private static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: Array(bytes), as: UTF8.self)
    }

    private static let key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

    @Test func headersAndItemsAreRead() throws {
        let envelope = try Self.parse(
            """
            {"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","dsn":"https://\(Self.key):@sentry.example:8443/sub/42","sent_at":"2020-02-07T14:16:00Z","sdk":{"name":"sdk"},"trace":{"trace_id":"x"},"retention":30,"own":[1, 2]}
            {"type":"attachment","length":10,"content_type":"text/plain","filename":"hello.txt","attachment_type":"event.attachment"}
            \u{00}\u{01}\nHello\n!
            {"type":"event","length":15}
            {"message":"m"}
            {"type":"new_thing","x":1}
            runs to the newline
            """)
        let header = envelope.header
        #expect(header.eventID == EventID("9ec79c33ec9942ab8353589fcb2e04dc"))
        #expect(header.dsn?.projectID == ProjectID(rawValue: 42))
        #expect(header.dsn?.port == 8443)
        #expect(header.dsn?.path == "/sub/")
        #expect(header.sentAt?.rfc3339() == "2020-02-07T14:16:00Z")
        #expect(header.sdk.map(Self.text) == "{\"name\":\"sdk\"}")
        #expect(header.trace.map(Self.text) == "{\"trace_id\":\"x\"}")
        #expect(header.retentionDays == 30)

        #expect(envelope.items.count == 3)
        let attachment = envelope.items[0]
        #expect(attachment.type == .attachment)
        #expect(attachment.attachmentType == .attachment)
        #expect(attachment.contentType == "text/plain")
        #expect(attachment.filename == "hello.txt")
        #expect(Self.text(attachment.payload) == "\u{00}\u{01}\nHello\n!")
        #expect(envelope.items[1].type == .event)
        #expect(Self.text(envelope.items[1].payload) == "{\"message\":\"m\"}")
        #expect(envelope.items[2].type == .unknown("new_thing"))
        #expect(Self.text(envelope.items[2].payload) == "runs to the newline")
        #expect(envelope.eventItemIndex == 1)
        #expect(envelope.requiresEvent)
    }

    @Test(arguments: [
        "{}", "{}\n", "{}\n\n\n", " {} ", "{}\n{\"type\":\"event\"}",
        "{}\n{\"type\":\"event\",\"length\":0}", "{}\n{\"type\":\"event\",\"length\":0}\n",
        "{}\n{\"type\":\"event\",\"length\":0}\n\n", "{}\n{\"type\":\"event\",\"length\":2}\n{}\n",
        "{}\n\n{\"type\":\"session\",\"length\":2}\n{}\n\n\n{\"type\":\"a\"}\n",
        "{}\n{\"type\":\"event\",\"length\":null}\npayload",
    ])
    func optionalNewlinesMayBeMissingOrTooMany(_ text: String) throws {
        if text == " {} " {
            #expect(throws: EnvelopeError.missingNewline) { try Self.parse(text) }
        } else {
            _ = try Self.parse(text)
        }
    }

    @Test(arguments: [
        ("", EnvelopeError.missingHeader),
        (" \n", .missingHeader),
        ("[]", .invalidHeader(detail: "value of an unexpected type at byte 0")),
        ("{\"event_id\":\"zz\"}", .invalidHeader(detail: "invalid value for field `event_id`")),
        ("{\"event_id\":5}", .invalidHeader(detail: "value of an unexpected type at byte 12")),
        ("{\"sent_at\":\"now\"}", .invalidHeader(detail: "invalid value for field `sent_at`")),
        ("{\"dsn\":\"x\"}", .invalidHeader(detail: "invalid value for field `dsn`")),
        ("{\"a\":01}", .invalidHeader(detail: "invalid JSON at byte 5")),
        ("{\"a\":1,}", .invalidHeader(detail: "invalid JSON at byte 7")),
        ("{} x", .missingNewline),
        ("{}\nnull", .invalidItemHeader(detail: "value of an unexpected type at byte 0")),
        ("{}\n{}", .invalidItemHeader(detail: "invalid value for field `type`")),
        ("{}\n{\"type\":\"event\",\"length\":3}\n{}", .unexpectedEndOfFile),
        ("{}\n{\"type\":\"event\",\"length\":1}\n{}\n", .missingNewline),
        (
            "{}\n{\"type\":\"event\",\"length\":-1}\n{}",
            .invalidItemHeader(detail: "invalid value for field `length`")
        ),
        (
            "{}\n{\"type\":\"event\",\"length\":1.0}\n{}",
            .invalidItemHeader(detail: "invalid value for field `length`")
        ),
        (
            "{}\n{\"type\":\"event\",\"length\":9223372036854775808}\n{}",
            .invalidItemHeader(detail: "invalid value for field `length`")
        ),
        (
            "{}\n{\"type\":\"event\",\"length\":99999999999999999999999}\n{}",
            .invalidItemHeader(detail: "invalid value for field `length`")
        ),
        ("{}\n{\"type\":\"event\",\"length\":4294967295}\n{}", .unexpectedEndOfFile),
    ])
    func malformedEnvelopesAreNamed(_ text: String, _ expected: EnvelopeError) {
        #expect(throws: expected) { try Self.parse(text) }
    }

    @Test func limitsAreExact() throws {
        let limits = EnvelopeLimits(itemsMax: 2, headerBytesMax: 40)
        let item = "{\"type\":\"a\",\"length\":0}\n\n"
        #expect(try Self.parse("{}\n" + item + item, limits: limits).items.count == 2)
        #expect(throws: EnvelopeError.tooManyItems(limit: 2)) {
            try Self.parse("{}\n" + item + item + item, limits: limits)
        }
        let fitting = "{\"x\":\"" + String(repeating: "y", count: 32) + "\"}"
        #expect(fitting.utf8.count == 40)
        _ = try Self.parse(fitting + "\n" + item, limits: limits)
        let long = "{\"x\":\"" + String(repeating: "y", count: 33) + "\"}"
        #expect(throws: EnvelopeError.headerTooLarge(limit: 40)) {
            try Self.parse(long + "\n" + item, limits: limits)
        }
        #expect(throws: EnvelopeError.headerTooLarge(limit: 40)) {
            try Self.parse(
                "{}\n{\"type\":\"a\",\"x\":\"" + String(repeating: "y", count: 300) + "\"}\n",
                limits: limits)
        }
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(throws: EnvelopeError.self) { try Self.parse("{\"x\":" + deep + "}") }
    }

    @Test func everyTruncationIsAnErrorOrAShorterEnvelope() throws {
        let text =
            "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n"
            + "{\"type\":\"event\",\"length\":15}\n{\"message\":\"m\"}\n"
            + "{\"type\":\"attachment\",\"length\":3}\na\nb\n"
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            guard let envelope = try? Envelope(parsing: bytes[..<count]) else { continue }
            #expect(envelope.items.count <= 2)
        }
        // A slice that does not start at zero is no different.
        #expect(try Envelope(parsing: ([1, 2, 3] + bytes)[3...]) == Envelope(parsing: bytes))
    }

    @Test func writingStatesTheLengthsAndKeepsTheRest() throws {
        let text =
            "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\",\"own\":{\"a\":[1,2]}}\n"
            + "{\"type\":\"event\",\"own\":true,\"length\":15}\n{\"message\":\"m\"}\n"
            + "{\"type\":\"x\"}\npayload\n"
        var envelope = try Self.parse(text)
        #expect(
            Self.text(envelope.serialized)
                == text.replacing("{\"type\":\"x\"}", with: "{\"type\":\"x\",\"length\":7}"))
        envelope.items[0].payload = ArraySlice("{}".utf8)
        let again = try Envelope(parsing: envelope.serialized)
        #expect(
            Self.text(again.items[0].headerBytes)
                == "{\"type\":\"event\",\"own\":true,\"length\":2}")
        #expect(Self.text(again.items[0].payload) == "{}")
        #expect(again.header == envelope.header)
    }

    @Test func headersOnSeveralLinesAreWrittenOnOne() throws {
        let envelope = try Self.parse("{\n \"own\": 1,\r\n \"b\": \"c\\n\"}\n")
        #expect(!envelope.header.bytes.contains(0x0a))
        #expect(Self.text(envelope.serialized) == "{  \"own\": 1,   \"b\": \"c\\n\"}\n")
    }

    @Test func headerFieldsCanBeSet() throws {
        var envelope = try Self.parse("{\"dsn\":null , \"own\" : 1,\"sent_at\":null}\n")
        let id = EventID(high: 1, low: 2)
        envelope.header.set([
            ("event_id", .string(id.description)), ("own", .absent),
            ("sent_at", .string("2020-01-01T00:00:00Z")), ("text", .string("a\"\\\u{1}\n")),
        ])
        #expect(envelope.header.eventID == id)
        #expect(
            Self.text(envelope.header.bytes)
                == "{\"dsn\":null,\"event_id\":\"\(id)\",\"sent_at\":\"2020-01-01T00:00:00Z\","
                + "\"text\":\"a\\\"\\\\\\u0001\\n\"}")
        // A value that is not of its field's form changes nothing.
        envelope.header.set([("event_id", .string("nonsense"))])
        #expect(envelope.header.eventID == id)

        var item = EnvelopeItem(
            type: .attachment, payload: [1], filename: "a\nb", attachmentType: .minidump)
        item.set([("own", .bool(true))])
        #expect(
            Self.text(item.headerBytes)
                == "{\"type\":\"attachment\",\"filename\":\"a\\nb\","
                + "\"attachment_type\":\"event.minidump\",\"own\":true}")
        #expect(item.payload == [1])
        #expect(item.createsEvent)
    }

    @Test func itemTypesSurviveTheirNames() {
        for name in [
            "event", "transaction", "security", "raw_security", "unreal_report", "attachment",
            "form_data", "user_report", "feedback", "session", "sessions", "statsd",
            "metric_buckets", "client_report", "profile", "profile_chunk", "replay_event",
            "replay_recording", "replay_video", "check_in", "log", "trace_metric", "span",
            "otel_span", "otel_traces_data", "nel", "anything_else",
        ] {
            #expect(ItemType(name: name).name == name)
        }
        for name in [
            "event.attachment", "event.minidump", "event.applecrashreport", "event.payload",
            "event.breadcrumbs", "playstation.prosperodump", "unreal.context", "unreal.logs",
            "event.view_hierarchy", "other",
        ] {
            #expect(AttachmentType(name: name).name == name)
        }
        #expect(ItemType.event.category == .error)
        #expect(ItemType.attachment.category == .attachment)
        #expect(ItemType.unknown("x").category == nil)
    }
}
