import Glibc
import Testing

@testable import RelayCommands

@Suite struct ProcessEventTests {
    /// The output of `process-event --ndjson` for an input, by real pipes.
    private func lines(
        _ input: [UInt8], hasConfigurations: Bool = false
    ) throws -> [String] {
        var template = Array("/tmp/relay-event-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        unlink(template)
        defer { close(file) }
        #expect(input.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == input.count)
        lseek(file, 0, SEEK_SET)
        var outputTemplate = Array("/tmp/relay-event-XXXXXX".utf8CString)
        let output = mkstemp(&outputTemplate)
        unlink(outputTemplate)
        defer { close(output) }
        try ProcessEventCommand.processLines(
            InputReader(descriptor: file, lineBytesMax: 100_000),
            EventTransformation(context: nil, isPretty: false),
            hasConfigurations: hasConfigurations, output: output)
        let size = Int(lseek(output, 0, SEEK_END))
        lseek(output, 0, SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: size)
        #expect(read(output, &bytes, size) == size)
        var lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.popLast() == "")
        return lines
    }

    @Test func oneLineOutPerLineIn() throws {
        let output = try lines(
            Array("{\"message\": \"a\\nb\"}\n\nnot json\n{\"message\":\"last\"}".utf8))
        #expect(output.count == 4)
        #expect(output[0].contains("a\\nb"))
        #expect(output[1].hasPrefix("{\"rejected\":\"invalid_json\",\"detail\":\""))
        #expect(output[2].hasPrefix("{\"rejected\":\"invalid_json\",\"detail\":\""))
        #expect(output[3].contains("last"))
    }

    @Test func theEndOfTheInputStartsNoLine() throws {
        #expect(try lines([]).isEmpty)
        #expect(try lines(Array("{}\n".utf8)).count == 1)
        #expect(try lines(Array("\n".utf8)).count == 1)
    }

    @Test func longLinesAreRefusedAndTheNextOneIsFine() throws {
        let long = [UInt8](repeating: UInt8(ascii: " "), count: 2_000_000)
        let output = try lines(long + Array("\n{\"message\":\"after\"}\n".utf8) + long)
        #expect(output.count == 3)
        #expect(output[0].hasPrefix("{\"rejected\":\"too_large\""))
        #expect(output[1].contains("after"))
        #expect(output[2].hasPrefix("{\"rejected\":\"too_large\""))
    }

    @Test func linesBringTheirOwnConfiguration() throws {
        let event = "{\"extra\":{\"a\":\"127.0.0.1\"}}"
        let output = try lines(
            Array(
                """
                {"applications":{"**":["@ip:replace"]}}\t\(event)
                {"applications":{"**":["@ip:mask"]}}\t\(event)
                {}\t\(event)
                \(event)
                {\t\(event)

                """.utf8), hasConfigurations: true)
        #expect(output.count == 5)
        #expect(output[0].contains("\"a\":\"[ip]\""))
        #expect(output[1].contains("\"a\":\"*********\""))
        #expect(output[2] == event)
        #expect(output[3].hasPrefix("{\"rejected\":\"invalid_config\""))
        #expect(output[4].hasPrefix("{\"rejected\":\"invalid_config\""))
    }

    @Test func manyLinesStayInOrder() throws {
        let input = (0..<5000).map { "{\"message\":\"number \($0)\"}\n" }.joined()
        let output = try lines(Array(input.utf8))
        #expect(output.count == 5000)
        for (index, line) in output.enumerated() {
            #expect(line.contains("number \(index)\""))
        }
    }
}

@Suite struct CommandLineTests {
    @Test(arguments: [
        (["-c", "d", "run"], ["run", "--config", "d"]),
        (
            ["--config=d", "config", "show", "-f", "yaml"],
            ["config", "show", "--config=d", "-f", "yaml"]
        ),
        (
            ["-cd", "credentials", "set", "-i", "x"],
            ["credentials", "set", "--config", "d", "-i", "x"]
        ),
        (
            ["-c", "d", "process-event", "--pretty"],
            ["process-event", "--config", "d", "--pretty"]
        ),
        (["run", "-c", "d"], ["run", "-c", "d"]),
        (["-c", "d"], ["--config", "d"]),
        (["-c"], ["-c"]),
        (["--version"], ["--version"]),
    ])
    func theFolderMayStandBeforeTheCommand(given: [String], moved: [String]) {
        #expect(GlobalOptions.movingToTheEnd(given) == moved)
    }

    @Test func idsAreRandomVersion4() {
        let id = RelayIdentity.random()
        #expect(id.utf8.count == 36)
        #expect(Array(id)[14] == "4")
        #expect("89ab".contains(Array(id)[19]))
        #expect(RelayIdentity.random() != id)
    }
}
