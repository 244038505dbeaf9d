import FuzzSupport
import Glibc
import JSON
import RelayProcessor

@main
enum FuzzPiiConfig {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                compile(&input)
                return 0
            })
    }
}

private enum Shared {
    nonisolated(unsafe) static let engine = EventEngine()
    nonisolated(unsafe) static let scrubber = EventScrubber(
        document: engine.document, meta: engine.meta)
    static let event = Array(
        """
        {"message":"a@b.cd from 127.0.0.1","user":{"ip_address":"::1","id":"7"},
         "extra":{"password":"hunter2","list":["4111111111111111",1,true,null,{"a":"b"}]},
         "request":{"headers":[["Cookie","session=1"]],"url":"https://u:p@h/?token=1"}}
        """.utf8)
}

/// Any JSON is a project's configuration: it compiles within bounds, whatever is wrong with it is
/// named, and an event is stripped by it.
private func compile(_ input: inout FuzzInput) {
    guard let json = try? JSONValue(parsing: Array(input.rest())) else { return }
    let scrubbing = ProjectScrubbing(
        config: .object([("piiConfig", json), ("datascrubbingSettings", json)]))
    for problem in scrubbing.problems {
        promise(!problem.reason.isEmpty, "problems say what is wrong")
    }
    let engine = Shared.engine
    Shared.event.withUnsafeBytes { bytes in
        guard let root = try? engine.parse(bytes) else {
            promise(false, "the event can be read")
            return
        }
        Shared.scrubber.scrub(root, with: scrubbing)
        promise((try? engine.write(root)) != nil, "the event can be written")
    }
}
