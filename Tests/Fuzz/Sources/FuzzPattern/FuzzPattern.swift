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
    let string = String(decoding: text, as: UTF8.self)
    let start = clock()
    let alone = strip(string, program)
    let among = strip(string, ScrubProgram(PiiConfiguration(inCompany(of: rule))))
    // A pattern that takes long runs out of time sooner or later.
    if clock() - start < CLOCKS_PER_SEC / 50 {
        promise(alone == among, "the filter of many patterns hides no match")
    }

    var file = Array(text)
    let count = file.count
    file.withUnsafeMutableBytes {
        _ = Shared.attachments.scrub(
            $0, name: UnsafeRawBufferPointer(start: nil, count: 0), with: program)
    }
    promise(file.count == count, "files keep their length")
}

/// The rule beside others that find nothing, so that a filter says which of them to try.
private func inCompany(of rule: [(String, JSONValue)]) -> JSONValue {
    let others = (0..<4).map { number in
        (
            "z\(number)",
            JSONValue.object([
                ("type", .string("pattern")),
                ("pattern", .string("\u{10FFFD}\(number)+\u{10FFFE}")),
            ])
        )
    }
    let names = ["rule"] + others.map(\.0)
    return .object([
        ("rules", .object([("rule", .object(rule))] + others)),
        ("applications", .object([("**", .array(names.map { .string($0) }))])),
    ])
}

private func strip(_ text: String, _ program: ScrubProgram) -> [UInt8] {
    let engine = Shared.engine
    let event = JSONValue.object([("extra", .object([("key", .string(text))]))]).serialized()
    return event.withUnsafeBytes { bytes in
        guard let root = try? engine.parse(bytes) else { return [] }
        Shared.scrubber.scrub(root, with: program)
        promise((try? engine.write(root)) != nil, "the event can be written")
        promise(
            (try? JSONValue(parsing: Array(engine.writer.bytes))) != nil, "and is JSON")
        return Array(engine.writer.bytes)
    }
}
