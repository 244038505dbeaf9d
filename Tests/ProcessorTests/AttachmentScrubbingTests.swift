import JSON
import Model
import Testing

@testable import RelayProcessor

@Suite struct AttachmentScrubbingTests {
    private func program(_ json: String) throws -> ScrubProgram {
        let program = ScrubProgram(PiiConfiguration(try JSONValue(parsing: Array(json.utf8))))
        #expect(program.problems.isEmpty)
        return program
    }

    private func scrub(
        _ bytes: [UInt8], _ rule: String, selector: String = "$attachments.'foo.txt'",
        name: String = "foo.txt", rules: String = "{}"
    ) throws -> [UInt8] {
        let program = try program(
            #"{"rules":\#(rules),"applications":{"\#(selector)":["\#(rule)"]}}"#)
        var result = bytes
        let scrubber = AttachmentScrubber()
        var isChanged = false
        Array(name.utf8).withUnsafeBytes { name in
            result.withUnsafeMutableBytes {
                isChanged = scrubber.scrub($0, name: name, with: program)
            }
        }
        #expect(isChanged == (result != bytes))
        #expect(result.count == bytes.count)
        return result
    }

    private func scrub(_ text: String, _ rule: String, rules: String = "{}") throws -> String {
        String(decoding: try scrub(Array(text.utf8), rule, rules: rules), as: UTF8.self)
    }

    private static let line = "peer=203.0.113.99 retries=3"

    @Test(arguments: [
        ("@ip", "[ip]********"), ("@ip:remove", "************"), ("@ip:mask", "************"),
        ("@ip:hash", "62B1EF9E5FEC"),
    ])
    func redactionsKeepTheLength(_ rule: String, _ expected: String) throws {
        #expect(try scrub(Self.line, rule) == "peer=\(expected) retries=3")
        if rule == "@ip:hash" { return }
        let wide = try scrub(DumpWriter.wide(Self.line), rule)
        #expect(wide == DumpWriter.wide("peer=\(expected) retries=3"))
    }

    @Test func hashesOfUTF16AreThoseOfItsBytes() throws {
        let wide = try scrub(DumpWriter.wide(Self.line), "@ip:hash")
        #expect(wide == DumpWriter.wide("peer=F3C53A1A854B retries=3"))
    }

    @Test func everythingIsEveryByte() throws {
        let bytes = (UInt8.min...UInt8.max).reversed().map { $0 }
        #expect(try scrub(bytes, "@anything:remove") == [UInt8](repeating: 0x2A, count: 256))
    }

    /// Texts and containers of events, other files, and dumps are not this file.
    @Test(arguments: [
        "$object", "$frame.vars.**", "extra.**", "$attachments.'other.log'", "$heap_memory",
        "$binary && !$attachments.'foo.txt'",
    ])
    func selectorsThatDoNotFit(_ selector: String) throws {
        let text = Array(Self.line.utf8)
        #expect(try scrub(text, "@ip:mask", selector: selector) == text)
    }

    @Test(arguments: ["$binary", "**", "$attachments.*", "$attachments.'foo.txt' || extra.**"])
    func selectorsThatFit(_ selector: String) throws {
        let text = Array(Self.line.utf8)
        #expect(try !scrub(text, "@ip:mask", selector: selector).holds("203.0.113.99"))
    }

    @Test func patternsMatchBytesThatAreNoText() throws {
        // A lone continuation, an overlong form, half a surrogate pair, bytes UTF-8 never has.
        let samples: [[UInt8]] = [[0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x81], [0xFE, 0xFF, 0xFE]]
        for sample in samples {
            let digits = Array("0123456789abcdef")
            let pattern = sample.map { "\\\\x\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }
                .joined()
            let rules = #"{"odd":{"type":"pattern","pattern":"\#(pattern)"}}"#
            let result = try scrub([0x3C] + sample + [0x3E], "odd", rules: rules)
            #expect(result == [0x3C] + sample.map { _ in 0x2A } + [0x3E])
        }
    }

    @Test func groupsAndCharactersBeyondASCII() throws {
        let rules = #"""
            {"key":{"type":"pattern","pattern":"key=(\\w+);(\\S+)","replaceGroups":[2],
                "redaction":{"method":"replace","text":"ä-ä"}},
             "name":{"type":"pattern","pattern":"Müller"},
             "pair":{"type":"redact_pair","keyPattern":"hush"}}
            """#
        #expect(try scrub("key=one;two12 ", "key", rules: rules) == "key=one;ä-ä ")
        #expect(try scrub("key=one;two1 ", "key", rules: rules) == "key=one;ä-* ")
        #expect(try scrub("Herr Müller", "name", rules: rules) == "Herr *******")
        #expect(try scrub("a\nHush b", "pair", rules: rules) == "a\nHush b")
        #expect(try scrub("a\nhush b", "pair", rules: rules) == "********")
    }

    @Test func shortRunsOfUTF16AreNoText() throws {
        let lone: [UInt8] = [0xD8, 0xD8]
        let address = DumpWriter.wide("::1 a@b.cd")
        let bytes = lone + DumpWriter.wide("a@b.") + lone + address + lone + lone
        let result = try scrub(bytes, "@email:mask")
        #expect(
            result == lone + DumpWriter.wide("a@b.") + lone
                + DumpWriter.wide("::1 ******") + lone + lone)
    }

    @Test func surrogatePairsKeepTheirPlace() throws {
        let result = try scrub(DumpWriter.wide("😀😀 a@b.cd 😀"), "@email:remove")
        #expect(result == DumpWriter.wide("😀😀 ****** 😀"))
        let rules =
            #"{"x":{"type":"pattern","pattern":"a@b","redaction":{"method":"replace","text":"ä😀"}}}"#
        #expect(
            try scrub(DumpWriter.wide("hello a@b!"), "x", rules: rules)
                == DumpWriter.wide("hello ä😀!"))
    }

    @Test func laterRulesSeeWhatEarlierOnesLeft() throws {
        let program = try program(
            #"{"applications":{"$binary":["@ip:mask","@email:mask"]}}"#)
        var bytes = Array("127.0.0.1 and a@b.cd and ::1 ".utf8)
        bytes.withUnsafeMutableBytes {
            _ = AttachmentScrubber().scrub(
                $0, name: UnsafeRawBufferPointer(start: nil, count: 0), with: program)
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "********* and ****** and *** ")
    }

    @Test func largeFilesTakeLinearTime() throws {
        let text = Array(String(repeating: "a@b.cd 127.0.0.1 x=y; ", count: 5000).utf8)
        let result = try scrub(text, "@common")
        #expect(!result.holds("127.0.0.1") && !result.holds("a@b.cd"))
    }
}

@Suite struct MinidumpScrubbingTests {
    private static let secret = "4111 1111 1111 1111"

    private func dump(_ change: (inout DumpWriter) -> Void = { _ in }) -> [UInt8] {
        var writer = DumpWriter()
        let narrow = Array("stack \(Self.secret) end ".utf8) + [0xFF, 0xFE, 0x00]
        writer.stacks = [
            .init(address: 0x7FFF_0000, bytes: narrow),
            .init(address: 0x7FFE_0000, bytes: [1, 2, 3, 4]),
        ]
        writer.heap = [
            .init(address: 0x1000, bytes: Array("heap \(Self.secret) end".utf8)),
            .init(address: 0x2000, bytes: DumpWriter.wide("wide \(Self.secret) end")),
        ]
        writer.modules = [
            .init(codeFile: "C:\\Users\\bruno\\app.exe", debugFile: "C:\\Users\\bruno\\app.pdb"),
            .init(codeFile: "/usr/lib/libc.so", debugFile: nil),
        ]
        writer.environment = Array("HOME=/home/bruno\0CARD=\(Self.secret)\0".utf8)
        change(&writer)
        return writer.write()
    }

    private func scrub(
        _ bytes: [UInt8], _ selector: String, _ rule: String
    ) throws -> (bytes: [UInt8], problem: MinidumpError?) {
        let json = #"{"applications":{"\#(selector)":["\#(rule)"]}}"#
        let program = ScrubProgram(PiiConfiguration(try JSONValue(parsing: Array(json.utf8))))
        var result = bytes
        var problem: MinidumpError?
        Array("crash.dmp".utf8).withUnsafeBytes { name in
            result.withUnsafeMutableBytes {
                problem = AttachmentScrubber().scrubMinidump($0, name: name, with: program).problem
            }
        }
        #expect(result.count == bytes.count)
        return (result, problem)
    }

    @Test(arguments: [false, true])
    func regionsAreToldApart(_ isFull: Bool) throws {
        let bytes = dump { $0.isFull = isFull }
        let heap = try scrub(bytes, "$heap_memory", "@creditcard:mask")
        #expect(heap.problem == nil)
        #expect(heap.bytes.holds("stack \(Self.secret)"))
        #expect(!heap.bytes.holds("heap \(Self.secret)"))
        #expect(!heap.bytes.holds(DumpWriter.wide(Self.secret)))
        #expect(heap.bytes.holds("heap ******************* end"))
        #expect(heap.bytes.holds("CARD=\(Self.secret)"))
        let stack = try scrub(bytes, "$stack_memory", "@creditcard:mask")
        #expect(!stack.bytes.holds("stack \(Self.secret)"))
        #expect(stack.bytes.holds("heap \(Self.secret)"))
    }

    @Test func generalSelectorsLeaveTheStackAlone() throws {
        let bytes = dump()
        for selector in ["**", "$attachments.**", "$binary"] {
            let result = try scrub(bytes, selector, "@creditcard:mask")
            #expect(result.problem == nil)
            #expect(result.bytes.holds("stack \(Self.secret)"))
            #expect(!result.bytes.holds("heap \(Self.secret)"))
            #expect(!result.bytes.holds("CARD=\(Self.secret)"))
        }
        #expect(try scrub(bytes, "$string", "@creditcard:mask").bytes == bytes)
    }

    @Test func modulesKeepTheirFileNames() throws {
        let result = try scrub(dump(), "$minidump.*", "@anything:mask").bytes
        #expect(!result.holds(DumpWriter.wide("bruno")))
        #expect(!result.holds("bruno"))
        #expect(result.holds(DumpWriter.wide("\\app.exe")))
        #expect(result.holds("\\app.pdb"))
        #expect(result.holds(DumpWriter.wide("/libc.so")))
        let code = try scrub(dump(), "$minidump.code_file", "@userpath:mask").bytes
        #expect(!code.holds(DumpWriter.wide("bruno")))
        #expect(code.holds("\\bruno\\app.pdb"))
    }

    @Test func bigEndianDumpsAreRead() throws {
        let result = try scrub(dump { $0.isBigEndian = true }, "$heap_memory", "@creditcard:mask")
        #expect(result.problem == nil)
        #expect(!result.bytes.holds("heap \(Self.secret)"))
        #expect(result.bytes.holds("stack \(Self.secret)"))
    }

    /// Wherever it is cut: nothing crashes, and what the rules ask for is gone.
    @Test(arguments: ["$heap_memory", "$stack_memory"])
    func truncatedDumpsFailClosed(_ selector: String) throws {
        let bytes = dump()
        let word = selector == "$heap_memory" ? "heap" : "stack"
        for count in 0..<bytes.count {
            let result = try scrub(Array(bytes[..<count]), selector, "@creditcard:mask")
            #expect(!result.bytes.holds("\(word) \(Self.secret)"), "cut at \(count)")
        }
    }

    @Test func mutatedDumpsDoNotCrash() throws {
        let bytes = dump()
        var random = SeededGenerator(seed: 20_261_124)
        let json = #"{"applications":{"**":["@common"],"$stack_memory":["@common"]}}"#
        let program = ScrubProgram(PiiConfiguration(try JSONValue(parsing: Array(json.utf8))))
        let scrubber = AttachmentScrubber()
        for _ in 0..<400 {
            var mutant = bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let value = [0, 1, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &random)]
                mutant[Int.random(in: 0..<bytes.count, using: &random)] =
                    value[Int.random(in: 0..<5, using: &random)]
            }
            mutant.withUnsafeMutableBytes {
                _ = scrubber.scrubMinidump(
                    $0, name: UnsafeRawBufferPointer(start: nil, count: 0), with: program)
            }
        }
    }

    /// 32 bytes whose header promises 2^32 - 1 streams: nothing is allocated for them.
    @Test(arguments: [32, 31, 44])
    func promisesAreNotBelieved(_ count: Int) throws {
        var bytes = [UInt8](repeating: 0xFF, count: count)
        bytes[..<8] = [0x4D, 0x44, 0x4D, 0x50, 0x93, 0xA7, 0, 0]
        bytes[12..<16] = [32, 0, 0, 0]
        #expect(try scrub(bytes, "$heap_memory", "@ip").problem != nil)
        if count == 32 {
            #expect(throws: MinidumpError.outside(.directory)) {
                try bytes.withUnsafeBytes { try Minidump($0).parts() }
            }
        }
    }

    @Test func regionsNamedOftenAreSearchedOnce() throws {
        var writer = DumpWriter()
        writer.heap = [.init(address: 0, bytes: [UInt8](repeating: 0x61, count: 1000))]
        let bytes = writer.write()
        let parts = try bytes.withUnsafeBytes { try Minidump($0).parts() }
        #expect(parts.map(\.range.count) == [1000])
        // One more stream entry that is the same list.
        var doubled = bytes
        doubled[8] = 3
        doubled[32 + 24..<32 + 36] = doubled[32 + 12..<32 + 24]
        let again = try doubled.withUnsafeBytes { try Minidump($0).parts() }
        #expect(again == parts)
    }
}
