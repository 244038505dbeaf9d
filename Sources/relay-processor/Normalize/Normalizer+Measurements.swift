import JSON

/// Measurements of transactions: names in lower case, units of the known ones, rates.
extension Normalizer {
    func normalizeMeasurements() {
        let node = find(Key.measurements, in: event)
        guard isTransaction else {
            if has(node) { document.setNull(node) }
            return
        }
        guard kind(node) == .object else { return }
        tidyNames(node)
        addRates(node)
        for measurement in document.children(of: node) where kind(measurement) == .object {
            let unit = entry(Key.unit, in: measurement)
            guard !has(unit) else { continue }
            document.setString(
                unit, EventMeta.bytes(MeasurementUnits.unit(document.keyBytes(of: measurement))))
        }
    }

    /// In the order of the names, as the errors must come.
    private func tidyNames(_ measurements: JSONNode) {
        document.sortKeys(of: measurements)
        var members: [JSONNode] = []
        while true {
            let member = document.removeNext(after: .none, from: measurements)
            guard member.exists else { break }
            members.append(member)
        }
        for member in members {
            let bytes = document.keyBytes(of: member)
            let range = WhiteSpace.trimmed(bytes)
            let name = String(decoding: bytes[range], as: UTF8.self).lowercased()
            if let problem = MeasurementUnits.problem(name, String(decoding: bytes, as: UTF8.self))
            {
                let data = document.makeObject()
                document.append(document.makeString(problem), to: data, key: Key.reason)
                meta.addError(
                    measurements, kind: document.makeString("invalid_data"), data: data)
                continue
            }
            document.setKey(member, name)
            document.append(member, to: measurements)
        }
        document.removeDuplicateKeys(of: measurements)
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
        if let stall = value("stall_total_time"),
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

    /// What is wrong with a name, nil if nothing.
    static func problem(_ name: String, _ original: String) -> String? {
        if name.isEmpty { return "measurement name '\(original)' cannot be empty" }
        let isRight = name.utf8.allSatisfy {
            ASCII.isDigit($0) || ($0 >= 0x61 && $0 <= 0x7A) || $0 == 0x2E || $0 == 0x5F
                || $0 == 0x2D
        }
        return isRight
            ? nil : "measurement name '\(original)' can contain only characters a-z0-9._"
    }
}
