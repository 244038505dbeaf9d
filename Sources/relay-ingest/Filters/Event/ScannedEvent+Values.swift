/// The fields of a scanned event that conditions ask for most.
extension ScannedEvent {
    func value(_ field: ConditionField) throws(Unsure) -> FieldValue {
        switch field {
        case .unknown: return .none
        case .release: return Self.value(try release())
        case .transaction: return Self.value(try transaction())
        case .environment: return Self.value(try environment())
        case .platform: return try platform()
        case .level: return try level()
        case .logentryFormatted: return Self.value(try message())
        case .requestHeader(let name): return try requestHeader(name)
        case .tag(let name): return try tag(name)
        default: throw Unsure()
        }
    }

    private static func value(_ text: Text?) -> FieldValue {
        text.map { .text($0) } ?? .none
    }

    private func requestHeader(_ name: [UInt8]) throws(Unsure) -> FieldValue {
        // Cookies move to a field of their own.
        if name.count == 6 { throw Unsure() }
        return try withText(name) { (text) throws(Unsure) in Self.value(try header(text)) }
    }

    private func withText<Result>(
        _ bytes: [UInt8], _ body: (Text) throws(Unsure) -> Result
    ) throws(Unsure) -> Result {
        try body(arena.text(bytes))
    }

    private func environment() throws(Unsure) -> Text? {
        if let raw = member(.environment), raw.isString, let text = try trimmed(raw),
            !text.isEmpty, NameRules.isEnvironment(text)
        {
            return text
        }
        // A tag of this name takes its place.
        guard member(.tags) != nil else { return nil }
        guard let tag = try rawTag(Self.environmentTag) else { return nil }
        guard let text = plainTag(tag), text.count <= 64 else { throw Unsure() }
        return text
    }

    /// Bytes that every kind of name may have.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }

    private func platform() throws(Unsure) -> FieldValue {
        guard let raw = member(.platform), raw.isString, let text = try string(raw) else {
            return .text(Self.other)
        }
        for name in Platforms.names where ASCIIText.equals(text, name) { return .text(text) }
        return .text(Self.other)
    }

    private static var other: Text {
        let name: StaticString = "other"
        return Text(start: name.utf8Start, count: name.utf8CodeUnitCount)
    }

    private func level() throws(Unsure) -> FieldValue {
        guard let text = try string(member(.level)) else {
            let name: StaticString = try isTransaction() ? "info" : "error"
            return .text(Text(start: name.utf8Start, count: name.utf8CodeUnitCount))
        }
        for name: StaticString in ["error", "info", "warning", "debug", "fatal"]
        where ASCIIText.equals(text, name) {
            return .text(text)
        }
        throw Unsure()
    }

    // MARK: Tags

    private func tag(_ wanted: [UInt8]) throws(Unsure) -> FieldValue {
        // Server name and site become tags.
        if Self.isMoved(wanted) { throw Unsure() }
        guard let found = try rawTag(wanted) else { return .none }
        guard let text = plainTag(found) else { throw Unsure() }
        return .text(text)
    }

    /// The text of a tag if normalising leaves it as it is.
    private func plainTag(_ raw: RawValue) -> Text? {
        guard raw.isString, raw.isPlain else { return nil }
        let text = raw.inner
        guard let first = text.first, let last = text.last, first > 0x20, last > 0x20,
            text.count <= 200
        else { return nil }
        return text
    }

    private static let environmentTag = Array("environment".utf8)

    /// The value of a tag as it stands there.
    private func rawTag(_ wanted: [UInt8]) throws(Unsure) -> RawValue? {
        guard let tags = member(.tags) else { return nil }
        var cursor = RawCursor(tags)
        var found: RawValue?
        if tags.isObject {
            guard try cursor.enter(0x7B) else { return nil }
            repeat {
                let key = try cursor.key()
                try compare(key, try cursor.value(), wanted, &found)
            } while try cursor.continues(0x7B)
        } else {
            guard tags.isArray else { throw Unsure() }
            guard try cursor.enter(0x5B) else { return nil }
            repeat {
                guard try cursor.enter(0x5B) else { throw Unsure() }
                let key = try cursor.value()
                guard key.isString, key.isPlain, try cursor.continues(0x5B) else { throw Unsure() }
                try compare(key.inner, try cursor.value(), wanted, &found)
                guard try !cursor.continues(0x5B) else { throw Unsure() }
            } while try cursor.continues(0x5B)
        }
        return found
    }

    private func compare(
        _ key: Text, _ value: RawValue, _ wanted: [UInt8], _ found: inout RawValue?
    ) throws(Unsure) {
        // Keys with spaces change.
        for byte in key where byte <= 0x20 || byte >= 0x80 { throw Unsure() }
        guard ASCIIText.equals(key, wanted) else { return }
        guard found == nil else { throw Unsure() }
        found = value
    }

    /// Tags that normalising moves from or to fields.
    private static func isMoved(_ name: [UInt8]) -> Bool {
        for moved: StaticString in [
            "server_name", "site", "environment", "release", "dist", "user", "filename",
            "function",
        ]
        where name.elementsEqual(
            UnsafeBufferPointer(start: moved.utf8Start, count: moved.utf8CodeUnitCount))
        {
            return true
        }
        return name.count > 200
            || !name.allSatisfy { isNameByte($0) || $0 == 0x3A || $0 == 0x2F }
    }
}

/// Platforms that events may name.
enum Platforms {
    static let names: [StaticString] = [
        "as3", "c", "cfml", "cocoa", "csharp", "elixir", "go", "groovy", "haskell", "java",
        "javascript", "native", "node", "objc", "other", "perl", "php", "python", "ruby",
    ]
}
