import JSON

/// Measurements of transactions: names in lower case, units of the known ones, rates.
extension Normalizer {
    func normalizeMeasurements() {
        let node = find(Key.measurements, in: event)
        guard isTransaction else {
            if node.exists { document.remove(node, from: event) }
            return
        }
        guard kind(node) == .object else { return }
        addRates(node)
        for measurement in document.children(of: node) where kind(measurement) == .object {
            let unit = entry(Key.unit, in: measurement)
            guard !has(unit) else { continue }
            document.setString(
                unit, EventMeta.bytes(MeasurementUnits.unit(document.keyBytes(of: measurement))))
        }
        if let rules = context.measurements { removeMeasurements(node, rules) }
    }

    /// Removes what the project's rules do not allow, in the order of the names.
    private func removeMeasurements(_ measurements: JSONNode, _ rules: MeasurementRules) {
        document.sortTreeByKey(measurements)
        var customCount = 0
        var original = JSONNode.none
        var previous = JSONNode.none
        var child = document.firstChild(of: measurements)
        while child.exists {
            let following = document.next(after: child)
            if let problem = problem(child, rules, &customCount) {
                document.removeNext(after: previous, from: measurements)
                let data = document.makeObject()
                document.append(document.makeString(problem), to: data, key: Key.reason)
                meta.addError(
                    measurements, kind: document.makeString("invalid_data"), data: data)
                if !original.exists { original = document.makeObject() }
                document.append(child, to: original)
            } else if kind(child) != .object {
                document.removeNext(after: previous, from: measurements)
            } else {
                previous = child
            }
            child = following
        }
        if original.exists { meta.setOriginal(measurements, original) }
    }

    /// Why a measurement is removed, nil if it stays.
    private func problem(
        _ measurement: JSONNode, _ rules: MeasurementRules, _ customCount: inout Int
    ) -> String? {
        guard kind(measurement) == .object else { return nil }
        let name = document.keyBytes(of: measurement)
        let unit = text(find(Key.unit, in: measurement))
        for known in rules.builtin
        where name.elementsEqual(known.name.utf8)
            && unit?.elementsEqual(known.unit.utf8) ?? (known.unit == "none")
        {
            guard !known.allowsNegative,
                let value = document.double(of: find(Key.value, in: measurement)), value < 0
            else { return nil }
            return "Negative value for measurement \(known.name) not allowed: \(value)"
        }
        customCount += 1
        guard let most = rules.customMax, customCount > most else { return nil }
        return "Too many measurements: \(document.key(of: measurement))"
    }

    private func addRates(_ measurements: JSONNode) {
        func value(_ name: StaticString) -> Double? {
            document.double(of: find(Key.value, in: document.find(name, in: measurements)))
        }
        func add(_ name: String, _ value: Double) {
            let known = document.find(key: name, in: measurements)
            if known.exists { document.remove(known, from: measurements) }
            let node = document.makeObject()
            document.append(document.makeNumber(value), to: node, key: Key.value)
            document.append(document.makeString("ratio"), to: node, key: Key.unit)
            document.append(node, to: measurements, key: name)
        }
        if let total = value("frames_total"), total > 0 {
            if let frozen = value("frames_frozen") { add("frames_frozen_rate", frozen / total) }
            if let slow = value("frames_slow") { add("frames_slow_rate", slow / total) }
        }
        let unit = find(Key.unit, in: document.find("stall_total_time", in: measurements))
        let isTime = !has(unit) || isText(unit, "millisecond") || isText(unit, "none")
        if isTime, let stall = value("stall_total_time"),
            let start = document.double(of: find(Key.startTimestamp, in: event)),
            let end = document.double(of: find(Key.timestamp, in: event)), end > start
        {
            add("stall_percentage", stall / ((end - start) * 1000))
        }
    }
}

/// Names and units of measurements.
enum MeasurementUnits {
    static func unit(_ name: UnsafeRawBufferPointer) -> StaticString {
        for known: StaticString in [
            "fcp", "lcp", "fid", "fp", "inp", "ttfb", "ttfb.requesttime", "app_start_cold",
            "app_start_warm", "time_to_initial_display", "time_to_full_display",
            "stall_total_time", "stall_longest_time", "app.vitals.start.value",
        ] where ByteText.compare(name, EventMeta.bytes(known)) == 0 {
            return "millisecond"
        }
        for known: StaticString in [
            "frames_slow_rate", "frames_frozen_rate", "stall_percentage",
        ] where ByteText.compare(name, EventMeta.bytes(known)) == 0 {
            return "ratio"
        }
        return "none"
    }

    /// Small letters, digits, dot, underscore, hyphen.
    static func isNameByte(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || (byte >= 0x61 && byte <= 0x7A) || byte == 0x2E || byte == 0x5F
            || byte == 0x2D
    }

    static func isLetter(_ byte: UInt8) -> Bool {
        byte >= 0x61 && byte <= 0x7A
    }

    /// What is wrong with a name, nil if nothing.
    static func problem(_ name: String, _ original: String) -> String? {
        if name.isEmpty { return "measurement name '\(original)' cannot be empty" }
        return name.utf8.allSatisfy(isNameByte) && name.utf8.first.map(isLetter) == true
            ? nil : "measurement name '\(original)' can contain only characters a-z0-9._"
    }
}

/// Which measurements a project keeps: `measurements` of its configuration.
public struct MeasurementRules: Sendable, Equatable {
    /// A measurement that does not count as custom.
    struct Builtin: Sendable, Equatable {
        var name: String
        var unit: String
        var allowsNegative: Bool
    }

    var builtin: [Builtin] = []
    /// Other measurements that an event may have; nil: any number.
    var customMax: Int?

    /// Reads `{"builtinMeasurements": [{"name", "unit", "allowNegative"}], "maxCustomMeasurements"}`.
    public init(_ json: JSONValue) {
        for rule in json["builtinMeasurements"]?.arrayValue ?? [] {
            guard let name = rule["name"]?.stringValue else { continue }
            builtin.append(
                Builtin(
                    name: name, unit: rule["unit"]?.stringValue ?? "none",
                    allowsNegative: rule["allowNegative"]?.boolValue ?? false))
        }
        customMax = json["maxCustomMeasurements"]?.intValue.map { max($0, 0) }
    }
}
