import JSON

/// What the scrubbing walk needs of the schema, one entry per field.
final class ScrubSchema: Sendable {
    struct Field: Sendable {
        var kind: FieldKind
        var pii: PIIAttribute
        /// Bits of `SelectorType`, without those of the JSON kind of free-form values.
        var types: UInt32
        /// Whether the field or anything in it may hold personal data.
        var reachesPii: Bool
        var isUser: Bool
        /// Whether `type` says which context this is, and is no value of it.
        var isContext: Bool
        /// Whether the keys in it say what may hold personal data (`AttributePrivacy`).
        var hasAttributes: Bool
    }

    static let event = ScrubSchema(.event)

    let schema: Schema
    /// One entry per field of the schema; never changes.
    nonisolated(unsafe) private let fields: UnsafePointer<Field>

    private init(_ schema: Schema) {
        self.schema = schema
        let users = schema.records.indices.filter { schema.records[$0].name == "User" }
        var fields = schema.rules.map { rule in
            Field(
                kind: rule.kind, pii: rule.pii, types: ScrubSchema.bits(rule.valueTypes),
                reachesPii: rule.pii != .no,
                isUser: rule.kind == .record && users.contains(Int(rule.record)),
                isContext: rule.kind == .record
                    && schema.records[Int(rule.record)].contextType != .unknown,
                hasAttributes: rule.kind == .record
                    && schema.records[Int(rule.record)].hasAttributes)
        }
        for pii in [PIIAttribute.no, .maybe, .yes] {
            let index = Int(schema.attribute(pii).rawValue)
            fields[index].hasAttributes = true
            // Keys inside decide for themselves.
            fields[index].reachesPii = true
        }
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for index in fields.indices where !fields[index].reachesPii {
                if ScrubSchema.reaches(schema, index, fields) {
                    fields[index].reachesPii = true
                    isGrowing = true
                }
            }
        }
        let table = UnsafeMutablePointer<Field>.allocate(capacity: fields.count)
        for index in fields.indices { (table + index).initialize(to: fields[index]) }
        self.fields = UnsafePointer(table)
    }

    deinit { fields.deallocate() }

    /// What the walk needs of a field.
    @inline(__always)
    subscript(field: FieldID) -> Field { fields[Int(field.rawValue)] }

    private static func reaches(_ schema: Schema, _ index: Int, _ fields: [Field]) -> Bool {
        let rule = schema.rules[index]
        switch rule.kind {
        case .contexts, .context, .debugImage: return true
        case .record, .mechanism, .logEntry:
            let record = schema.records[Int(rule.record)]
            return fields[Int(record.other.rawValue)].reachesPii
                || record.fields.contains { fields[Int($0.field.rawValue)].reachesPii }
        default: return fields[Int(rule.element.rawValue)].reachesPii
        }
    }

    /// The rule of an object's child.
    @inline(__always)
    func child(
        _ node: JSONNode, of field: FieldID, _ parent: Field, in document: JSONDocument
    ) -> FieldID {
        if parent.hasAttributes { return attribute(document.keyBytes(of: node)) }
        let key = document.keyID(of: node)
        if parent.kind == .values, key == Key.values {
            return schema[field].element
        }
        if parent.isContext, key == Key.type { return .none }
        return schema.refine(schema.child(of: field, key: key), node, in: document)
    }

    /// The rule of a list's elements.
    @inline(__always)
    func element(of field: FieldID, _ list: Field) -> FieldID {
        list.hasAttributes ? field : schema.element(of: field)
    }

    /// The rule of an attribute.
    func attribute(_ key: UnsafeRawBufferPointer) -> FieldID {
        schema.attribute(AttributePrivacy.standard.attribute(of: key))
    }

    private static func bits(_ types: ValueTypes) -> UInt32 {
        let pairs: [(ValueTypes, SelectorType)] = [
            (.string, .string), (.number, .number), (.boolean, .boolean), (.dateTime, .dateTime),
            (.array, .array), (.object, .object), (.event, .event), (.exception, .exception),
            (.error, .exception), (.stacktrace, .stacktrace), (.frame, .frame),
            (.request, .request), (.user, .user), (.logEntry, .logEntry), (.message, .message),
            (.thread, .thread), (.breadcrumb, .breadcrumb), (.span, .span), (.sdk, .sdk),
        ]
        return pairs.reduce(0) { types.contains($1.0) ? $0 | $1.1.bit : $0 }
    }

    /// Bits that a free-form value has because of what it holds.
    @inline(__always)
    static func bits(_ kind: JSONKind) -> UInt32 {
        switch kind {
        case .string: SelectorType.string.bit
        case .number: SelectorType.number.bit
        case .bool: SelectorType.boolean.bit
        case .array: SelectorType.array.bit
        case .object: SelectorType.object.bit
        case .null, .missing: 0
        }
    }
}
