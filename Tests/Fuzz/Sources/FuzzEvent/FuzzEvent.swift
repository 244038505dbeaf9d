import FuzzSupport
import Glibc
import JSON
import RelayProcessor

@main
enum FuzzEvent {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                process(&input)
                return 0
            })
    }
}

/// Engines are used again from event to event, as in the product.
private enum Shared {
    nonisolated(unsafe) static let engine = EventEngine()
    nonisolated(unsafe) static let scrubber = EventScrubber(
        document: engine.document, meta: engine.meta)
    nonisolated(unsafe) static let second = EventEngine()
    nonisolated(unsafe) static let programs: [ScrubProgram] = [
        #"{"applications":{"**":["@common"],"$frame.abs_path":["@userpath"]}}"#,
        #"{"applications":{"$string":["@anything:hash"],"extra.*":["@password:mask"]}}"#,
        #"{"applications":{"** && !$user":["@ip:replace","@email:mask","@anything:remove"]}}"#,
    ].compactMap { text in
        (try? JSONValue(parsing: Array(text.utf8))).map { ScrubProgram(PiiConfiguration($0)) }
    }
}

/// The whole path of an event: schema, normalisation, scrubbing, writing. What comes out is an event
/// that can be read again. The first byte chooses what is done.
private func process(_ input: inout FuzzInput) {
    let choice = Int(input.byte())
    let engine = Shared.engine
    guard let root = try? engine.parse(input.rest()) else { return }
    if choice & 1 != 0 {
        var context = NormalizationContext(receivedAtMicroseconds: 1_717_243_200_000_000)
        context.enableTrimming = choice & 2 != 0
        context.removeOther = choice & 4 != 0
        context.clientIP = "93.184.216.34"
        context.normalizeUserAgent = true
        do throws(EventRejection) {
            try engine.normalize(root, context)
        } catch {
            promise(!error.reason.isEmpty, "a refused event has a reason")
            return
        }
    }
    let number = choice >> 3 & 3
    if number < Shared.programs.count {
        Shared.scrubber.scrub(root, with: Shared.programs[number])
    }
    do throws(JSONError) {
        try engine.write(root)
    } catch {
        return
    }
    promise((try? Shared.second.parse(engine.writer.bytes)) != nil, "what is written can be read")
}
