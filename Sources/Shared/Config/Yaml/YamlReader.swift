import CYaml

/// Why a text is no usable YAML document.
public struct YamlError: Error, Hashable, Sendable {
    /// Counted from 1; nil when no line can be named.
    public var line: Int?
    public var problem: String
}

/// Reads one YAML document (JSON included) through libyaml's event interface.
///
/// The text, the depth, and the number of values are bounded; an alias counts as many values as its
/// anchor holds, so nested aliases ("billion laughs") end at the same bound. Keys must be scalars
/// and may stand once in a section.
public enum YamlReader {
    /// Bounds of a document.
    public struct Limits: Sendable {
        public var bytesMax = 4 << 20
        public var depthMax = 64
        public var nodesMax = 100_000
        public init() {}
    }

    /// The document's value; nil for an empty document.
    public static func read(
        _ bytes: [UInt8], limits: Limits = Limits()
    ) throws(YamlError) -> ConfigNode? {
        guard bytes.count <= limits.bytesMax else {
            throw YamlError(
                line: nil, problem: "is \(bytes.count) bytes long, limit \(limits.bytesMax)")
        }
        let text = JsonEscapes.joiningSurrogates(bytes)
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else {
            throw YamlError(line: nil, problem: "cannot be read: out of memory")
        }
        defer { yaml_parser_delete(&parser) }
        // libyaml keeps the pointer: parsing has to end inside the closure.
        let result = text.withUnsafeBufferPointer { buffer in
            Result { () throws(YamlError) -> ConfigNode? in
                yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
                yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
                var builder = YamlTreeBuilder(limits: limits)
                while true {
                    var event = yaml_event_t()
                    guard yaml_parser_parse(&parser, &event) == 1 else {
                        throw Self.error(of: parser)
                    }
                    defer { yaml_event_delete(&event) }
                    if event.type == YAML_STREAM_END_EVENT { return builder.root }
                    try builder.take(event)
                }
            }
        }
        return try result.get()
    }

    private static func error(of parser: yaml_parser_t) -> YamlError {
        let problem = parser.problem.map { String(cString: $0) } ?? "not valid YAML"
        switch parser.error {
        case YAML_READER_ERROR:
            return YamlError(line: nil, problem: "\(problem) at byte \(parser.problem_offset)")
        case YAML_MEMORY_ERROR:
            return YamlError(line: nil, problem: "cannot be read: out of memory")
        default:
            let line = parser.problem_mark.line
            return YamlError(line: line < UInt(Int32.max) ? Int(line) + 1 : nil, problem: problem)
        }
    }
}

/// Builds the tree from events. Open containers are kept on a stack, so depth costs no recursion.
struct YamlTreeBuilder {
    private struct Open {
        var isMapping: Bool
        var line: Int
        var anchor: String?
        var items: [ConfigNode] = []
        var entries: [ConfigNode.Entry] = []
        var keys: Set<String> = []
        var pendingKey: (name: String, line: Int)?
        var nodes = 1
    }

    private struct Anchored {
        var node: ConfigNode
        var nodes: Int
    }

    private let limits: YamlReader.Limits
    private var stack: [Open] = []
    private var anchors: [String: Anchored] = [:]
    private var nodes = 0
    private var documents = 0
    private(set) var root: ConfigNode?

    init(limits: YamlReader.Limits) {
        self.limits = limits
    }

    mutating func take(_ event: yaml_event_t) throws(YamlError) {
        let line = Int(clamping: event.start_mark.line) + 1
        switch event.type {
        case YAML_DOCUMENT_START_EVENT:
            documents += 1
            guard documents == 1 else {
                throw YamlError(line: line, problem: "only one document is allowed")
            }
        case YAML_SCALAR_EVENT:
            try scalar(event.data.scalar, line: line)
        case YAML_ALIAS_EVENT:
            try alias(event.data.alias.anchor.text, line: line)
        case YAML_SEQUENCE_START_EVENT:
            try open(
                isMapping: false, anchor: event.data.sequence_start.anchor.text, line: line)
        case YAML_MAPPING_START_EVENT:
            try open(isMapping: true, anchor: event.data.mapping_start.anchor.text, line: line)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            try close()
        default:
            break
        }
    }

    private mutating func count(_ added: Int, line: Int) throws(YamlError) {
        nodes += added
        guard nodes <= limits.nodesMax else {
            throw YamlError(
                line: line, problem: "the file holds more than \(limits.nodesMax) values")
        }
    }

    private mutating func scalar(
        _ scalar: yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar, line: Int
    ) throws(YamlError) {
        try count(1, line: line)
        let text = String(
            decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length),
            as: UTF8.self)
        let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nil
        let content: ConfigNode.Content =
            if isPlain, ["", "~", "null", "Null", "NULL"].contains(text) {
                .null
            } else if isPlain {
                .plain(text)
            } else {
                .quoted(text)
            }
        let node = ConfigNode(content: content, line: line)
        try add(node, keyText: text, nodes: 1, anchor: scalar.anchor.text)
    }

    private mutating func alias(_ name: String?, line: Int) throws(YamlError) {
        guard let name, let anchored = anchors[name] else {
            throw YamlError(line: line, problem: "unknown alias *\((name ?? "").shortened)")
        }
        try count(anchored.nodes, line: line)
        var keyText: String?
        switch anchored.node.content {
        case .plain(let text), .quoted(let text): keyText = text
        default: break
        }
        let node = ConfigNode(content: anchored.node.content, line: line)
        try add(node, keyText: keyText, nodes: anchored.nodes, anchor: nil)
    }

    private mutating func open(isMapping: Bool, anchor: String?, line: Int) throws(YamlError) {
        try count(1, line: line)
        guard stack.count < limits.depthMax else {
            throw YamlError(
                line: line, problem: "values are nested deeper than \(limits.depthMax)")
        }
        if let parent = stack.last, parent.isMapping, parent.pendingKey == nil {
            throw YamlError(line: line, problem: "a key must be a text")
        }
        stack.append(Open(isMapping: isMapping, line: line, anchor: anchor))
    }

    private mutating func close() throws(YamlError) {
        guard let open = stack.popLast() else { return }
        let node = ConfigNode(
            content: open.isMapping ? .mapping(open.entries) : .sequence(open.items),
            line: open.line)
        try add(node, keyText: nil, nodes: open.nodes, anchor: open.anchor)
    }

    /// Puts a finished value into its container.
    private mutating func add(
        _ node: ConfigNode, keyText: String?, nodes: Int, anchor: String?
    ) throws(YamlError) {
        if let anchor { anchors[anchor] = Anchored(node: node, nodes: nodes) }
        guard !stack.isEmpty else {
            root = node
            return
        }
        let top = stack.count - 1
        stack[top].nodes += nodes
        if !stack[top].isMapping {
            stack[top].items.append(node)
        } else if let key = stack[top].pendingKey {
            stack[top].entries.append(.init(key: key.name, line: key.line, value: node))
            stack[top].pendingKey = nil
        } else {
            guard let keyText else {
                throw YamlError(line: node.line, problem: "a key must be a text")
            }
            guard stack[top].keys.insert(keyText).inserted else {
                throw YamlError(
                    line: node.line, problem: "\(keyText.shortened): stands there twice")
            }
            stack[top].pendingKey = (keyText, node.line)
        }
    }
}

extension UnsafeMutablePointer<yaml_char_t>? {
    /// The text of a zero-terminated string of libyaml.
    fileprivate var text: String? {
        map { String(cString: $0) }
    }
}
