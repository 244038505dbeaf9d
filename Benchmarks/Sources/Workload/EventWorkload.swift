import JSON

/// Events like those that SDKs send, made from a seed: field names, nesting, lengths of texts and
/// the share of numbers follow the event protocol; every name and value is invented.
public struct EventWorkload {
    /// The SDK whose habits an event follows.
    public enum Platform: String, CaseIterable, Sendable {
        case android, javascript, python
    }

    var random: SeededGenerator
    let writer = JSONWriter()

    /// A source of events; the same seed gives the same events.
    public init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// The set that benchmarks use: every platform in sizes from about 1 to 100 KB.
    public static func standardSet(seed: UInt64 = 1) -> [[UInt8]] {
        var workload = EventWorkload(seed: seed)
        var events: [[UInt8]] = []
        for kilobytes in [1, 2, 4, 10, 10, 20, 40, 100] {
            for platform in Platform.allCases {
                events.append(workload.event(platform, byteCount: kilobytes * 1000))
            }
        }
        return events
    }

    /// One event of about `byteCount` bytes.
    public mutating func event(_ platform: Platform, byteCount: Int) -> [UInt8] {
        writer.reset()
        writer.beginObject()
        writeHead(platform)
        writeContexts(platform)
        writer.key("exception")
        writer.beginObject()
        writer.key("values")
        writer.beginArray()
        writeException(platform, byteCount: byteCount / 2)
        writer.endArray()
        writer.endObject()
        writeBreadcrumbs(platform, until: byteCount - 600)
        if platform == .android {
            writeThreads(until: byteCount)
        } else {
            writeRequest()
        }
        writer.endObject()
        return Array(writer.bytes)
    }

    private mutating func writeHead(_ platform: Platform) {
        text("event_id", random.hex(32))
        writer.key("timestamp")
        writer.number(1_700_000_000 + Double(random.below(1_000_000_000)) / 1000)
        text("platform", platform == .android ? "java" : platform.rawValue)
        text("level", random.pick(["error", "error", "fatal", "warning"]))
        text("environment", random.pick(["production", "staging", "debug"]))
        text("release", "com.example.shop@\(random.below(9)).\(random.below(40)).0")
        text("transaction", random.pick(["CheckoutActivity", "/api/{id}", "cart.views.add"]))
        writer.key("sdk")
        writer.beginObject()
        text("name", "sentry.\(platform.rawValue)")
        text("version", "7.\(random.below(20)).0")
        writer.endObject()
        writer.key("tags")
        writer.beginObject()
        for name in ["region", "tenant", "isSideLoaded", "os.rooted"].prefix(2 + random.below(3)) {
            text(name, random.pick(["eu-west-1", "false", "true", "blue"]))
        }
        writer.endObject()
        writer.key("user")
        writer.beginObject()
        text("id", "\(random.below(1_000_000))")
        text("email", "\(word())@example.com")
        text("ip_address", "192.0.2.\(random.below(256))")
        writer.endObject()
    }

    private mutating func writeContexts(_ platform: Platform) {
        writer.key("contexts")
        writer.beginObject()
        writer.key("device")
        writer.beginObject()
        text("family", "Phone")
        text("model", "P\(random.below(900))")
        for name in ["free_memory", "memory_size", "storage_size", "external_free_storage"] {
            writer.key(name)
            writer.number(Int64(random.below(9_000_000_000)))
        }
        writer.key("battery_level")
        writer.number(Double(random.below(1000)) / 10)
        writer.key("charging")
        writer.bool(random.below(2) == 0)
        writer.key("screen_density")
        writer.number(2.75)
        writer.key("boot_time")
        writer.null()
        writer.endObject()
        writer.key("os")
        writer.beginObject()
        text("name", platform == .android ? "Android" : "Linux")
        text("version", "1\(random.below(5))")
        text("kernel_version", "5.10.\(random.below(200))-\(random.hex(12))")
        writer.endObject()
        writer.key("trace")
        writer.beginObject()
        text("trace_id", random.hex(32))
        text("span_id", random.hex(16))
        writer.endObject()
        writer.endObject()
    }

    private mutating func writeBreadcrumbs(_ platform: Platform, until byteCount: Int) {
        writer.key("breadcrumbs")
        writer.beginObject()
        writer.key("values")
        writer.beginArray()
        var second = 1_700_000_000
        while writer.count < byteCount {
            second += random.below(9)
            writer.beginObject()
            writer.key("timestamp")
            writer.number(Double(second) + 0.25)
            text("category", random.pick(["ui.click", "http", "console", "navigation", "query"]))
            text("type", random.pick(["default", "http", "navigation"]))
            if random.below(3) == 0 {
                writer.key("data")
                writer.beginObject()
                text("url", "https://shop.example.com/api/\(word())?page=\(random.below(90))")
                text("method", random.pick(["GET", "POST"]))
                writer.key("status_code")
                writer.number(Int64(random.pick([200, 200, 204, 404, 500])))
                writer.endObject()
            } else {
                text("message", sentence())
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    private mutating func writeThreads(until byteCount: Int) {
        writer.key("threads")
        writer.beginObject()
        writer.key("values")
        writer.beginArray()
        repeat {
            writer.beginObject()
            writer.key("id")
            writer.number(Int64(random.below(90)))
            text("name", "pool-\(random.below(9))-thread-\(random.below(9))")
            text("state", random.pick(["RUNNABLE", "WAITING"]))
            writer.key("crashed")
            writer.bool(false)
            writer.endObject()
        } while writer.count < byteCount
        writer.endArray()
        writer.endObject()
    }

    private mutating func writeRequest() {
        writer.key("request")
        writer.beginObject()
        text("url", "https://shop.example.com/cart/\(word())")
        text("method", "POST")
        text("query_string", "token=\(random.hex(20))&page=\(random.below(9))")
        writer.key("headers")
        writer.beginObject()
        text("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:1\(random.below(40)).0) Gecko/2010")
        text("Accept", "application/json, text/plain, */*")
        text("Cookie", "session=\(random.hex(32)); theme=dark")
        writer.endObject()
        writer.endObject()
    }

    mutating func text(_ key: String, _ value: String) {
        writer.key(key)
        writer.string(value)
    }
}
