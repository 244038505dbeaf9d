import CByteScan

/// Finds many literals in one pass over a text (Aho–Corasick), ignoring the case of ASCII letters;
/// every kind of ASCII white space is the same to it.
final class LiteralSet: @unchecked Sendable {
    /// States at most; literals that do not fit are answered by `init`.
    static let statesMax = 1 << 14

    // Nothing is changed after it is made.
    private let classOfByte: UnsafePointer<UInt8>
    private let classCount: Int
    /// `table[state * classCount + class]` is the next state.
    private let table: UnsafePointer<UInt16>
    /// Literals that end in a state, own and those of its suffixes.
    private let outputs: [[Int32]]
    private let hasOutput: UnsafePointer<Bool>
    /// What few literals begin with, see `byte_scan_candidate`; nil for many.
    private let beginnings: UnsafePointer<UInt8>?
    private static let beginningsMax = 64

    /// - Parameters:
    ///   - literals: ASCII in lower case; empty ones are never found.
    ///   - omitted: the positions of literals that did not fit.
    init(_ literals: [[UInt8]], omitted: inout [Int]) {
        var classes = [UInt8](repeating: 0, count: 256)
        var count = 1
        for byte in literals.joined() where classes[Int(Self.fold(byte))] == 0 {
            classes[Int(Self.fold(byte))] = UInt8(truncatingIfNeeded: count)
            count += 1
        }
        for byte in 0..<128 {
            classes[byte] = classes[Int(Self.fold(UInt8(truncatingIfNeeded: byte)))]
        }
        classOfByte = Self.copy(classes)
        classCount = count
        var builder = Builder(classCount: count)
        for (index, literal) in literals.enumerated() where !literal.isEmpty {
            let path = literal.map { Int(classes[Int(Self.fold($0))]) }
            if !builder.add(path, Int32(truncatingIfNeeded: index)) { omitted.append(index) }
        }
        builder.link()
        table = Self.copy(builder.table)
        outputs = builder.outputs
        hasOutput = Self.copy(builder.outputs.map { !$0.isEmpty })
        beginnings =
            literals.count <= Self.beginningsMax ? Self.copy(Self.beginnings(literals)) : nil
    }

    deinit {
        classOfByte.deallocate()
        table.deallocate()
        hasOutput.deallocate()
        beginnings?.deallocate()
    }

    private static func copy<Element: BitwiseCopyable>(
        _ list: [Element]
    ) -> UnsafePointer<Element> {
        let target = UnsafeMutablePointer<Element>.allocate(capacity: max(list.count, 1))
        target.initialize(from: list, count: list.count)
        return UnsafePointer(target)
    }

    /// Tables by the nibbles of the first three bytes, in which each literal has one of eight bits.
    private static func beginnings(_ literals: [[UInt8]]) -> [UInt8] {
        var tables = [UInt8](repeating: 0, count: 6 * 16)
        // Literals that begin alike share a bit.
        let sorted = literals.filter { !$0.isEmpty }.sorted { $0.lexicographicallyPrecedes($1) }
        for (index, literal) in sorted.enumerated() {
            let bit: UInt8 = 1 << UInt8(truncatingIfNeeded: index * 8 / sorted.count)
            for place in 0..<3 {
                for byte in 0..<256
                where place >= literal.count
                    || fold(UInt8(truncatingIfNeeded: byte)) == fold(literal[place])
                {
                    tables[32 * place + byte & 15] |= bit
                    tables[32 * place + 16 + byte >> 4] |= bit
                }
            }
        }
        return tables
    }

    /// The next place where a literal may begin, the end of the text if there is none.
    @inline(__always)
    private func candidate(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let beginnings else { return start }
        return byte_scan_candidate(text.baseAddress, start, text.count, beginnings)
    }

    private static func fold(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x41...0x5A: byte | 0x20
        case 0x09...0x0D: 0x20
        default: byte
        }
    }

    private struct Builder {
        let classCount: Int
        var table: [UInt16]
        var outputs: [[Int32]] = [[]]

        init(classCount: Int) {
            self.classCount = classCount
            table = [UInt16](repeating: 0, count: classCount)
        }

        mutating func add(_ path: [Int], _ literal: Int32) -> Bool {
            guard outputs.count + path.count <= LiteralSet.statesMax else { return false }
            var state = 0
            for step in path {
                let slot = state * classCount + step
                if table[slot] == 0 {
                    table[slot] = UInt16(truncatingIfNeeded: outputs.count)
                    outputs.append([])
                    table += [UInt16](repeating: 0, count: classCount)
                }
                state = Int(table[slot])
            }
            outputs[state].append(literal)
            return true
        }

        /// Replaces missing transitions by those of the longest suffix that is a prefix.
        mutating func link() {
            var suffix = [Int](repeating: 0, count: outputs.count)
            var queue: [Int] = []
            for step in 0..<classCount where table[step] != 0 { queue.append(Int(table[step])) }
            var position = 0
            while position < queue.count {
                let state = queue[position]
                position += 1
                outputs[state] += outputs[suffix[state]]
                for step in 0..<classCount {
                    let slot = state * classCount + step
                    let fallback = table[suffix[state] * classCount + step]
                    let target = Int(table[slot])
                    if target == 0 {
                        table[slot] = fallback
                    } else {
                        suffix[target] = Int(fallback)
                        queue.append(target)
                    }
                }
            }
        }
    }

    /// Calls `found` with the position of each literal and the offset behind it, until it answers
    /// true.
    @inline(__always)
    func scan(_ text: UnsafeRawBufferPointer, _ found: (_ literal: Int, _ end: Int) -> Bool) -> Bool
    {
        var index = candidate(text, from: 0)
        var state = 0
        while index < text.count {
            state = Int(table[state &* classCount &+ Int(classOfByte[Int(text[index])])])
            index += 1
            if state == 0 {
                // Nothing has begun that could go on.
                index = candidate(text, from: index)
                continue
            }
            guard hasOutput[state] else { continue }
            for literal in outputs[state] where found(Int(literal), index) { return true }
        }
        return false
    }
}
