import FuzzSupport
import Glibc
import Model

@main
enum FuzzEnvelope {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                read(&input)
                return 0
            })
    }
}

/// Reads an envelope, writes it, and reads it again: nothing may have changed. What else comes from
/// requests as text is read by the way.
private func read(_ input: inout FuzzInput) {
    let bytes = Array(input.rest())
    let limits = EnvelopeLimits(itemsMax: 100, headerBytesMax: 4096)
    if let envelope = try? Envelope(parsing: bytes, limits: limits) { check(envelope) }
    _ = try? ProjectState(json: bytes)

    let text = String(decoding: bytes, as: UTF8.self)
    if let auth = try? SentryAuth.resolve(sentryHeader: "Sentry " + text, query: nil) {
        promise(auth.protocolVersion <= SentryAuth.protocolVersionMax, "version is checked")
    }
    _ = try? SentryAuth.resolve(query: text)
    if let dsn = DSN(text) { promise(DSN(dsn.description) == dsn, "DSN survives") }
    if let time = WallTime(rfc3339: text) {
        promise(WallTime(rfc3339: time.rfc3339()) == time, "time survives")
    }
    let now = MonotonicTime(nanoseconds: 0)
    let limitsRead = RateLimitHeader.parse(text, now: now)
    let limitsText = RateLimitHeader.format(limitsRead, now: now)
    promise(
        RateLimitHeader.parse(limitsText, now: now).count == limitsRead.count, "limits survive")
    if let decoded = Base64.decode(text) {
        promise(Base64.decode(Base64.encode(decoded)) == decoded, "base64 survives")
    }
}

private func check(_ envelope: Envelope) {
    promise(envelope.items.count <= 100, "items are bounded")
    let written = envelope.serialized
    let limits = EnvelopeLimits(itemsMax: 100, headerBytesMax: 8192)
    guard let again = try? Envelope(parsing: written, limits: limits) else {
        promise(false, "what was written can be read")
        return
    }
    promise(again.header == envelope.header, "header survives")
    promise(again.items.count == envelope.items.count, "items survive")
    for (item, original) in zip(again.items, envelope.items) {
        promise(item.type == original.type, "type survives")
        promise(item.payload == original.payload, "payload survives")
        promise(item.contentType == original.contentType, "content type survives")
        promise(item.filename == original.filename, "file name survives")
        promise(item.attachmentType == original.attachmentType, "attachment type survives")
    }
    promise(again.serialized == written, "writing is stable")
}
