import JSON

/// Templates of messages, for the processor and the filters, which must read the same message: `%s`, `%(name)s` as in Python, `{}`, `{0}`, `{name}` elsewhere.
public enum MessageFormat {
    /// The message with its parameters; nil if one is missing or nothing was to do.
    ///
    /// - Parameters:
    ///   - params: a list or an object; members of objects in it are sorted.
    ///   - writer: for parameters that are written as JSON; its content is lost.
    public static func format(
        _ template: UnsafeRawBufferPointer, _ params: JSONNode, _ document: JSONDocument,
        _ writer: JSONWriter
    ) -> [UInt8]? {
        guard document.childCount(of: params) > 0 else { return nil }
        var formatter = MessageFormatter(
            template: template, params: params, document: document, writer: writer)
        if template.contains(0x25) {
            return formatter.run(percent: true)
        }
        if template.contains(0x7B) {
            return formatter.run(percent: false)
        }
        return nil
    }
}

private struct MessageFormatter {
    let template: UnsafeRawBufferPointer
    let params: JSONNode
    /// The elements of a list of parameters.
    let list: [JSONNode]
    let document: JSONDocument
    let writer: JSONWriter
    var output: [UInt8] = []
    var position = 0
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

    mutating func run(percent: Bool) -> [UInt8]? {
        while position < template.count {
            let byte = template[position]
            position += 1
            let isStart = byte == (percent ? 0x25 : 0x7B)
            if !isStart {
                if !percent, byte == 0x7D, position < template.count,
                    template[position] == 0x7D
                {
                    position += 1
                }
                output.append(byte)
                continue
            }
            guard percent ? readPercent() : readBraces() else { return nil }
        }
        return output
    }

    private mutating func readPercent() -> Bool {
        guard position < template.count else { return false }
        if template[position] == 0x25 {
            output.append(0x25)
            position += 1
            return true
        }
        var parameter = JSONNode.none
        var isNamed = false
        if template[position] == 0x28 {
            guard let end = template[position...].firstIndex(of: 0x29) else { return false }
            parameter = named(UnsafeRawBufferPointer(rebasing: template[(position + 1)..<end]))
            isNamed = true
            position = end + 1
        }
        while position < template.count, Self.isFlag(template[position]) { position += 1 }
        guard position < template.count else { return false }
        let conversion = template[position]
        position += 1
        if !isNamed {
            parameter = element(nextParameter)
            if document.kind(of: params) != .array { return false }
            nextParameter += 1
        }
        return append(parameter, conversion)
    }

    private static func isFlag(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x2E, 0x2D, 0x2B, 0x20, 0x23, 0x2A, 0x6C, 0x68, 0x4C: true
        default: false
        }
    }

    private mutating func readBraces() -> Bool {
        guard position < template.count else { return false }
        if template[position] == 0x7B {
            output.append(0x7B)
            position += 1
            return true
        }
        guard let end = template[position...].firstIndex(of: 0x7D) else { return false }
        var name = template[position..<end]
        if let colon = name.firstIndex(of: 0x3A) { name = name[..<colon] }
        position = end + 1
        let key = UnsafeRawBufferPointer(rebasing: name)
        if key.isEmpty {
            guard document.kind(of: params) == .array else { return false }
            nextParameter += 1
            return append(element(nextParameter - 1), 0x73)
        }
        return append(named(key), 0x73)
    }

    private func element(_ position: Int) -> JSONNode {
        position < list.count ? list[position] : .none
    }

    private func named(_ name: UnsafeRawBufferPointer) -> JSONNode {
        if document.kind(of: params) == .array {
            guard let index = JSONNumber.uint64(name), index < 1 << 16 else { return .none }
            return element(Int(index))
        }
        return document.find(name, in: params)
    }

    private mutating func append(_ parameter: JSONNode, _ conversion: UInt8) -> Bool {
        switch document.kind(of: parameter) {
        case .missing, .null: return false
        case .string where conversion != 0x72:
            output.append(contentsOf: document.textBytes(of: parameter))
            return true
        case .number where conversion == 0x78 || conversion == 0x58 || conversion == 0x6F:
            guard let value = document.int64(of: parameter) else { return false }
            let text = String(
                value, radix: conversion == 0x6F ? 8 : 16, uppercase: conversion == 0x58)
            output.append(contentsOf: text.utf8)
            return true
        default:
            guard document.writeSorted(parameter, to: writer) else { return false }
            output.append(contentsOf: writer.bytes)
            return true
        }
    }
}
