/// Writes minidumps for tests.
struct DumpWriter {
    struct Memory {
        var address: UInt64
        var bytes: [UInt8]
    }

    struct Module {
        var codeFile: String
        var debugFile: String?
    }

    var stacks: [Memory] = []
    var heap: [Memory] = []
    var modules: [Module] = []
    var environment: [UInt8] = []
    var isFull = false
    var isBigEndian = false

    private var bytes: [UInt8] = []

    /// The file, and where each text of the description begins.
    mutating func write() -> [UInt8] {
        bytes = []
        let streams = 3 + (environment.isEmpty ? 0 : 1)
        put32(0x504D_444D)
        put32(0x0000_A793)
        put32(UInt32(streams))
        put32(32)
        for _ in 0..<4 { put32(0) }
        let directory = bytes.count
        for _ in 0..<streams * 3 { put32(0) }
        var entry = directory
        func note(_ writer: inout DumpWriter, _ type: UInt32, _ start: Int) {
            writer.patch32(entry, type)
            writer.patch32(entry + 4, UInt32(writer.bytes.count - start))
            writer.patch32(entry + 8, UInt32(start))
            entry += 12
        }
        let regions = writeMemory()
        let threads = bytes.count
        put32(UInt32(stacks.count))
        for (index, stack) in stacks.enumerated() {
            for _ in 0..<6 { put32(0) }
            put64(stack.address)
            put32(UInt32(stack.bytes.count))
            put32(UInt32(regions[index]))
            put32(0)
            put32(0)
        }
        note(&self, 3, threads)
        let memory = bytes.count
        writeMemoryList(regions)
        note(&self, isFull ? 9 : 5, memory)
        let names = modules.map { writeNames($0) }
        let list = bytes.count
        put32(UInt32(modules.count))
        for name in names {
            for _ in 0..<5 { put32(0) }
            put32(UInt32(name.code))
            for _ in 0..<13 { put32(0) }
            put32(UInt32(name.debugBytes))
            put32(UInt32(name.debug))
            for _ in 0..<6 { put32(0) }
        }
        note(&self, 4, list)
        if !environment.isEmpty {
            let start = bytes.count
            bytes += environment
            note(&self, 0x4767_0007, start)
        }
        return bytes
    }

    private mutating func writeMemory() -> [Int] {
        (stacks + heap).map { memory in
            let start = bytes.count
            bytes += memory.bytes
            return start
        }
    }

    private mutating func writeMemoryList(_ regions: [Int]) {
        let all = stacks + heap
        if isFull {
            put64(UInt64(all.count))
            put64(UInt64(regions.first ?? 0))
            for memory in all {
                put64(memory.address)
                put64(UInt64(memory.bytes.count))
            }
        } else {
            put32(UInt32(all.count))
            for (memory, start) in zip(all, regions) {
                put64(memory.address)
                put32(UInt32(memory.bytes.count))
                put32(UInt32(start))
            }
        }
    }

    private mutating func writeNames(
        _ module: Module
    ) -> (code: Int, debug: Int, debugBytes: Int) {
        let code = bytes.count
        let name = DumpWriter.wide(module.codeFile)
        put32(UInt32(name.count))
        bytes += name
        let debug = bytes.count
        if let debugFile = module.debugFile {
            put32(0x5344_5352)
            for _ in 0..<5 { put32(0x0102_0304) }
            bytes += Array(debugFile.utf8) + [0]
        }
        return (code, debug, bytes.count - debug)
    }

    private mutating func put32(_ value: UInt32) {
        for index in 0..<4 {
            bytes.append(
                UInt8(truncatingIfNeeded: value >> UInt32(8 * (isBigEndian ? 3 - index : index))))
        }
    }

    private mutating func put64(_ value: UInt64) {
        let low = UInt32(truncatingIfNeeded: value)
        let high = UInt32(truncatingIfNeeded: value >> 32)
        put32(isBigEndian ? high : low)
        put32(isBigEndian ? low : high)
    }

    private mutating func patch32(_ offset: Int, _ value: UInt32) {
        for index in 0..<4 {
            bytes[offset + index] =
                UInt8(truncatingIfNeeded: value >> UInt32(8 * (isBigEndian ? 3 - index : index)))
        }
    }

    /// UTF-16, little-endian.
    static func wide(_ text: String) -> [UInt8] {
        text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }
}

extension [UInt8] {
    /// Whether `part` occurs.
    func holds(_ part: [UInt8]) -> Bool {
        guard !part.isEmpty, count >= part.count else { return false }
        return (0...(count - part.count)).contains {
            self[$0] == part[0] && self[$0..<$0 + part.count].elementsEqual(part)
        }
    }

    func holds(_ text: String) -> Bool { holds(Array(text.utf8)) }
}
