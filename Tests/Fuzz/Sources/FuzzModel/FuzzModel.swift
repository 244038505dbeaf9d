import FuzzSupport
import Glibc
import JSON
import Model

@main
enum FuzzModel {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                read(&input)
                return 0
            })
    }
}

private nonisolated(unsafe) let document = JSONDocument()

/// The small readers of what clients and the upstream send; the first byte chooses one.
private func read(_ input: inout FuzzInput) {
    let choice = input.below(8)
    let bytes = Array(input.rest())
    let text = String(decoding: bytes, as: UTF8.self)
    switch choice {
    case 0:
        if let dsn = DSN(text) { promise(dsn.port > 0 || text.contains(":0"), "a DSN has a port") }
    case 1:
        _ = try? SentryAuth.resolve(sentryHeader: text, versionMax: 8)
        _ = try? SentryAuth.resolve(query: text)
        _ = PercentEncoding.decodeForm(text)
    case 2: readTime(text)
    case 3: readRateLimits(text)
    case 4:
        if (try? ProjectState(json: bytes)) != nil {
            let isJSON = (try? document.parse(text, options: .replaceLoneSurrogates)) != nil
            promise(isJSON, "a project state is JSON")
        }
    case 5:
        if let decoded = Base64.decode(bytes) {
            promise(decoded.count <= bytes.count, "base64 shrinks")
        }
    case 6:
        if let id = EventID(text) {
            promise(EventID(id.description) == id, "an event id reads back")
            promise(EventID(id.hyphenated) == id, "a hyphenated event id reads back")
        }
        if let key = ProjectKey(text) {
            promise(ProjectKey(key.description) == key, "a project key reads back")
        }
    default:
        let pattern = OriginPattern(text)
        _ = pattern.matches(OriginPattern("https://shop.example.com:8443"))
        _ = OriginPattern.anyMatches([pattern], url: text)
    }
}

private func readTime(_ text: String) {
    guard let time = WallTime(rfc3339: text) else { return }
    let civil = CivilTime(time)
    promise(WallTime(civil: civil) == time, "a time reads back")
}

private func readRateLimits(_ text: String) {
    let now = MonotonicTime(nanoseconds: 1_000_000_000)
    let limits = RateLimitHeader.parse(text, now: now)
    promise(limits.count <= RateLimitHeader.limitsMax, "the number of limits is bounded")
    _ = RateLimitHeader.format(limits, now: now)
}
