import JSON

/// Templates of messages, for the processor and the filters, which must read the same message:
/// `%s`, `%(name)s` as in Python, or, in templates without a percent sign, `{}`, `{0}`, `{name}`. What
/// is neither stays as it is. Widths and precisions do not count.
public enum MessageFormat {
    /// The message with its parameters; nil if one is missing or not of the kind that is wanted, or
    /// if nothing was to do.
    ///
    /// - Parameters:
    ///   - params: a list or an object; members of objects in it are sorted.
    ///   - writer: for parameters that are written as JSON; its content is lost.
    public static func format(
        _ template: UnsafeRawBufferPointer, _ params: JSONNode, _ document: JSONDocument,
        _ writer: JSONWriter
    ) -> [UInt8]? {
        switch document.kind(of: params) {
        case .array, .object: break
        default: return nil
        }
        let isPercent = template.contains(0x25)
        guard isPercent || template.contains(0x7B) else { return nil }
        var formatter = MessageFormatter(
            template: template, params: params, document: document, writer: writer)
        return formatter.run(isPercent)
    }
}

/// A place in a template where a parameter stands.
private struct Placeholder {
    /// A name or number; nil for the next parameter.
    var key: Range<Int>?
    /// Behind it.
    var end: Int
    /// A conversion of Python's, `%` for a percent sign.
    var conversion: UInt8 = 0x73
    var isAlternate = false
}

private struct MessageFormatter {
    let template: UnsafeRawBufferPointer
    let params: JSONNode
    /// The elements of a list of parameters.
    let list: [JSONNode]
    let document: JSONDocument
    let writer: JSONWriter
    var output: [UInt8] = []
    var nextParameter = 0

    init(
        template: UnsafeRawBufferPointer, params: JSONNode, document: JSONDocument,
        writer: JSONWriter
    ) {
        self.template = template
        self.params = params
        list = document.kind(of: params) == .array ? Array(document.children(of: params)) : []
        self.document = document
        self.writer = writer
    }

    mutating func run(_ isPercent: Bool) -> [UInt8]? {
        let start: UInt8 = isPercent ? 0x25 : 0x7B
        var position = 0
        while position < template.count {
            let byte = template[position]
            guard byte == start,
                let found = isPercent ? percent(position + 1) : braces(position + 1)
            else {
                output.append(byte)
                position += 1
                continue
            }
            guard append(found, isPercent) else { return nil }
            position = found.end
        }
        return output
    }

    // MARK: Placeholders

    /// `%`, a name in parentheses, flags, width, precision, length, conversion.
    private func percent(_ start: Int) -> Placeholder? {
        var place = start
        var found = Placeholder(end: start)
        if byte(place) == 0x28 {
            let end = wordEnd(place + 1)
            guard byte(end) == 0x29 else { return nil }
            found.key = (place + 1)..<end
            place = end + 1
        }
        while let flag = byte(place), [0x23, 0x30, 0x2D, 0x2B].contains(flag) {
            if flag == 0x23 { found.isAlternate = true }
            place += 1
        }
        place = sizeEnd(place)
        if byte(place) == 0x2E {
            let end = sizeEnd(place + 1)
            guard end > place + 1 else { return nil }
            place = end
        }
        while let length = byte(place), [0x68, 0x6C, 0x4C].contains(length) { place += 1 }
        guard let conversion = byte(place), Self.conversions.contains(conversion) else {
            return nil
        }
        found.conversion = conversion
        found.end = place + 1
        return found
    }

    private static let conversions = Array("diouxXeEfFgGcrs%".utf8)

    /// `{`, a name, a number, or nothing, `}`.
    private func braces(_ start: Int) -> Placeholder? {
        let end = wordEnd(start)
        guard byte(end) == 0x7D else { return nil }
        return Placeholder(key: start < end ? start..<end : nil, end: end + 1)
    }

    private func byte(_ place: Int) -> UInt8? {
        place < template.count ? template[place] : nil
    }

    /// Behind letters, digits and underscores.
    private func wordEnd(_ start: Int) -> Int {
        var place = start
        while let byte = byte(place), Self.isWordByte(byte) { place += 1 }
        return place
    }

    /// Whether a byte is, or is in, a letter, digit or underscore.
    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A, 0x80...: true
        default: false
        }
    }

    /// Behind a number or asterisk.
    private func sizeEnd(_ start: Int) -> Int {
        if byte(start) == 0x2A { return start + 1 }
        var place = start
        while let byte = byte(place), byte &- 0x30 < 10 { place += 1 }
        return place
    }

    // MARK: Parameters

    private mutating func append(_ found: Placeholder, _ isPercent: Bool) -> Bool {
        if found.conversion == 0x25 {
            output.append(0x25)
            return true
        }
        guard let key = found.key else {
            nextParameter += 1
            return append(element(nextParameter - 1), found)
        }
        let name = UnsafeRawBufferPointer(rebasing: template[key])
        let index = isPercent ? nil : JSONNumber.uint64(name)
        if document.kind(of: params) == .array {
            guard let index, index < 1 << 16 else { return false }
            return append(element(Int(index)), found)
        }
        return index == nil && append(document.find(name, in: params), found)
    }

    private func element(_ position: Int) -> JSONNode {
        position < list.count ? list[position] : .none
    }

    private mutating func append(_ parameter: JSONNode, _ found: Placeholder) -> Bool {
        switch (document.kind(of: parameter), found.conversion) {
        case (.missing, _), (.null, _): return false
        case (.number, 0x6F), (.number, 0x78), (.number, 0x58):
            return appendDigits(of: parameter, found)
        case (.number, 0x65), (.number, 0x45):
            guard !isInteger(parameter), let value = document.double(of: parameter) else {
                return false
            }
            output += FractionText.scientific(value, exponentSign: found.conversion)
            return true
        case (_, 0x6F), (_, 0x78), (_, 0x58), (_, 0x65), (_, 0x45): return false
        case (.string, let conversion) where conversion != 0x72:
            output.append(contentsOf: document.textBytes(of: parameter))
            return true
        case (.number, let conversion) where conversion != 0x72 && !isInteger(parameter):
            guard let value = document.double(of: parameter) else { return false }
            output += FractionText.plain(value)
            return true
        default:
            guard document.writeSorted(parameter, to: writer) else { return false }
            output.append(contentsOf: writer.bytes)
            return true
        }
    }

    /// Whether a number is an integer of 64 bits; -0 is a fraction.
    private func isInteger(_ number: JSONNode) -> Bool {
        if let value = document.int64(of: number) {
            return value != 0 || document.textBytes(of: number).first != 0x2D
        }
        return document.uint64(of: number) != nil
    }

    /// An integer of 64 bits to another base, negative ones as their two's complement.
    private mutating func appendDigits(of number: JSONNode, _ found: Placeholder) -> Bool {
        guard isInteger(number),
            let bits = document.uint64(of: number)
                ?? document.int64(of: number).map({ UInt64(bitPattern: $0) })
        else { return false }
        let isOctal = found.conversion == 0x6F
        if found.isAlternate { output += isOctal ? "0o".utf8 : "0x".utf8 }
        let text = String(
            bits, radix: isOctal ? 8 : 16, uppercase: found.conversion == 0x58)
        output.append(contentsOf: text.utf8)
        return true
    }
}
