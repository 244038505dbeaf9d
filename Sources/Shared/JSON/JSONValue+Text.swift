extension JSONValue {
    /// Reads one JSON text with the rules of `JSONDocument.parse`.
    public init(
        parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = .event,
        options: JSONParseOptions = []
    ) throws(JSONError) {
        let document = JSONDocument(limits: limits.fitting(inputBytes: bytes.count))
        let root = try document.parse(bytes, options: options)
        self.init(root, of: document)
    }

    /// Reads one JSON text.
    public init(
        parsing bytes: [UInt8], limits: JSONLimits = .event, options: JSONParseOptions = []
    ) throws(JSONError) {
        let document = JSONDocument(limits: limits.fitting(inputBytes: bytes.count))
        let root = try document.parse(bytes, options: options)
        self.init(root, of: document)
    }

    /// Reads one JSON text.
    public init(
        parsing string: String, limits: JSONLimits = .event, options: JSONParseOptions = []
    ) throws(JSONError) {
        let document = JSONDocument(limits: limits.fitting(inputBytes: string.utf8.count))
        let root = try document.parse(string, options: options)
        self.init(root, of: document)
    }

    /// A copy of a tree; what is deeper than the document's limit becomes null.
    public init(_ node: JSONNode, of document: JSONDocument) {
        self = Self.value(node, document, 0)
    }

    private static func value(
        _ node: JSONNode, _ document: JSONDocument, _ depth: Int
    ) -> JSONValue {
        switch document.kind(of: node) {
        case .missing, .null:
            return .null
        case .bool:
            return .bool(document.bool(of: node) ?? false)
        case .number:
            return .number(String(decoding: document.textBytes(of: node), as: UTF8.self))
        case .string:
            return .string(String(decoding: document.textBytes(of: node), as: UTF8.self))
        case .array:
            guard depth < document.limits.depthMax else { return .null }
            var elements: [JSONValue] = []
            elements.reserveCapacity(document.childCount(of: node))
            for child in document.children(of: node) {
                elements.append(value(child, document, depth + 1))
            }
            return .array(elements)
        case .object:
            guard depth < document.limits.depthMax else { return .null }
            var members: [(String, JSONValue)] = []
            members.reserveCapacity(document.childCount(of: node))
            for child in document.children(of: node) {
                members.append((document.key(of: child), value(child, document, depth + 1)))
            }
            return .object(members)
        }
    }

    /// Appends the value as JSON.
    public func write(to writer: JSONWriter, pretty: Bool = false) {
        write(to: writer, indent: pretty ? 0 : nil)
    }

    /// The value as JSON.
    public func serialized(pretty: Bool = false) -> [UInt8] {
        let writer = JSONWriter()
        write(to: writer, pretty: pretty)
        return Array(writer.bytes)
    }

    /// The value as JSON text.
    public func text(pretty: Bool = false) -> String {
        let writer = JSONWriter()
        write(to: writer, pretty: pretty)
        return writer.string
    }

    private func write(to writer: JSONWriter, indent: Int?) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .number(let text): writer.number(text: text)
        case .string(let value): writer.string(value)
        case .array(let elements):
            writer.beginArray()
            let inner = indent.map { $0 + 1 }
            for element in elements {
                writer.lineBreak(inner)
                element.write(to: writer, indent: inner)
            }
            if !elements.isEmpty { writer.lineBreak(indent, isLast: true) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            let inner = indent.map { $0 + 1 }
            for (key, value) in members {
                writer.lineBreak(inner)
                writer.key(key)
                if inner != nil { writer.append(0x20) }
                value.write(to: writer, indent: inner)
            }
            if !members.isEmpty { writer.lineBreak(indent, isLast: true) }
            writer.endObject()
        }
    }
}

extension JSONDocument {
    /// A value as a new detached tree; `.none` when the limits do not allow it.
    public func makeNode(_ value: JSONValue) -> JSONNode {
        makeNode(value, depth: 0)
    }

    private func makeNode(_ value: JSONValue, depth: Int) -> JSONNode {
        switch value {
        case .null: return makeNull()
        case .bool(let value): return makeBool(value)
        case .string(let value): return makeString(value)
        case .number(let text):
            let node = makeNull()
            var copy = text
            copy.withUTF8 { _ = setNumber(node, text: UnsafeRawBufferPointer($0)) }
            return node
        case .array(let elements):
            guard depth < limits.depthMax else { return refuseDepth() }
            let node = makeArray()
            for element in elements {
                guard append(makeNode(element, depth: depth + 1), to: node) else { return .none }
            }
            return node
        case .object(let members):
            guard depth < limits.depthMax else { return refuseDepth() }
            let node = makeObject()
            for (key, value) in members {
                guard append(makeNode(value, depth: depth + 1), to: node, key: key) else {
                    return .none
                }
            }
            return node
        }
    }

    private func refuseDepth() -> JSONNode {
        exhaust(.depthExceeded)
        return .none
    }
}
