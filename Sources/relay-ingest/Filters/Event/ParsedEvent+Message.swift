import JSON

/// The message of an event: `{message, formatted, params}` or a bare text.
extension ParsedEvent {
    func message() -> Text? {
        let texts = messages()
        return texts.formatted ?? texts.message
    }

    /// The formatted and the plain message as normalising leaves them.
    func messages() -> (formatted: Text?, message: Text?) {
        messages(member("logentry", "sentry.interfaces.Message", "message"))
    }

    func messages(_ node: JSONNode) -> (formatted: Text?, message: Text?) {
        guard has(node) else { return (nil, nil) }
        guard kind(node) == .object else {
            if document.bool(of: node) == false { return (nil, nil) }
            guard let text = jsonText(node), !text.isEmpty else { return (nil, nil) }
            return (cutMessage(text), nil)
        }
        var formatted = messageText(find("formatted", in: node))
        let message = messageText(find("message", in: node))
        if formatted == nil, let message {
            let parameters = find("params", in: node)
            formatted =
                MessageFormat(self).format(message, parameters).map { arena.text($0) } ?? message
            if formatted?.elementsEqual(message) == true { return (cutMessage(message), nil) }
        }
        if let formatted, let message, formatted.elementsEqual(message) {
            return (cutMessage(formatted), nil)
        }
        return (cutMessage(formatted), cutMessage(message))
    }

    private func messageText(_ node: JSONNode) -> Text? {
        switch kind(node) {
        case .missing, .null: return nil
        case .bool where document.bool(of: node) == false: return nil
        default: return jsonText(node)
        }
    }

    private func cutMessage(_ text: Text?) -> Text? { cut(text, 8192, 200) }
}

/// Puts parameters into a message: `%s`, `%(name)s` as in Python, `{}`, `{0}`, `{name}` elsewhere.
struct MessageFormat {
    private let event: ParsedEvent
    private var document: JSONDocument { event.document }

    init(_ event: ParsedEvent) {
        self.event = event
    }

    /// The message with its parameters; nil if one is missing or nothing was to do.
    func format(_ template: Text, _ parameters: JSONNode) -> [UInt8]? {
        guard document.childCount(of: parameters) > 0 else { return nil }
        var run = Run(format: self, template: template, parameters: parameters)
        if document.kind(of: parameters) == .array {
            run.list = Array(document.children(of: parameters))
        }
        if template.contains(0x25) { return run.percent() }
        if template.contains(0x7B) { return run.braces() }
        return nil
    }

    /// One pass over a template.
    private struct Run {
        let format: MessageFormat
        let template: Text
        let parameters: JSONNode
        var list: [JSONNode] = []
        var output: [UInt8] = []
        var position = 0
        var next = 0

        private var document: JSONDocument { format.document }

        mutating func percent() -> [UInt8]? {
            while position < template.count {
                let byte = template[position]
                position += 1
                if byte != 0x25 {
                    output.append(byte)
                } else if !readPercent() {
                    return nil
                }
            }
            return output
        }

        mutating func braces() -> [UInt8]? {
            while position < template.count {
                let byte = template[position]
                position += 1
                if byte == 0x7B {
                    guard readBraces() else { return nil }
                    continue
                }
                if byte == 0x7D, position < template.count, template[position] == 0x7D {
                    position += 1
                }
                output.append(byte)
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
            var parameter: JSONNode?
            if template[position] == 0x28 {
                guard let end = template[position...].firstIndex(of: 0x29) else { return false }
                parameter = named(Text(rebasing: template[(position + 1)..<end]))
                position = end + 1
            }
            while position < template.count, Self.isFlag(template[position]) { position += 1 }
            guard position < template.count else { return false }
            let conversion = template[position]
            position += 1
            if let parameter { return append(parameter, conversion) }
            guard document.kind(of: parameters) == .array else { return false }
            next += 1
            return append(element(next - 1), conversion)
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
            if name.isEmpty {
                guard document.kind(of: parameters) == .array else { return false }
                next += 1
                return append(element(next - 1), 0x73)
            }
            return append(named(Text(rebasing: name)), 0x73)
        }

        private func element(_ position: Int) -> JSONNode {
            position < list.count ? list[position] : .none
        }

        private func named(_ name: Text) -> JSONNode {
            guard document.kind(of: parameters) == .array else {
                return document.find(name, in: parameters)
            }
            guard let index = JSONNumber.uint64(name), index < 1 << 16 else { return .none }
            return element(Int(index))
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
            default: return appendJSON(parameter)
            }
        }

        private mutating func appendJSON(_ parameter: JSONNode) -> Bool {
            let writer = format.event.writer
            document.sortMembers(of: parameter)
            writer.reset()
            let isWritten =
                (try? writer.write(parameter, from: document, options: .normalizedNumbers)) != nil
            if isWritten { output.append(contentsOf: writer.bytes) }
            return isWritten
        }
    }
}
