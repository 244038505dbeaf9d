import JSON

/// One record (object with declared fields) of the compiled schema.
public struct RecordRule: Sendable {
    /// Name in the table.
    public var name: String
    /// What a value of the wrong type is told: `expected <expectation>`.
    var expectation: String
    /// Start of the record's row in `Schema.rows`.
    var row: Int
    /// Rule for unknown keys, `.none` if the record drops them when read.
    var other: FieldID
    /// Whether unknown keys survive normalisation.
    var retainsOther: Bool
    /// Value of a context's `type` that selects the record, unknown = not a context.
    var contextType: JSONKeyID
    /// Declared fields in order.
    var fields: [(key: JSONKeyID, field: FieldID)]
    /// Fields that must be there, be non-empty, or be trimmed.
    var checked: [(key: JSONKeyID, field: FieldID)]
    /// Old names: (old, current).
    var aliases: [(old: JSONKeyID, current: JSONKeyID)]
}

/// The event protocol, compiled to flat tables: what type each field has, what it accepts, how it
/// is trimmed, whether it may hold personal data.
///
/// A walk over an event starts with `root` and asks for the rule of each child:
///
///     let child = schema.child(of: parentField, key: document.keyID(of: node))
///     let field = schema.refine(child, node, in: document)   // contexts, debug images
///     schema[field].pii …
///
/// Lists answer `element(of:)`. Pair lists (`tags`, `headers`, `cookies`, `query_string`) are
/// arrays of `[key, value]` after the schema walk; the value's rule is the pair's `element`.
public final class Schema: Sendable {
    /// The schema of events. Made once per process.
    public static let event = Schema()

    /// All names of the schema; documents must be made with this table.
    public let keys: JSONKeyTable
    /// All rules; index 0 is "no field".
    let rules: [FieldRule]
    let records: [RecordRule]
    /// `rows[record.row + key]` = field.
    let rows: [FieldID]
    /// `contextRules[key]`: rule of the contexts whose type is that name.
    let contextRules: [FieldID]
    /// Problems of the tables, empty unless the source is wrong.
    let problems: [String]

    /// Rule of the event itself.
    public let root: FieldID
    /// Rules of free-form values, by PII attribute.
    let freeForm: [FieldID]
    let otherContext: FieldID
    let images: ImageRules
    /// Rules of a context and of a debug image before `refine`.
    let contextField: FieldID
    let imageField: FieldID
    /// Record of one measurement.
    let measurementRecord: UInt16

    struct ImageRules: Sendable {
        var apple = FieldID.none
        var native = FieldID.none
        var proguard = FieldID.none
        var jvm = FieldID.none
        var sourceMap = FieldID.none
        var other = FieldID.none
    }

    private init() {
        var compiler = SchemaCompiler()
        for table in [
            SchemaTable.event, SchemaTable.userAndRequest, SchemaTable.stack,
            SchemaTable.contexts, SchemaTable.spans,
        ] {
            compiler.read(table)
        }
        let result = compiler.finish()
        keys = result.keys
        rules = result.rules
        records = result.records
        rows = result.rows
        contextRules = result.contextRules
        problems = result.problems
        root = result.root
        freeForm = result.freeForm
        otherContext = result.otherContext
        images = result.images
        contextField = result.contextField
        imageField = result.imageField
        let measurement = result.records.firstIndex { $0.name == "Measurement" }
        measurementRecord = UInt16(measurement ?? Int(UInt16.max))
    }

    /// The rule of a field.
    @inline(__always)
    public subscript(field: FieldID) -> FieldRule {
        rules[Int(field.rawValue)]
    }

    /// The rule of an object's child with this key.
    @inline(__always)
    public func child(of field: FieldID, key: JSONKeyID) -> FieldID {
        let rule = rules[Int(field.rawValue)]
        switch rule.kind {
        case .record, .mechanism, .logEntry: return lookUp(rule.record, key)
        case .value: return freeForm[Int(rule.pii.rawValue)]
        case .values:
            return key == Key.values ? rule.element : freeForm[0]
        default: return rule.element
        }
    }

    /// The rule of a list's elements.
    @inline(__always)
    public func element(of field: FieldID) -> FieldID {
        let rule = rules[Int(field.rawValue)]
        return rule.kind == .value ? freeForm[Int(rule.pii.rawValue)] : rule.element
    }

    @inline(__always)
    func lookUp(_ record: UInt16, _ key: JSONKeyID) -> FieldID {
        let rule = records[Int(record)]
        let field = rows[rule.row &+ Int(key.rawValue)]
        return field == .none ? rule.other : field
    }

    /// Whether a record declares the key.
    @inline(__always)
    func declares(_ record: UInt16, _ key: JSONKeyID) -> Bool {
        rows[records[Int(record)].row &+ Int(key.rawValue)] != .none
    }

    /// The final rule of a node whose record depends on its content: contexts and debug images.
    @inline(__always)
    public func refine(_ field: FieldID, _ node: JSONNode, in document: JSONDocument) -> FieldID {
        switch rules[Int(field.rawValue)].kind {
        case .context: return contextRule(node, document)
        case .debugImage: return imageRule(node, document)
        default: return field
        }
    }

    /// Selector kinds of a node: those of its rule and of what it holds.
    public func valueTypes(
        of field: FieldID, _ node: JSONNode, in document: JSONDocument
    ) -> ValueTypes {
        let rule = rules[Int(field.rawValue)]
        switch rule.kind {
        case .value:
            return rule.valueTypes.union(Self.plainTypes(document.kind(of: node)))
        default:
            return rule.valueTypes
        }
    }

    static func plainTypes(_ kind: JSONKind) -> ValueTypes {
        switch kind {
        case .string: .string
        case .number: .number
        case .bool: .boolean
        case .array: .array
        case .object: .object
        case .null, .missing: []
        }
    }

    private func contextRule(_ node: JSONNode, _ document: JSONDocument) -> FieldID {
        guard document.kind(of: node) == .object else { return otherContext }
        let type = document.find(Key.type, in: node)
        let name =
            document.stringBytes(of: type).map { keys.id(of: $0) } ?? document.keyID(of: node)
        let field = contextRules[Int(name.rawValue)]
        return field == .none ? otherContext : field
    }

    private func imageRule(_ node: JSONNode, _ document: JSONDocument) -> FieldID {
        let type = document.find(Key.type, in: node)
        guard let name = document.stringBytes(of: type) else { return images.other }
        switch keys.id(of: name) {
        case Key.apple: return images.apple
        case Key.macho, Key.elf, Key.pe, Key.peDotnet, Key.symbolic, Key.wasm:
            return images.native
        case Key.proguard: return images.proguard
        case Key.jvm: return images.jvm
        case Key.sourcemap: return images.sourceMap
        default: return images.other
        }
    }
}
