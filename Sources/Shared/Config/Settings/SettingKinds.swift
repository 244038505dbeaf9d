/// A place in the configuration.
typealias Field<Value> = any WritableKeyPath<RelayConfig, Value> & Sendable

extension Setting {
    static func flag(_ name: String, _ field: Field<Bool>, _ summary: String) -> Setting {
        Setting(
            name, type: "true or false", summary: summary,
            read: { (node, config) throws(SettingError) in
                config[keyPath: field] = try node.boolean()
            },
            show: { .plain("\($0[keyPath: field])") })
    }

    static func optionalFlag(_ name: String, _ field: Field<Bool?>, _ summary: String) -> Setting {
        Setting(
            name, type: "true or false", summary: summary, isOptional: true,
            read: { (node, config) throws(SettingError) in
                config[keyPath: field] = node.isNull ? nil : try node.boolean()
            },
            show: { .optional($0[keyPath: field]) { .plain("\($0)") } })
    }

    static func count(
        _ name: String, _ field: Field<Int>, min: Int = 0, max: Int = 1_000_000_000,
        _ summary: String
    ) -> Setting {
        Setting(
            name, type: "number", summary: summary,
            read: { (node, config) throws(SettingError) in
                config[keyPath: field] = try node.integer(min: min, max: max)
            },
            show: { .plain("\($0[keyPath: field])") })
    }

    static func optionalCount(
        _ name: String, aliases: [String] = [], _ field: Field<Int?>, min: Int = 0,
        max: Int = 1_000_000_000, _ summary: String
    ) -> Setting {
        Setting(
            name, aliases: aliases, type: "number", summary: summary, isOptional: true,
            read: { (node, config) throws(SettingError) in
                config[keyPath: field] = node.isNull ? nil : try node.integer(min: min, max: max)
            },
            show: { .optional($0[keyPath: field]) { .plain("\($0)") } })
    }

    static func bytes(
        _ name: String, aliases: [String] = [], _ field: Field<Int>, min: Int = 0,
        _ summary: String
    ) -> Setting {
        Setting(
            name, aliases: aliases, type: "size", summary: summary,
            read: { (node, config) throws(SettingError) in
                config[keyPath: field] = try node.byteSize(min: min)
            },
            show: { .plain(ByteSize.format($0[keyPath: field])) })
    }

    /// A time in a unit; fractions are allowed.
    static func time(
        _ name: String, aliases: [String] = [], _ field: Field<Duration>,
        unit: TimeUnit = .seconds, isZeroAllowed: Bool = true, _ summary: String
    ) -> Setting {
        Setting(
            name, aliases: aliases, type: unit.rawValue, summary: summary,
            read: { (node, config) throws(SettingError) in
                let value = try node.duration(unit)
                guard isZeroAllowed || value > .zero else {
                    throw SettingError(node, "must be more than 0")
                }
                config[keyPath: field] = value
            },
            show: { .plain(unit.format($0[keyPath: field])) })
    }

    /// A time where null, and 0 where stated, mean never.
    static func optionalTime(
        _ name: String, _ field: Field<Duration?>, unit: TimeUnit = .seconds,
        isZeroNever: Bool = true, _ summary: String
    ) -> Setting {
        Setting(
            name, type: unit.rawValue, summary: summary, isOptional: true,
            read: { (node, config) throws(SettingError) in
                let value = node.isNull ? nil : try node.duration(unit)
                config[keyPath: field] = isZeroNever && value == .zero ? nil : value
            },
            show: { .optional($0[keyPath: field]) { .plain(unit.format($0)) } })
    }

    static func text(
        _ name: String, _ field: Field<String>, isEmptyAllowed: Bool = false, _ summary: String
    ) -> Setting {
        Setting(
            name, type: "text", summary: summary,
            read: { (node, config) throws(SettingError) in
                let value = try node.text()
                guard isEmptyAllowed || !value.isEmpty else {
                    throw SettingError(node, "must not be empty")
                }
                config[keyPath: field] = value
            },
            show: { .text($0[keyPath: field]) })
    }

    static func optionalText(
        _ name: String, _ field: Field<String?>, isSecret: Bool = false, _ summary: String
    ) -> Setting {
        Setting(
            name, type: "text", summary: summary, isOptional: true, isSecret: isSecret,
            read: { (node, config) throws(SettingError) in
                let value = node.isNull ? nil : try node.text()
                config[keyPath: field] = value == "" ? nil : value
            },
            show: { .optional($0[keyPath: field]) { .text($0) } })
    }

    static func port(_ name: String, _ field: Field<UInt16>, _ summary: String) -> Setting {
        Setting(
            name, type: "port", summary: summary,
            read: { (node, config) throws(SettingError) in
                config[keyPath: field] = UInt16(try node.integer(min: 0, max: 65535))
            },
            show: { .plain("\($0[keyPath: field])") })
    }

    static func optionalPort(
        _ name: String, _ field: Field<UInt16?>, _ summary: String
    ) -> Setting {
        Setting(
            name, type: "port", summary: summary, isOptional: true,
            read: { (node, config) throws(SettingError) in
                config[keyPath: field] =
                    node.isNull ? nil : UInt16(try node.integer(min: 0, max: 65535))
            },
            show: { .optional($0[keyPath: field]) { .plain("\($0)") } })
    }

    static func choice<Value: RawRepresentable & CaseIterable & Sendable>(
        _ name: String, _ field: Field<Value>, _ summary: String
    ) -> Setting where Value.RawValue == String {
        let names = Value.allCases.map(\.rawValue)
        return Setting(
            name, type: names.joined(separator: ", "), summary: summary,
            read: { (node, config) throws(SettingError) in
                let text = try node.text()
                guard let value = Value(rawValue: text.lowercased()) else {
                    throw SettingError(
                        node, "\(node.kind) is none of \(names.joined(separator: ", "))")
                }
                config[keyPath: field] = value
            },
            show: { .plain($0[keyPath: field].rawValue) })
    }
}

extension ShownValue {
    static func optional<Value>(_ value: Value?, _ show: (Value) -> ShownValue) -> ShownValue {
        value.map(show) ?? .null
    }
}

/// Unit in which a key counts time.
enum TimeUnit: String, Sendable {
    case seconds
    case milliseconds

    func duration(_ value: Double) -> Duration {
        switch self {
        case .seconds: .nanoseconds(Int64((value * 1_000_000_000).rounded()))
        case .milliseconds: .nanoseconds(Int64((value * 1_000_000).rounded()))
        }
    }

    func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        let (unit, digits): (Int64, Int) = self == .seconds ? (1_000_000_000, 9) : (1_000_000, 6)
        guard nanoseconds % unit != 0 else { return "\(nanoseconds / unit)" }
        var fraction = String(nanoseconds % unit)
        fraction = String(repeating: "0", count: digits - fraction.count) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(nanoseconds / unit).\(fraction)"
    }
}
