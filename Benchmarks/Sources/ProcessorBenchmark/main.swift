// CPU time per event of the event engine, in the form of Benchmarks/reference/reference.c.
//
// usage: ProcessorBenchmark STORE_CONFIG PII_CONFIG EVENTS ROUNDS [COUNT]
//
// EVENTS holds one event per line. Printed per event, tab separated: its bytes, then microseconds
// of CPU to normalise it (parse, normalise, write), to scrub it (parse, scrub, write), to do both at
// once, to parse and write it only, and to copy it. The minimum of ROUNDS is printed, without the
// time that reading the clock takes. With COUNT, the events are run again until so many are done,
// with ten configurations in turns, and the resident memory before and after goes to the standard
// error.

import Glibc
import JSON

func fail(_ text: String) -> Never {
    let line = Array("ProcessorBenchmark: \(text)\n".utf8)
    _ = write(2, line, line.count)
    exit(2)
}

func contents(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { fail("cannot read \(path)") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
        bytes += chunk[..<count]
    }
    return bytes
}

let arguments = CommandLine.arguments
guard (5...6).contains(arguments.count), let rounds = Int(arguments[4]), rounds > 0 else {
    fail("usage: ProcessorBenchmark STORE_CONFIG PII_CONFIG EVENTS ROUNDS [COUNT]")
}
do {
    let measurement = try EngineMeasurement(
        store: JSONValue(parsing: contents(arguments[1])),
        pii: JSONValue(parsing: contents(arguments[2])))
    let events = contents(arguments[3]).split(separator: UInt8(ascii: "\n")).map(Array.init)
    for event in events {
        let times = measurement.measure(event, rounds: rounds)
        print(([Double(event.count)] + times).map { String($0) }.joined(separator: "\t"))
    }
    if arguments.count == 6, let count = Int(arguments[5]), !events.isEmpty {
        let resident = measurement.residentMegabytes(events, count: count)
        let note =
            "ten configurations: resident \(resident.before) MB, \(resident.after) MB after "
            + "\(count) events more"
        _ = note.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
    }
} catch {
    fail("\(error)")
}
