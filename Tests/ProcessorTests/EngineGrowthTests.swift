import Glibc
import JSON
import Testing

@testable import RelayProcessor

/// What a stranger can make larger costs at most in proportion, with room for noise: CPU time of
/// this thread, the least of several runs, for 1 and 4 parts. And the engine's memory stays where it
/// is.
@Suite(.serialized) struct EngineGrowthTests {
    private static func cpuNanoseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    private static func least(_ work: () -> Void) -> Double {
        (0..<4).map { _ in
            let start = cpuNanoseconds()
            work()
            return cpuNanoseconds() - start
        }.min() ?? 0
    }

    private static func resident() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let fields = line.prefix { $0 != 0 }.split(separator: CChar(bitPattern: 0x20))
        guard fields.count > 1 else { return 0 }
        let text = String(decoding: fields[1].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (Int(text) ?? 0) * 4096
    }

    private static func program(_ config: String) throws -> ScrubProgram {
        ScrubProgram(PiiConfiguration(try JSONValue(parsing: config)))
    }

    private static let everything = """
        {"applications":{"$string":["@ip","@imei","@mac","@uuid","@email","@creditcard","@iban",\
        "@userpath","@pemkey","@urlauth","@usssn","@password","@bearer"]}}
        """

    private static func event(_ shape: String, _ parts: Int) -> String {
        let count = parts * 500
        func list(_ element: (Int) -> String) -> String {
            (0..<count).map(element).joined(separator: ",")
        }
        switch shape {
        case "keys": return "{\"extra\":{\(list { "\"k\($0)\":\"v\($0)\"" })}}"
        case "wrong types": return "{\"tags\":[\(list { "[{\"a\":\($0)},1]" })]}"
        case "frames":
            return "{\"stacktrace\":{\"frames\":["
                + list {
                    "{\"function\":\"f\($0)\",\"lineno\":\"x\",\"abs_path\":\"/home/u\($0)/a\"}"
                }
                + "]}}"
        case "exceptions": return "{\"exception\":[\(list { "{\"type\":\"E\($0)\"}" })]}"
        case "unknown": return "{\(list { "\"unknown\($0)\":\($0)" })}"
        case "images":
            return "{\"debug_meta\":{\"images\":["
                + list { "{\"type\":\"elf\",\"debug_id\":\"bad\($0)\"}" } + "]}}"
        default:
            // A text of one unit that a matcher might start again and again from.
            let text = String(repeating: shape, count: count * 8)
            return "{\"extra\":{\"text\":\"\(text)\"}}"
        }
    }

    @Test(arguments: [
        "keys", "wrong types", "frames", "exceptions", "unknown", "images", "a@", "a.", "1", "1-",
        ":", "1:", "1.", "token ", "bearer ", "http://a:", "/home", "GB82 ", "a@b.cd ", "Ä",
        "passwor ", "\\u00e9\\n", "\\ud800",
    ])
    func events(shape: String) throws {
        let engine = EventEngine()
        let scrubber = EventScrubber(document: engine.document, meta: engine.meta)
        let program = try Self.program(Self.everything)
        var context = NormalizationContext(receivedAtMicroseconds: 1_700_000_000_000_000)
        context.enableTrimming = true
        context.removeOther = true
        func cost(_ parts: Int) -> Double {
            let bytes = Array(Self.event(shape, parts).utf8)
            return Self.least {
                guard let root = bytes.withUnsafeBytes({ try? engine.parse($0) }) else { return }
                scrubber.scrub(root, with: program)
                try? engine.normalize(root, context)
                try? engine.write(root)
            }
        }
        let one = cost(1)
        let four = cost(4)
        #expect(four < one * 4 * 2.5 + 500_000, "\(one) ns for 1, \(four) ns for 4 parts")
    }

    @Test(arguments: ["regular expressions", "literals", "selectors"])
    func configurations(kind: String) throws {
        let text = String(repeating: "nothing to see here ", count: 100)
        let bytes = Array("{\"extra\":{\"text\":\"\(text)\"}}".utf8)
        func cost(_ count: Int) throws -> (compile: Double, event: Double) {
            var config = "{\"applications\":{"
            if kind == "selectors" {
                config +=
                    (0..<count).map { "\"extra.key\($0).**\":[\"@ip\"]" }
                    .joined(separator: ",") + "}}"
            } else {
                let part = kind == "literals" ? "" : "\\\\w*"
                config += "\"$string\":["
                config += (0..<count).map { "\"r\($0)\"" }.joined(separator: ",")
                config += "]},\"rules\":{"
                config +=
                    (0..<count).map {
                        "\"r\($0)\":{\"type\":\"pattern\",\"pattern\":\"secret\($0)\(part)\"}"
                    }.joined(separator: ",") + "}}"
            }
            let configuration = PiiConfiguration(try JSONValue(parsing: config))
            let compile = Self.least { _ = ScrubProgram(configuration) }
            let program = ScrubProgram(configuration)
            let engine = EventEngine()
            let scrubber = EventScrubber(document: engine.document, meta: engine.meta)
            let event = Self.least {
                for _ in 0..<20 {
                    guard let root = bytes.withUnsafeBytes({ try? engine.parse($0) }) else {
                        return
                    }
                    scrubber.scrub(root, with: program)
                }
            }
            return (compile, event)
        }
        let one = try cost(150)
        let four = try cost(600)
        #expect(four.compile < one.compile * 4 * 2.5 + 2_000_000, "\(one), \(four)")
        // No pattern has a word in common with the text, so that their number hardly matters.
        #expect(four.event < one.event * 4 + 500_000, "\(one), \(four)")
    }

    @Test func memoryIsSteady() throws {
        let engine = EventEngine()
        let scrubber = EventScrubber(document: engine.document, meta: engine.meta)
        let programs = try (0..<10).map {
            try Self.program(
                """
                {"rules":{"own":{"type":"pattern","pattern":"key\($0)=\\\\w+"}},"applications":\
                {"$string":["own","@common"],"extra.k\($0)":["@anything"]}}
                """)
        }
        var context = NormalizationContext(receivedAtMicroseconds: 1_700_000_000_000_000)
        context.enableTrimming = true
        context.removeOther = true
        let events = [
            "keys", "wrong types", "frames", "unknown", "images", "a@b.cd ", "\\u00e9\\n",
        ].map { Array(Self.event($0, 1).utf8) }
        func round(_ number: Int) {
            for event in events {
                guard let root = event.withUnsafeBytes({ try? engine.parse($0) }) else { continue }
                try? engine.normalize(root, context)
                scrubber.scrub(root, with: programs[number % programs.count])
                try? engine.write(root)
            }
        }
        for number in 0..<20 { round(number) }
        let before = Self.resident()
        for number in 0..<60 { round(number) }
        let grown = Self.resident() - before
        // Other tests run in this process meanwhile. Trees that were kept would be four times that.
        #expect(grown < 12 << 20, "\(grown) bytes more after 420 events")
    }
}
