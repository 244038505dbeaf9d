import JSON

/// The message: parameters are put into it, a lone message is the formatted one.
extension Normalizer {
    func normalizeLogEntry() {
        let entry = find(Key.logentry, in: event)
        guard kind(entry) == .object,
            document.children(of: entry).contains(where: { !isEmpty($0) })
        else { return }
        let message = find(Key.message, in: entry)
        let formatted = find(Key.formatted, in: entry)
        if !has(message), !has(formatted) {
            return rejectRecord(
                entry, record: "LogEntry", kind: "invalid_data", key: Key.reason,
                "no message present")
        }
        let params = find(Key.params, in: entry)
        if !has(formatted), has(params), let template = text(message) {
            if let result = MessageFormat.format(template, params, document, writer) {
                set(Key.formatted, in: entry, result)
            }
        }
        let current = find(Key.formatted, in: entry)
        guard has(message) else { return }
        if !has(current) {
            let target = self.entry(Key.formatted, in: entry)
            meta.clear(target)
            document.moveValue(to: target, from: message)
            meta.move(from: message, to: target)
        } else if let left = text(current), let right = text(message),
            ByteText.compare(left, right) == 0
        {
            document.setNull(message)
        }
    }
}

extension Normalizer {
    /// Whether nothing is in a value and nothing was recorded for it.
    func isEmpty(_ node: JSONNode) -> Bool {
        guard meta.isEmpty(node) else { return false }
        switch kind(node) {
        case .missing, .null: return true
        case .string: return text(node)?.isEmpty == true
        case .array, .object: return document.childCount(of: node) == 0
        case .bool, .number: return false
        }
    }
}

/// Templates of messages: `%s`, `%(name)s` as in Python, `{}`, `{0}`, `{name}` elsewhere.
enum MessageFormat {
    /// The message with its parameters; nil if one is missing or nothing was to do.
    static func format(
        _ template: UnsafeRawBufferPointer, _ params: JSONNode, _ document: JSONDocument,
        _ writer: JSONWriter
    ) -> String? {
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

    mutating func run(percent: Bool) -> String? {
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
        return String(decoding: output, as: UTF8.self)
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
            document.sortKeys(of: parameter)
            writer.reset()
            do throws(JSONError) {
                try writer.write(parameter, from: document, options: .normalizedNumbers)
            } catch {
                return false
            }
            output.append(contentsOf: writer.bytes)
            return true
        }
    }
}
