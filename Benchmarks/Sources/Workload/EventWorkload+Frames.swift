import JSON

/// Stack traces and words of the generated events.
extension EventWorkload {
    mutating func writeException(_ platform: Platform, byteCount: Int) {
        writer.beginObject()
        text("type", random.pick(["IllegalStateException", "TypeError", "KeyError"]))
        text("value", sentence() + (random.below(2) == 0 ? "\nCaused by: \"\(word())\"" : ""))
        text("module", "com.example.shop")
        writer.key("mechanism")
        writer.beginObject()
        text("type", "generic")
        writer.key("handled")
        writer.bool(false)
        writer.endObject()
        writer.key("stacktrace")
        writer.beginObject()
        writer.key("frames")
        writer.beginArray()
        repeat { writeFrame(platform) } while writer.count < byteCount
        writer.endArray()
        writer.endObject()
        writer.endObject()
    }

    private mutating func writeFrame(_ platform: Platform) {
        writer.beginObject()
        switch platform {
        case .android:
            text("filename", "\(word().capitalized).java")
            text("module", "com.example.shop.\(word()).\(word().capitalized)")
        case .javascript:
            text("filename", "~/static/js/main.\(random.hex(8)).chunk.js")
            text("abs_path", "https://shop.example.com/static/js/main.\(random.hex(8)).chunk.js")
            writer.key("colno")
            writer.number(Int64(random.below(90_000)))
        case .python:
            text("filename", "shop/\(word())/views.py")
            text("abs_path", "/srv/app/releases/current/shop/\(word())/views.py")
        }
        text("function", "\(word())\(word().capitalized)")
        writer.key("lineno")
        writer.number(Int64(random.below(4000)))
        writer.key("in_app")
        writer.bool(random.below(3) != 0)
        if platform == .python { writeSource() }
        writer.endObject()
    }

    private mutating func writeSource() {
        text("context_line", "    raise KeyError(\"\(word())\")")
        for name in ["pre_context", "post_context"] {
            writer.key(name)
            writer.beginArray()
            for _ in 0..<5 { writer.string("        \(word()) = self.\(word())['\(word())']") }
            writer.endArray()
        }
        writer.key("vars")
        writer.beginObject()
        for _ in 0..<(2 + random.below(4)) {
            text(word(), random.below(4) == 0 ? "'\(word()) – \(word()) ü'" : "<\(word()) object>")
        }
        writer.endObject()
    }

    mutating func word() -> String {
        random.pick(Self.words)
    }

    mutating func sentence() -> String {
        (0..<(3 + random.below(9))).map { _ in word() }.joined(separator: " ")
    }

    private static let words = [
        "order", "customer", "basket", "price", "discount", "session", "payment", "invoice",
        "loader", "adapter", "fragment", "request", "response", "handler", "queue", "worker",
        "render", "component", "update", "listener", "index", "value", "token", "address",
    ]
}

extension String {
    fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
