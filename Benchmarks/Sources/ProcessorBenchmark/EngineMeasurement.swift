import Glibc
import JSON
import RelayProcessor

/// Measures the event engine's CPU time, one event at a time.
struct EngineMeasurement {
    private let engine = EventEngine()
    private let scrubber: EventScrubber
    private let scrubbing: ProjectScrubbing
    private let context: NormalizationContext
    private let bareDocument = JSONDocument(limits: .event)
    private let bareWriter = JSONWriter()

    /// - Parameters:
    ///   - store: the reference's `StoreNormalizer` configuration.
    ///   - pii: a `piiConfig`.
    init(store: JSONValue, pii: JSONValue) throws {
        scrubber = EventScrubber(document: engine.document, meta: engine.meta)
        scrubbing = ProjectScrubbing(config: .object([("piiConfig", pii)]))
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        context = try NormalizationContext(
            storeConfig: store,
            nowMicroseconds: Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)
    }

    /// The least microseconds to normalise, to scrub, to do both, and to parse and write only.
    func measure(_ event: [UInt8], rounds: Int) -> [Double] {
        var best = [Double](repeating: .infinity, count: 4)
        event.withUnsafeBytes { event in
            for _ in 0..<rounds {
                best[0] = min(best[0], pass(event, normalize: true, scrub: false))
                best[1] = min(best[1], pass(event, normalize: false, scrub: true))
                best[2] = min(best[2], pass(event, normalize: true, scrub: true))
                best[3] = min(best[3], barePass(event))
            }
        }
        return best
    }

    private func pass(_ event: UnsafeRawBufferPointer, normalize: Bool, scrub: Bool) -> Double {
        let begun = Self.processCPUMicroseconds()
        if let root = try? engine.parse(event) {
            if normalize { try? engine.normalize(root, context) }
            if scrub { scrubber.scrub(root, with: scrubbing) }
            try? engine.write(root)
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

    private static func processCPUMicroseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }
}
