import Glibc
import JSON

/// Names that the processor's schema knows, so that keys resolve as they do in the product.
let knownKeys = [
    "event_id", "timestamp", "platform", "level", "environment", "release", "transaction", "sdk",
    "name", "version", "tags", "user", "id", "email", "ip_address", "contexts", "device", "os",
    "family", "model", "free_memory", "memory_size", "storage_size", "battery_level", "charging",
    "trace", "trace_id", "span_id", "exception", "values", "type", "value", "module", "mechanism",
    "handled", "stacktrace", "frames", "filename", "abs_path", "function", "lineno", "colno",
    "in_app", "vars", "pre_context", "context_line", "post_context", "breadcrumbs", "category",
    "data", "message", "url", "method", "status_code", "threads", "state", "crashed", "request",
    "headers", "query_string", "cookies", "logger", "server_name", "modules", "extra", "logentry",
    "fingerprint", "dist", "debug_meta", "images", "received", "kernel_version",
]

/// The product's own core: reading, and reading, changing and writing.
final class RelayCore {
    let keys = JSONKeyTable(knownKeys)
    let document: JSONDocument
    let writer = JSONWriter(capacity: 1 << 18)
    let payloads: [[UInt8]]
    let user: JSONKeyID
    let breadcrumbs: JSONKeyID
    let received: JSONKeyID

    init(payloads: [[UInt8]]) {
        self.payloads = payloads
        document = JSONDocument(keys: keys)
        user = keys.id(of: "user")
        breadcrumbs = keys.id(of: "breadcrumbs")
        received = keys.id(of: "received")
    }

    func parseAll() {
        for payload in payloads { check(try? document.parse(payload)) }
    }

    func parseAndWriteAll() {
        for payload in payloads {
            guard let root = try? document.parse(payload) else { fail() }
            writer.reset()
            try? writer.write(root, from: document)
        }
    }

    func parseMutateWriteAll() {
        for payload in payloads {
            guard let root = try? document.parse(payload) else { fail() }
            mutate(root)
            writer.reset()
            try? writer.write(root, from: document)
        }
    }

    /// The changes that every library makes: two scalars, one subtree gone, one string in ten
    /// redacted.
    private func mutate(_ root: JSONNode) {
        guard document.kind(of: root) == .object else { return }
        document.append(document.makeNumber(1_700_000_000.25), to: root, key: received)
        document.remove(document.find(user, in: root), from: root)
        var seen = 0
        redact(document.find(breadcrumbs, in: root), &seen)
    }

    private func redact(_ node: JSONNode, _ seen: inout Int) {
        switch document.kind(of: node) {
        case .string:
            seen += 1
            if seen % 10 == 0 { document.setString(node, "[Filtered]") }
        case .array, .object:
            for child in document.children(of: node) { redact(child, &seen) }
        default: break
        }
    }

    func copyAll() {
        for payload in payloads {
            payload.withUnsafeBytes { source in
                guard let base = source.baseAddress else { return }
                memcpy(copyTarget, base, source.count)
            }
        }
    }

    private lazy var copyTarget = UnsafeMutableRawPointer.allocate(
        byteCount: payloads.map(\.count).max() ?? 1, alignment: 64)

    private func check(_ node: JSONNode?) {
        if node == nil { fail() }
    }

    private func fail() -> Never {
        print("a payload did not parse")
        exit(1)
    }
}
