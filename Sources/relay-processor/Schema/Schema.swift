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
    /// Whether `AttributePrivacy` says which members may hold personal data, at any depth.
    var hasAttributes: Bool
    /// Value of a context's `type` that selects the record, unknown = not a context.
    var contextType: JSONKeyID
    /// Declared fields in order.
    var fields: [(key: JSONKeyID, field: FieldID)]
    /// Fields that must be there, be non-empty, or be trimmed.
    var checked: [(key: JSONKeyID, field: FieldID)]
    /// Old names: (old, current).
    var aliases: [(old: JSONKeyID, current: JSONKeyID)]
}

/// What walks ask of a record at every object: plain numbers, so that a copy counts no references.
struct RecordHead {
    /// Start of the record's row in the table of fields.
    var row: Int
    /// Rule for unknown keys, `.none` if the record drops them when read.
    var other: FieldID
    /// Value of a context's `type` that selects the record, unknown = not a context.
    var contextType: JSONKeyID
    /// Whether unknown keys survive normalisation.
    var retainsOther: Bool
    var hasAliases: Bool
    /// The record's fields that `SchemaCheck` looks at, in the table of all such fields.
    var checked: Range<Int>
    /// Whether members that are null are written: the record is nothing but a map.
    var keepsNulls: Bool
    var isBreadcrumb: Bool
    var isStacktrace: Bool
    var isDebugImage: Bool

    init(_ record: RecordRule, checkedFrom start: Int) {
        row = record.row
        checked = start..<start + record.checked.count
        other = record.other
        contextType = record.contextType
        retainsOther = record.retainsOther
        hasAliases = !record.aliases.isEmpty
        keepsNulls = record.fields.isEmpty && !record.hasAttributes
        isBreadcrumb = record.name == "Breadcrumb"
        isStacktrace = record.name == "RawStacktrace"
        isDebugImage = record.name.hasSuffix("DebugImage")
    }
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
    /// The tables once more for the walks: memory that never changes and lives as long as the
    /// schema, so that asking for a rule counts no references. Numbers of fields, records and keys
    /// come from the schema itself and are within them.
    nonisolated(unsafe) private let ruleTable: UnsafePointer<FieldRule>
    nonisolated(unsafe) private let rowTable: UnsafePointer<FieldID>
    nonisolated(unsafe) private let headTable: UnsafePointer<RecordHead>
    nonisolated(unsafe) private let contextTable: UnsafePointer<FieldID>
    nonisolated(unsafe) private let checkedTable: UnsafePointer<(key: JSONKeyID, field: FieldID)>
    nonisolated(unsafe) private let checkReach: UnsafePointer<Bool>
    /// Problems of the tables, empty unless the source is wrong.
    let problems: [String]

    /// Rule of the event itself.
    public let root: FieldID
    /// Rules of free-form values that may hold personal data: never, maybe, yes.
    private let freeForm: (no: FieldID, maybe: FieldID, yes: FieldID)
    /// Rules of values in records with attributes: never, maybe, yes.
    private let attributes: (no: FieldID, maybe: FieldID, yes: FieldID)
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
        problems = result.problems
        root = result.root
        freeForm = (result.freeForm[0], result.freeForm[1], result.freeForm[2])
        attributes = (result.attributes[0], result.attributes[1], result.attributes[2])
        ruleTable = Self.table(result.rules)
        rowTable = Self.table(result.rows)
        var heads: [RecordHead] = []
        var checked: [(key: JSONKeyID, field: FieldID)] = []
        for record in result.records {
            heads.append(RecordHead(record, checkedFrom: checked.count))
            checked += record.checked
        }
        headTable = Self.table(heads)
        checkedTable = Self.table(checked)
        checkReach = Self.table(Self.reachesCheck(result))
        contextTable = Self.table(result.contextRules)
        otherContext = result.otherContext
        images = result.images
        contextField = result.contextField
        imageField = result.imageField
        let measurement = result.records.firstIndex { $0.name == "Measurement" }
        measurementRecord = UInt16(measurement ?? Int(UInt16.max))
    }

    deinit {
        ruleTable.deallocate()
        rowTable.deallocate()
        headTable.deallocate()
        contextTable.deallocate()
        checkedTable.deallocate()
        checkReach.deallocate()
    }

    /// Per field: whether `SchemaCheck` looks at anything in it.
    private static func reachesCheck(_ result: SchemaCompiler.Result) -> [Bool] {
        var reach = [Bool](repeating: false, count: result.rules.count)
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for index in reach.indices where !reach[index] {
                let rule = result.rules[index]
                switch rule.kind {
                case .record, .mechanism, .logEntry:
                    let record = result.records[Int(rule.record)]
                    reach[index] =
                        !record.checked.isEmpty
                        || record.fields.contains { reach[Int($0.field.rawValue)] }
                case .context, .debugImage, .values: reach[index] = true
                case .array, .object, .contexts:
                    reach[index] = reach[Int(rule.element.rawValue)]
                default: break
                }
                if reach[index] { isGrowing = true }
            }
        }
        return reach
    }

    private static func table<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        for index in elements.indices { (memory + index).initialize(to: elements[index]) }
        return UnsafePointer(memory)
    }

    /// The rule of a field.
    @inline(__always)
    public subscript(field: FieldID) -> FieldRule {
        ruleTable[Int(field.rawValue)]
    }

    /// What a field accepts.
    @inline(__always)
    func kind(_ field: FieldID) -> FieldKind { ruleTable[Int(field.rawValue)].kind }

    /// What is known of a record.
    @inline(__always)
    func head(_ record: UInt16) -> RecordHead { headTable[Int(record)] }

    /// The field that a record declares for a key, `.none` if it does not.
    @inline(__always)
    func field(row: Int, _ key: JSONKeyID) -> FieldID { rowTable[row &+ Int(key.rawValue)] }

    /// Whether `SchemaCheck` looks at anything in a field.
    @inline(__always)
    func reachesCheck(_ field: FieldID) -> Bool { checkReach[Int(field.rawValue)] }

    /// One of the fields of `RecordHead.checked`.
    @inline(__always)
    func checked(_ index: Int) -> (key: JSONKeyID, field: FieldID) { checkedTable[index] }

    /// A field that holds the record.
    func sharedField(ofRecord name: String) -> FieldID? {
        guard let number = records.firstIndex(where: { $0.name == name }),
            let index = rules.firstIndex(where: {
                [.record, .mechanism, .logEntry].contains($0.kind) && $0.record == number
            })
        else { return nil }
        return FieldID(rawValue: UInt16(index))
    }

    /// Rule of a free-form value.
    @inline(__always)
    func freeForm(_ pii: PIIAttribute) -> FieldID {
        switch pii {
        case .no: freeForm.no
        case .maybe: freeForm.maybe
        case .yes: freeForm.yes
        }
    }

    /// Rule of a value in a record with attributes.
    func attribute(_ pii: PIIAttribute) -> FieldID {
        switch pii {
        case .no: attributes.no
        case .maybe: attributes.maybe
        case .yes: attributes.yes
        }
    }

    /// The rule of an object's child with this key.
    @inline(__always)
    public func child(of field: FieldID, key: JSONKeyID) -> FieldID {
        let rule = self[field]
        switch rule.kind {
        case .record, .mechanism, .logEntry: return lookUp(rule.record, key)
        case .value: return rule.element == .none ? freeForm(rule.pii) : rule.element
        case .values:
            return key == Key.values ? rule.element : freeForm(.no)
        default: return rule.element
        }
    }

    /// The rule of a list's elements.
    @inline(__always)
    public func element(of field: FieldID) -> FieldID {
        let rule = self[field]
        return rule.kind == .value && rule.element == .none ? freeForm(rule.pii) : rule.element
    }

    @inline(__always)
    func lookUp(_ record: UInt16, _ key: JSONKeyID) -> FieldID {
        let head = head(record)
        let field = field(row: head.row, key)
        return field == .none ? head.other : field
    }

    /// Whether a record declares the key.
    @inline(__always)
    func declares(_ record: UInt16, _ key: JSONKeyID) -> Bool {
        field(row: head(record).row, key) != .none
    }

    /// The final rule of a node whose record depends on its content: contexts and debug images.
    @inline(__always)
    public func refine(_ field: FieldID, _ node: JSONNode, in document: JSONDocument) -> FieldID {
        switch kind(field) {
        case .context: return contextRule(node, document)
        case .debugImage: return imageRule(node, document)
        default: return field
        }
    }

    /// Selector kinds of a node: those of its rule and of what it holds.
    public func valueTypes(
        of field: FieldID, _ node: JSONNode, in document: JSONDocument
    ) -> ValueTypes {
        let rule = self[field]
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
        guard document.kind(of: node) == .object else { return contextField }
        let type = document.find(Key.type, in: node)
        let name =
            document.stringBytes(of: type).map { keys.id(of: $0) } ?? document.keyID(of: node)
        let field = contextTable[Int(name.rawValue)]
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
