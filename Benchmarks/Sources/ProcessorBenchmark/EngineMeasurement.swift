import Glibc
import JSON
import RelayProcessor
import UserAgents

/// Measures the event engine's CPU time, one event at a time.
struct EngineMeasurement {
    private let engine = EventEngine()
    private let scrubber: EventScrubber
    private let configuration: JSONValue
    private let scrubbing: ProjectScrubbing
    private let context: NormalizationContext
    private let bareDocument = JSONDocument(limits: .event)
    private let bareWriter = JSONWriter()
    /// What reading the clock costs, which is in every figure.
    private let clockMicroseconds: Double

    /// - Parameters:
    ///   - store: the reference's `StoreNormalizer` configuration.
    ///   - pii: a `piiConfig`.
    init(store: JSONValue, pii: JSONValue) throws {
        scrubber = EventScrubber(document: engine.document, meta: engine.meta)
        configuration = .object([("piiConfig", pii)])
        scrubbing = ProjectScrubbing(config: configuration)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        context = try NormalizationContext(
            storeConfig: store,
            nowMicroseconds: Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)
        if context.normalizeUserAgent {
            engine.userAgentRules = UserAgentRules(path: UserAgentRules.standardPath)
        }
        clockMicroseconds = (0..<1000).reduce(.infinity) { least, _ in
            let begun = Self.processCPUMicroseconds()
            return min(least, Self.processCPUMicroseconds() - begun)
        }
    }

    /// The least microseconds to normalise, to scrub, to do both, to parse and write only, and to
    /// copy the bytes.
    func measure(_ event: [UInt8], rounds: Int) -> [Double] {
        var best = [Double](repeating: .infinity, count: 5)
        var copy = event
        event.withUnsafeBytes { event in
            for _ in 0..<rounds {
                best[0] = min(best[0], pass(event, normalize: true, scrub: false))
                best[1] = min(best[1], pass(event, normalize: false, scrub: true))
                best[2] = min(best[2], pass(event, normalize: true, scrub: true))
                best[3] = min(best[3], barePass(event))
                best[4] = min(best[4], copyPass(event, to: &copy))
            }
        }
        return best.map { max($0 - clockMicroseconds, 0) }
    }

    /// Does both to the events until `count` are done, with ten configurations that take turns;
    /// answers the resident megabytes when each has seen all events once, and at the end.
    func residentMegabytes(_ events: [[UInt8]], count: Int) -> (before: Double, after: Double) {
        let projects = (0..<10).map { _ in ProjectScrubbing(config: configuration) }
        func run(_ number: Int, _ project: Int) {
            events[number % events.count].withUnsafeBytes { event in
                guard let root = try? engine.parse(event),
                    (try? engine.normalize(root, context)) != nil
                else { return }
                scrubber.scrub(root, with: projects[project % projects.count])
                try? engine.write(root)
            }
        }
        for project in projects.indices {
            for number in events.indices { run(number, project) }
        }
        let before = Self.residentMegabytes()
        for number in 0..<count { run(number, number / 7) }
        return (before, Self.residentMegabytes())
    }

    private func pass(_ event: UnsafeRawBufferPointer, normalize: Bool, scrub: Bool) -> Double {
        let begun = Self.processCPUMicroseconds()
        if let root = try? engine.parse(event) {
            let isAccepted = !normalize || (try? engine.normalize(root, context)) != nil
            if isAccepted {
                if scrub { scrubber.scrub(root, with: scrubbing) }
                try? engine.write(root)
            }
        }
        return Self.processCPUMicroseconds() - begun
    }

    private func barePass(_ event: UnsafeRawBufferPointer) -> Double {
        let begun = Self.processCPUMicroseconds()
        if let root = try? bareDocument.parse(event) {
            bareWriter.reset()
            try? bareWriter.write(root, from: bareDocument)
        }
        return Self.processCPUMicroseconds() - begun
    }

    private func copyPass(_ event: UnsafeRawBufferPointer, to copy: inout [UInt8]) -> Double {
        copy.withUnsafeMutableBytes { target in
            let begun = Self.processCPUMicroseconds()
            // Eight times, because one copy of a small event is less than the clock can tell.
            for _ in 0..<8 {
                if let target = target.baseAddress, let source = event.baseAddress {
                    memcpy(target, source, event.count)
                }
            }
            return (Self.processCPUMicroseconds() - begun - clockMicroseconds) / 8
                + clockMicroseconds
        }
    }

    private static func residentMegabytes() -> Double {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 128)
        let count = fread(&line, 1, line.count, file)
        let fields = line.prefix(count).split(separator: 0x20)
        guard fields.count > 1 else { return 0 }
        return Double(Int(String(decoding: fields[1], as: UTF8.self)) ?? 0) * 4096 / 1e6
    }

    private static func processCPUMicroseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }
}
