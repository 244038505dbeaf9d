import JSON

/// SplitMix64: the same tests for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// A document with bounds small enough to make thousands of them.
func smallDocument(
    depthMax: Int = 127, nodesMax: Int = 4096, inputBytesMax: Int = 1 << 20,
    editNodesMax: Int = 4096, editTextBytesMax: Int = 1 << 18, keys: [String] = []
) -> JSONDocument {
    JSONDocument(
        limits: JSONLimits(
            depthMax: depthMax, nodesMax: nodesMax, inputBytesMax: inputBytesMax,
            editNodesMax: editNodesMax, editTextBytesMax: editTextBytesMax),
        keys: JSONKeyTable(keys))
}

extension JSONDocument {
    /// The tree as compact text; the error's sentence if it cannot be written.
    func text(_ node: JSONNode, options: JSONWriteOptions = []) -> String {
        let writer = JSONWriter()
        do throws(JSONError) {
            try writer.write(node, from: self, options: options)
            return writer.string
        } catch {
            return error.description
        }
    }

    /// What is wrong with a text, nil if it parses.
    func failure(_ bytes: [UInt8], options: JSONParseOptions = []) -> JSONError? {
        do throws(JSONError) {
            _ = try parse(bytes, options: options)
            return nil
        } catch {
            return error
        }
    }

    func failure(_ text: String, options: JSONParseOptions = []) -> JSONError? {
        failure(Array(text.utf8), options: options)
    }
}

/// A second, slow reader of RFC 8259 to compare verdicts with: plain recursion over an array.
struct NaiveReader {
    let bytes: [UInt8]
    var index = 0

    static func accepts(_ bytes: [UInt8]) -> Bool {
        var reader = NaiveReader(bytes: bytes)
        reader.space()
        guard reader.value(0) else { return false }
        reader.space()
        return reader.index == bytes.count
    }

    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ wanted: Character) -> Bool {
        guard let byte, byte == wanted.asciiValue else { return false }
        index += 1
        return true
    }

    private mutating func space() {
        while let byte, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
    }

    private mutating func value(_ depth: Int) -> Bool {
        switch byte.map({ Character(UnicodeScalar($0)) }) {
        case "{": depth < 127 && members(depth)
        case "[": depth < 127 && elements(depth)
        case "\"": string()
        case "t": word("true")
        case "f": word("false")
        case "n": word("null")
        default: number()
        }
    }

    private mutating func word(_ text: String) -> Bool {
        text.allSatisfy { take($0) }
    }

    private mutating func elements(_ depth: Int) -> Bool {
        index += 1
        space()
        if take("]") { return true }
        while true {
            space()
            guard value(depth + 1) else { return false }
            space()
            if take("]") { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func members(_ depth: Int) -> Bool {
        index += 1
        space()
        if take("}") { return true }
        while true {
            space()
            guard string() else { return false }
            space()
            guard take(":") else { return false }
            space()
            guard value(depth + 1) else { return false }
            space()
            if take("}") { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func digits() -> Bool {
        let start = index
        while let byte, (0x30...0x39).contains(byte) { index += 1 }
        return index > start
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") { guard digits() else { return false } }
        if take(".") { guard digits() else { return false } }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() else { return false }
        }
        return true
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        var units: [UInt16] = []
        let start = index
        while let byte {
            index += 1
            if byte == 0x22 {
                return String(validating: bytes[start..<index - 1], as: UTF8.self) != nil
                    && String(validating: units, as: UTF16.self) != nil
            }
            if byte < 0x20 { return false }
            // A plain character between two escapes keeps them from forming a pair.
            guard byte == 0x5C else {
                units.append(0x20)
                continue
            }
            guard let letter = self.byte else { return false }
            index += 1
            if letter == 0x75 {
                guard index + 4 <= bytes.count,
                    let unit = UInt16(
                        String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
                    bytes[index] != 0x2B
                else { return false }
                units.append(unit)
                index += 4
            } else {
                guard "\"\\/bfnrt".utf8.contains(letter) else { return false }
                units.append(0x20)
            }
        }
        return false
    }
}
