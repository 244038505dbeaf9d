/// Why a minidump cannot be read.
public enum MinidumpError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No signature, or another version of the format.
    case noMinidump
    /// Something reaches beyond the end of the file, or of the stream it stands in.
    case outside(StaticText)
    /// More memory regions, threads and modules than are looked at.
    case tooManyEntries

    /// A constant name.
    public enum StaticText: String, Hashable, Sendable {
        case directory, stream, list, memory, module
    }

    public var description: String {
        switch self {
        case .noMinidump: "no minidump"
        case .outside(let what): "\(what.rawValue) reaches beyond the end"
        case .tooManyEntries: "more than \(Minidump.entriesMax) regions, threads and modules"
        }
    }
}

/// Finds the parts of a minidump that may hold personal data. Every length and position is checked
/// against the file before it is used, and memory grows with what the file really contains.
struct Minidump {
    struct Part: Equatable {
        enum Kind: Int, CaseIterable {
            case stack, heap
            /// Environment and command line of the process (Linux).
            case auxiliary
            case codeFile, debugFile
        }

        var kind: Kind
        /// Bytes of the file.
        var range: Range<Int>
    }

    /// Regions, threads and modules together.
    static let entriesMax = 1 << 18

    private enum StreamType {
        static let threadList: UInt64 = 3
        static let moduleList: UInt64 = 4
        static let memoryList: UInt64 = 5
        static let memory64List: UInt64 = 9
        static let linuxCommandLine: UInt64 = 0x4767_0006
        static let linuxEnvironment: UInt64 = 0x4767_0007
    }

    private let bytes: UnsafeRawBufferPointer
    private let isBigEndian: Bool
    private var entries = 0
    private var found: [Part] = []
    /// Where stacks begin: in the file, and in the process's memory.
    private var stackOffsets: Set<Int> = []
    private var stackAddresses: Set<UInt64> = []

    /// Checks the header.
    init(_ bytes: UnsafeRawBufferPointer) throws(MinidumpError) {
        self.bytes = bytes
        guard bytes.count >= 32 else { throw .noMinidump }
        let signature = bytes[..<4]
        if signature.elementsEqual("MDMP".utf8) {
            isBigEndian = false
        } else if signature.elementsEqual("PMDM".utf8) {
            isBigEndian = true
        } else {
            throw .noMinidump
        }
        guard try integer(4, 4, .directory) & 0xFFFF == 0xA793 else { throw .noMinidump }
    }

    // MARK: Reading

    private func integer(
        _ offset: Int, _ size: Int, _ what: MinidumpError.StaticText
    ) throws(MinidumpError) -> UInt64 {
        guard offset >= 0, offset <= bytes.count - size else { throw .outside(what) }
        var value: UInt64 = 0
        for index in 0..<size {
            let place = isBigEndian ? index : size - 1 - index
            value = value << 8 | UInt64(bytes[offset + place])
        }
        return value
    }

    private func word(_ offset: Int) throws(MinidumpError) -> UInt64 {
        try integer(offset, 4, .list)
    }

    /// The bytes of the file from `start`, if they are all there.
    private func range(
        _ start: UInt64, _ count: UInt64, _ what: MinidumpError.StaticText
    ) throws(MinidumpError) -> Range<Int> {
        let size = UInt64(bytes.count)
        guard start <= size, count <= size - start else { throw .outside(what) }
        return Int(start)..<Int(start + count)
    }

    /// Offsets of a list's entries; the count is checked against the stream.
    private mutating func entries(
        of stream: Range<Int>, header: Int, countSize: Int, size: Int
    ) throws(MinidumpError) -> [Int] {
        guard stream.count >= header else { throw .outside(.list) }
        let count = try integer(stream.lowerBound, countSize, .list)
        let room = UInt64((stream.count - header) / size)
        guard count <= room else { throw .outside(.list) }
        entries += Int(count)
        guard entries <= Minidump.entriesMax else { throw .tooManyEntries }
        // Some writers align the entries to eight bytes.
        let unused = stream.count - header - Int(count) * size
        let padding = countSize == 4 && unused == 4 ? 4 : 0
        let start = stream.lowerBound + header + padding
        return (0..<Int(count)).map { start + $0 * size }
    }

    // MARK: Parts

    /// The parts in the order of the file, those of a kind without overlaps: nothing is searched
    /// twice, however often the lists name it.
    func parts() throws(MinidumpError) -> [Part] {
        var reader = self
        return try reader.read()
    }

    private mutating func read() throws(MinidumpError) -> [Part] {
        let count = try integer(8, 4, .directory)
        let start = try integer(12, 4, .directory)
        let directory = try range(start, count * 12, .directory)
        // Threads say which memory is a stack, so they come first.
        for wanted in [
            [StreamType.threadList],
            [
                StreamType.memoryList, StreamType.memory64List, StreamType.moduleList,
                StreamType.linuxCommandLine, StreamType.linuxEnvironment,
            ],
        ] {
            for entry in stride(from: directory.lowerBound, to: directory.upperBound, by: 12) {
                let type = try word(entry)
                guard wanted.contains(type) else { continue }
                let stream = try range(try word(entry + 8), try word(entry + 4), .stream)
                try read(type, stream)
            }
        }
        return Minidump.merged(found)
    }

    private mutating func read(_ type: UInt64, _ stream: Range<Int>) throws(MinidumpError) {
        switch type {
        case StreamType.threadList: try readThreads(stream)
        case StreamType.memoryList: try readMemory(stream)
        case StreamType.memory64List: try readMemory64(stream)
        case StreamType.moduleList: try readModules(stream)
        default:
            try count()
            found.append(Part(kind: .auxiliary, range: stream))
        }
    }

    private mutating func count() throws(MinidumpError) {
        entries += 1
        guard entries <= Minidump.entriesMax else { throw .tooManyEntries }
    }

    private mutating func readThreads(_ stream: Range<Int>) throws(MinidumpError) {
        for entry in try entries(of: stream, header: 4, countSize: 4, size: 48) {
            let memory = try range(try word(entry + 36), try word(entry + 32), .memory)
            stackAddresses.insert(try integer(entry + 24, 8, .list))
            if memory.isEmpty { continue }
            stackOffsets.insert(memory.lowerBound)
            found.append(Part(kind: .stack, range: memory))
        }
    }

    private mutating func readMemory(_ stream: Range<Int>) throws(MinidumpError) {
        for entry in try entries(of: stream, header: 4, countSize: 4, size: 16) {
            let memory = try range(try word(entry + 12), try word(entry + 8), .memory)
            let isStack = stackOffsets.contains(memory.lowerBound)
            found.append(Part(kind: isStack ? .stack : .heap, range: memory))
        }
    }

    /// Full dumps: the regions lie one after the other.
    private mutating func readMemory64(_ stream: Range<Int>) throws(MinidumpError) {
        var start = try integer(stream.lowerBound + 8, 8, .list)
        for entry in try entries(of: stream, header: 16, countSize: 8, size: 16) {
            let address = try integer(entry, 8, .list)
            let memory = try range(start, try integer(entry + 8, 8, .list), .memory)
            start = UInt64(memory.upperBound)
            let isStack = stackAddresses.contains(address)
            found.append(Part(kind: isStack ? .stack : .heap, range: memory))
        }
    }

    private mutating func readModules(_ stream: Range<Int>) throws(MinidumpError) {
        for entry in try entries(of: stream, header: 4, countSize: 4, size: 108) {
            let name = try word(entry + 20)
            let nameBytes = try integer(try range(name, 4, .module).lowerBound, 4, .module)
            found.append(
                Part(kind: .codeFile, range: try range(name + 4, nameBytes, .module)))
            let record = try range(try word(entry + 80), try word(entry + 76), .module)
            guard record.count > 4 else { continue }
            // PDB 7.0 (RSDS): signature, 16 bytes of id, age; PDB 2.0 (NB10): four words.
            let header: Int
            switch try integer(record.lowerBound, 4, .module) {
            case 0x5344_5352: header = 24
            case 0x3031_424E: header = 16
            default: continue
            }
            guard record.count > header else { continue }
            found.append(
                Part(kind: .debugFile, range: record.lowerBound + header..<record.upperBound))
        }
    }

    /// Joins parts of a kind that overlap.
    private static func merged(_ parts: [Part]) -> [Part] {
        var result: [Part] = []
        for part in parts.sorted(by: isBefore) where !part.range.isEmpty {
            if let last = result.last, last.kind == part.kind,
                part.range.lowerBound < last.range.upperBound
            {
                let end = max(last.range.upperBound, part.range.upperBound)
                result[result.count - 1].range = last.range.lowerBound..<end
            } else {
                result.append(part)
            }
        }
        return result
    }

    private static func isBefore(_ left: Part, _ right: Part) -> Bool {
        (left.kind.rawValue, left.range.lowerBound) < (right.kind.rawValue, right.range.lowerBound)
    }
}

extension Minidump.Part.Kind {
    /// The part's key below the file.
    var key: StaticString {
        switch self {
        case .stack: "stack_memory"
        case .heap: "heap_memory"
        case .auxiliary: ""
        case .codeFile: "code_file"
        case .debugFile: "debug_file"
        }
    }

    /// Bits of the part's types.
    var types: UInt32 {
        switch self {
        case .stack: SelectorType.binary.bit | SelectorType.stackMemory.bit
        case .heap: SelectorType.binary.bit | SelectorType.heapMemory.bit
        case .auxiliary: SelectorType.binary.bit
        case .codeFile, .debugFile: SelectorType.string.bit
        }
    }
}
