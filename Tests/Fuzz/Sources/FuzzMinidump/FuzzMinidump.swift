import FuzzSupport
import Glibc
import JSON
import RelayProcessor

@main
enum FuzzMinidump {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                strip(&input)
                return 0
            })
    }
}

private enum Shared {
    nonisolated(unsafe) static let scrubber = AttachmentScrubber()
    nonisolated(unsafe) static let programs: [ScrubProgram] = [
        #"{"applications":{"$minidump.*":["@common"],"$stack_memory":["@anything:mask"]}}"#,
        #"{"applications":{"$heap_memory":["@anything:hash"],"**":["@ip:replace","@userpath"]}}"#,
    ].compactMap { text in
        (try? JSONValue(parsing: Array(text.utf8))).map { ScrubProgram(PiiConfiguration($0)) }
    }
}

/// Any bytes are a minidump: nothing is read or written outside of them.
private func strip(_ input: inout FuzzInput) {
    let program = Shared.programs[input.below(Shared.programs.count)]
    let bytes = input.rest()
    // Exactly as large as the file, so that the sanitizer sees every step beside it.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyMemory(from: bytes)
    Array("crash.dmp".utf8).withUnsafeBytes { name in
        _ = Shared.scrubber.scrubMinidump(copy, name: name, with: program)
        _ = Shared.scrubber.scrub(copy, name: name, with: program)
    }
}
