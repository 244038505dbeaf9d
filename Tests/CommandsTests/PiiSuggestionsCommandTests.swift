import Glibc
import JSON
@testable import RelayProcessor
import Testing

@testable import RelayCommands

@Suite struct PiiSuggestionsCommandTests {
    @Test func aTableOfSelectorsAndTexts() {
        let suggestions = [
            SelectorSuggestion(path: .path([.type(.string)]), value: Array("a\u{1B}\"b".utf8)),
            SelectorSuggestion(path: .path([.key(Array("extra".utf8))]), value: nil),
            SelectorSuggestion(
                path: .path([.key(Array("extra".utf8)), .key(Array("odd key".utf8))]),
                value: Array(String(repeating: "x", count: 300).utf8)),
        ]
        #expect(
            SelectorSuggestionPrinter.text(suggestions) == """
                $string          "a\\u001b\\"b"
                extra
                extra.'odd key'  "\(String(repeating: "x", count: 99))… (300 bytes)

                """)
        #expect(SelectorSuggestionPrinter.text([]) == "no selector reaches anything\n")
    }

    @Test func oneLineOutPerLineIn() throws {
        var input: [Int32] = [0, 0]
        var output: [Int32] = [0, 0]
        try #require(pipe(&input) == 0 && pipe(&output) == 0)
        let text = "{\"extra\":{\"a\":\"b\"}}\n{\n\n[]"
        #expect(text.withCString { write(input[1], $0, strlen($0)) } == text.utf8.count)
        close(input[1])
        try PiiSuggestionsCommand.processLines(
            InputReader(descriptor: input[0], lineBytesMax: 1000),
            EventTransformation(context: nil, isPretty: false), output: output[1])
        close(output[1])
        let reader = InputReader(descriptor: output[0], lineBytesMax: 10_000)
        let range = try #require(try reader.rest())
        let lines = String(decoding: reader.buffer[range], as: UTF8.self).split(separator: "\n")
        try #require(lines.count == 4)
        #expect(
            lines.first == """
                [{"path":"$string","value":"b"},{"path":"extra","value":null},\
                {"path":"extra.a","value":"b"}]
                """)
        #expect(lines[1].hasPrefix(#"{"rejected":"invalid_json""#))
        #expect(lines[3] == "[]")
    }

    @Test func aMissingFileIsNamed() {
        #expect(RelayCommand.main(arguments: ["pii", "suggestions", "/nowhere/x.json"]) == 1)
    }
}
