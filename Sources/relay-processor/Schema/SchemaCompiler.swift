import JSON

/// Turns the text tables of `SchemaTable` into the flat tables of `Schema`.
struct SchemaCompiler {
    struct Result {
        var keys: JSONKeyTable
        var rules: [FieldRule]
        var records: [RecordRule]
        var rows: [FieldID]
        var contextRules: [FieldID]
        var problems: [String]
        var root: FieldID
        var freeForm: [FieldID]
        var attributes: [FieldID]
        var otherContext: FieldID
        var images: Schema.ImageRules
        var contextField: FieldID
        var imageField: FieldID
    }

    private struct Declaration {
        var name: String
        var expectation: String
        var words: [Substring]
        var fields: [[Substring]] = []
    }

    private var declarations: [Declaration] = []
    private var recordNumbers: [String: UInt16] = [:]
    private var rules: [FieldRule] = [FieldRule()]
    private var shared: [String: FieldID] = [:]
    private var problems: [String] = []

    /// Adds the records of a table.
    mutating func read(_ table: String) {
        for line in table.split(separator: "\n") {
            let quoted = line.split(separator: "\"", omittingEmptySubsequences: false)
            let words = line.split(separator: " ")
            guard let first = words.first else { continue }
            if first == "record" {
                guard quoted.count == 3, words.count > 1 else {
                    problems.append("not a record: \(line)")
                    continue
                }
                recordNumbers[String(words[1])] = UInt16(declarations.count)
                declarations.append(
                    Declaration(
                        name: String(words[1]), expectation: String(quoted[1]),
                        words: quoted[2].split(separator: " ")))
            } else if !declarations.isEmpty, words.count >= 2 {
                declarations[declarations.count - 1].fields.append(words)
            } else {
                problems.append("not a field: \(line)")
            }
        }
    }

    mutating func finish() -> Result {
        let keys = JSONKeyTable(Key.names + undeclaredNames())
        let width = keys.names.count
        var records: [RecordRule] = []
        var rows = [FieldID](repeating: .none, count: width * declarations.count)
        let freeForm = [
            sharedRule("value pii=no"), sharedRule("value pii=maybe"), sharedRule("value pii=yes"),
        ]
        for (number, declaration) in declarations.enumerated() {
            var record = RecordRule(
                name: declaration.name, expectation: declaration.expectation, row: number * width,
                other: freeForm[0], retainsOther: false, hasAttributes: false,
                contextType: .unknown, fields: [],
                checked: [], aliases: [])
            apply(declaration.words, to: &record, keys, freeForm)
            for words in declaration.fields {
                let key = keys.id(of: String(words[0]))
                let field = compile(words.dropFirst(), key, &record, keys)
                rows[record.row + Int(key.rawValue)] = field
                record.fields.append((key, field))
                if !rules[Int(field.rawValue)].flags
                    .isDisjoint(with: FieldFlags.checked)
                {
                    record.checked.append((key, field))
                }
            }
            records.append(record)
        }
        var contextRules = [FieldID](repeating: .none, count: width)
        for (number, record) in records.enumerated() where record.contextType != .unknown {
            contextRules[Int(record.contextType.rawValue)] = add(
                contextRule(record: UInt16(number)))
        }
        var otherContext = FieldRule()
        otherContext.kind = .object
        otherContext.pii = .yes
        otherContext.element = freeForm[2]
        otherContext.skip = .never
        otherContext.bag = SchemaTable.bags["context"] ?? .none
        otherContext.valueTypes = .object
        // Before `rules` is copied: these add to it.
        let root = sharedRule("Event")
        let other = add(otherContext)
        let images = imageRules()
        let attributes = attributeRules()
        let contextField = sharedRule("context")
        let imageField = sharedRule("debugImage")
        return Result(
            keys: keys, rules: rules, records: records, rows: rows, contextRules: contextRules,
            problems: problems, root: root, freeForm: freeForm, attributes: attributes,
            otherContext: other, images: images, contextField: contextField, imageField: imageField)
    }

    private func undeclaredNames() -> [String] {
        var seen = Set(Key.names)
        var names: [String] = []
        for declaration in declarations {
            for words in declaration.fields {
                let aliases = words.filter { $0.hasPrefix("alias=") }.map { $0.dropFirst(6) }
                for name in [words[0]] + aliases where seen.insert(String(name)).inserted {
                    names.append(String(name))
                }
            }
            for word in declaration.words where word.hasPrefix("context=") {
                let name = String(word.dropFirst(8))
                if seen.insert(name).inserted { names.append(name) }
            }
        }
        return names
    }

    private mutating func apply(
        _ words: [Substring], to record: inout RecordRule, _ keys: JSONKeyTable,
        _ freeForm: [FieldID]
    ) {
        for word in words {
            let parts = word.split(separator: "=")
            switch (parts[0], parts.count > 1 ? parts[1] : "") {
            case ("closed", _): record.other = .none
            case ("attributes", _): record.hasAttributes = true
            case ("retain", _): record.retainsOther = true
            case ("other", "true"): record.other = freeForm[2]
            case ("other", "maybe"): record.other = freeForm[1]
            case ("context", let name): record.contextType = keys.id(of: String(name))
            case ("value", _): break
            default: problems.append("unknown word \(word) of \(record.name)")
            }
        }
    }

    private mutating func compile(
        _ words: ArraySlice<Substring>, _ key: JSONKeyID, _ record: inout RecordRule,
        _ keys: JSONKeyTable
    ) -> FieldID {
        var rule = FieldRule()
        for word in words.dropFirst() {
            let parts = word.split(separator: "=")
            let value = parts.count > 1 ? String(parts[1]) : ""
            switch parts[0] {
            case "pii": rule.pii = value == "true" ? .yes : .maybe
            case "max":
                let limit = SchemaTable.characters[value] ?? (0, 0)
                if limit.max == 0 { problems.append("unknown limit \(word)") }
                rule.charactersMax = limit.max
                rule.charactersAllowance = limit.allowance
            case "bag":
                rule.bag = SchemaTable.bags[value] ?? .none
                if rule.bag == .none { problems.append("unknown bag \(word)") }
            case "skip":
                switch value {
                case "empty": rule.skip = .empty
                case "empty_deep": rule.skip = .emptyDeep
                case "null_deep": rule.skip = .nullDeep
                default: problems.append("unknown skip \(word)")
                }
            case "required": rule.flags.insert(.required)
            case "nonempty": rule.flags.insert(.nonempty)
            case "trim": rule.flags.insert(.trimWhitespace)
            case "untrimmed": rule.flags.insert(.untrimmed)
            case "name": rule.flags.insert(.nameCharacters)
            case "oneLine": rule.flags.insert(.oneLine)
            case "plain": rule.flags.insert(.plainCharacters)
            case "keepNull": rule.skip = .never
            case "alias": record.aliases.append((keys.id(of: value), key))
            default: problems.append("unknown word \(word) of \(record.name)")
            }
        }
        apply(type: String(words.first ?? ""), to: &rule)
        return add(rule)
    }

    private mutating func add(_ rule: FieldRule) -> FieldID {
        rules.append(rule)
        return FieldID(rawValue: UInt16(rules.count - 1))
    }

    /// The rule of an element type; equal ones share a row.
    private mutating func sharedRule(_ text: String, pii: PIIAttribute = .no) -> FieldID {
        let name = "\(text) \(pii.rawValue)"
        if let known = shared[name] { return known }
        var rule = FieldRule()
        rule.skip = .never
        rule.pii = pii
        switch text {
        case "value pii=maybe": rule.pii = .maybe
        case "value pii=yes": rule.pii = .yes
        default: break
        }
        apply(type: String(text.prefix { $0 != " " }), to: &rule)
        if text == "extraValue" { rule.bag = SchemaTable.bags["larger"] ?? .none }
        let field = add(rule)
        shared[name] = field
        return field
    }

    private mutating func apply(type: String, to rule: inout FieldRule) {
        if let number = recordNumbers[type] {
            switch type {
            case "Mechanism": rule.kind = .mechanism
            case "LogEntry": rule.kind = .logEntry
            default: rule.kind = .record
            }
            rule.record = number
            rule.valueTypes = selectorTypes(number)
            return
        }
        if type.hasPrefix("[") {
            rule.kind = .array
            rule.element = sharedRule(String(type.dropFirst().dropLast()), pii: rule.pii)
            rule.valueTypes = .array
            return
        }
        if type.hasPrefix("{") {
            let inner = String(type.dropFirst().dropLast())
            rule.kind = .object
            rule.element =
                inner == "measurements"
                ? sharedRule("{Measurement}") : sharedRule(inner, pii: rule.pii)
            rule.valueTypes = .object
            return
        }
        if type.hasPrefix("values<") {
            rule.kind = .values
            var list = FieldRule()
            list.kind = .array
            list.skip = .nullDeep
            list.element = sharedRule(String(type.dropFirst(7).dropLast()))
            list.valueTypes = .array
            rule.element = add(list)
            return
        }
        applyPlain(type, &rule)
    }

    private mutating func applyPlain(_ type: String, _ rule: inout FieldRule) {
        guard let kind = Self.kinds[type] else {
            problems.append("unknown type \(type)")
            return
        }
        rule.kind = kind
        switch kind {
        case .string, .lenientString, .jsonString, .nativePath: rule.valueTypes = .string
        case .message: rule.valueTypes = [.string, .message]
        case .bool: rule.valueTypes = .boolean
        case .u64, .i64, .f64, .finiteNumber: rule.valueTypes = .number
        case .timestamp: rule.valueTypes = .dateTime
        case .ipAddress: rule.valueTypes = .string
        case .fingerprint:
            rule.element = sharedRule("string")
        case .tags, .headers, .cookies, .query:
            rule.valueTypes = .object
            rule.element = pairRule(kind, rule.pii)
        case .frameVars:
            rule.valueTypes = .object
            rule.element = sharedRule("value pii=yes")
        case .messageParameters:
            rule.element = sharedRule("value pii=yes")
        case .contexts:
            rule.valueTypes = .object
            rule.element = sharedRule("context")
        default: break
        }
    }

    /// `[key, value]`; `element` is the value's rule.
    private mutating func pairRule(_ list: FieldKind, _ pii: PIIAttribute) -> FieldID {
        var value = FieldRule()
        value.kind = list == .cookies ? .string : .lenientString
        value.skip = .never
        value.pii = pii
        value.valueTypes = .string
        if list == .tags {
            value.charactersMax = 200
        }
        var pair = FieldRule()
        pair.kind = .pair
        pair.skip = .never
        pair.pii = pii
        pair.element = add(value)
        return add(pair)
    }

    private func selectorTypes(_ record: UInt16) -> ValueTypes {
        var types: ValueTypes = []
        for word in declarations[Int(record)].words where word.hasPrefix("value=") {
            types.formUnion(SchemaTable.valueTypes[String(word.dropFirst(6))] ?? [])
        }
        return types
    }

    private func contextRule(record: UInt16) -> FieldRule {
        var rule = FieldRule()
        rule.kind = .record
        rule.record = record
        rule.skip = .never
        let isFlags = declarations[Int(record)].name == "FlagsContext"
        // The only context that is nothing but a map.
        if declarations[Int(record)].name == "MonitorContext" { rule.pii = .maybe }
        rule.bag = SchemaTable.bags[isFlags ? "flags" : "context"] ?? .none
        return rule
    }

    private mutating func attributeRules() -> [FieldID] {
        [PIIAttribute.no, .maybe, .yes].map { pii in
            var rule = FieldRule()
            rule.skip = .never
            rule.pii = pii
            return add(rule)
        }
    }

    private mutating func imageRules() -> Schema.ImageRules {
        var other = FieldRule()
        other.kind = .object
        other.skip = .never
        other.element = sharedRule("value pii=no")
        return Schema.ImageRules(
            apple: sharedRule("AppleDebugImage"), native: sharedRule("NativeDebugImage"),
            proguard: sharedRule("ProguardDebugImage"), jvm: sharedRule("JvmDebugImage"),
            sourceMap: sharedRule("SourceMapDebugImage"), other: add(other))
    }

    private static let kinds: [String: FieldKind] = [
        "value": .value, "extraValue": .value, "string": .string, "lenientString": .lenientString,
        "jsonString": .jsonString, "message": .message, "nativePath": .nativePath, "bool": .bool,
        "u64": .u64, "i64": .i64, "f64": .f64, "finiteNumber": .finiteNumber,
        "timestamp": .timestamp, "eventID": .eventID, "uuid": .uuid, "debugID": .debugID,
        "codeID": .codeID, "address": .address, "traceID": .traceID, "spanID": .spanID,
        "level": .level, "threadID": .threadID, "ipAddress": .ipAddress,
        "eventType": .eventType, "spanStatus": .spanStatus, "spanKind": .spanKind,
        "registerValue": .registerValue, "metricUnit": .metricUnit, "lockReason": .lockReason,
        "inferIP": .inferIP, "tags": .tags, "headers": .headers, "cookies": .cookies,
        "query": .query, "fingerprint": .fingerprint, "frameVars": .frameVars,
        "messageParameters": .messageParameters, "contexts": .contexts, "context": .context,
        "debugImage": .debugImage, "mechanism": .mechanism,
    ]
}
