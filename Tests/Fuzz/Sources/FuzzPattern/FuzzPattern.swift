import FuzzSupport
import Glibc
import JSON
import RelayProcessor

@main
enum FuzzPattern {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                search(&input)
                return 0
            })
    }
}

private enum Shared {
    nonisolated(unsafe) static let engine = EventEngine()
    nonisolated(unsafe) static let scrubber = EventScrubber(
        document: engine.document, meta: engine.meta)
    nonisolated(unsafe) static let attachments = AttachmentScrubber()
}

/// A pattern of a rule, and a text that it searches: in an event and in a file. Two bytes choose the
/// kind of rule, its groups, and where the pattern ends.
private func search(_ input: inout FuzzInput) {
    let choice = input.byte()
    let pattern = String(decoding: input.take(Int(input.byte())), as: UTF8.self)
    let text = input.rest()
    var rule: [(String, JSONValue)] = [
        ("type", .string(choice & 1 == 0 ? "pattern" : "redact_pair")),
        (choice & 1 == 0 ? "pattern" : "keyPattern", .string(pattern)),
        (
            "redaction",
            .object([("method", .string(["mask", "remove", "hash", "replace"][Int(choice >> 6)]))])
        ),
    ]
    if choice & 2 != 0 {
        rule.append(("replaceGroups", .array([.number(Int(choice >> 2 & 3)), .number(1)])))
    }
    let configuration = JSONValue.object([
        ("rules", .object([("rule", .object(rule))])),
        ("applications", .object([("**", .array([.string("rule")]))])),
    ])
    let program = ScrubProgram(PiiConfiguration(configuration))
    strip(String(decoding: text, as: UTF8.self), program)

    var file = Array(text)
    let count = file.count
    file.withUnsafeMutableBytes {
        _ = Shared.attachments.scrub(
            $0, name: UnsafeRawBufferPointer(start: nil, count: 0), with: program)
    }
    promise(file.count == count, "files keep their length")
}

private func strip(_ text: String, _ program: ScrubProgram) {
    let engine = Shared.engine
    let event = JSONValue.object([("extra", .object([("key", .string(text))]))]).serialized()
    event.withUnsafeBytes { bytes in
        guard let root = try? engine.parse(bytes) else { return }
        Shared.scrubber.scrub(root, with: program)
        promise((try? engine.write(root)) != nil, "the event can be written")
        promise(
            (try? JSONValue(parsing: Array(engine.writer.bytes))) != nil, "and is JSON")
    }
}
