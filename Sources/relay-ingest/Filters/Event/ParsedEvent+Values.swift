import JSON

/// The fields that conditions can name.
extension ParsedEvent {
    func value(_ field: ConditionField) -> FieldValue {
        switch field {
        case .unknown, .exceptionType, .exceptionValue: .none
        case .level: Self.value(level())
        case .release: Self.value(release())
        case .dist: Self.value(dist())
        case .environment: Self.value(environment())
        case .transaction: Self.value(transaction())
        case .logger: Self.value(logger())
        case .platform: .text(platform())
        case .logentryFormatted: Self.value(messages().formatted)
        case .logentryMessage: Self.value(messages().message)
        case .requestMethod: Self.value(requestMethod())
        case .requestURL: Self.value(requestURL().map { arena.text($0) })
        case .requestHeader(let name):
            Self.value(header(String(decoding: name, as: UTF8.self)))
        case .transactionSource: Self.value(transactionSource())
        case .sdkName: Self.value(text(find("name", in: member("sdk"))))
        case .sdkVersion: Self.value(text(find("version", in: member("sdk"))))
        case .context(let field): context(field)
        case .tag(let name): Self.value(tag(name))
        case .extra(let path): extra(path)
        case .releaseBuild, .releasePackage, .releaseVersionShort: releasePart(field)
        case .duration, .measurement, .breakdown: number(field)
        case .userEmail, .userID, .userAddress, .userName, .userSegment, .sentryUser, .geography:
            Self.value(user(field))
        }
    }

    private static func value(_ text: Text?) -> FieldValue {
        text.map { .text($0) } ?? .none
    }

    // MARK: Plain fields

    private func level() -> Text? {
        let node = member("level")
        if kind(node) == .number {
            let names = ["debug", "info", "warning", "error", "fatal"]
            if let number = document.uint64(of: node), number % 10 == 0, number >= 10,
                number <= 50
            {
                return arena.text(names[Int(number / 10) - 1])
            }
        } else if let text = text(node) {
            for name: StaticString in ["error", "info", "warning", "debug", "fatal"]
            where ASCIIText.equals(text, name) {
                return text
            }
            if ASCIIText.equals(text, "log") { return arena.text("info") }
            if ASCIIText.equals(text, "critical") { return arena.text("fatal") }
        }
        return arena.text(isTransaction() ? "info" : "error")
    }

    private func dist() -> Text? {
        guard let text = trimmed(text(member("dist"))), !text.isEmpty,
            NameRules.isDistribution(text)
        else { return nil }
        return text
    }

    private func environment() -> Text? {
        if has(member("environment")) {
            guard let text = trimmed(text(member("environment"))), !text.isEmpty,
                NameRules.isEnvironment(text)
            else { return tagsEnvironment() }
            return text
        }
        return tagsEnvironment()
    }

    /// A tag of this name takes the place of a missing environment.
    private func tagsEnvironment() -> Text? {
        let tag = tagList().first { $0.name.map { ASCIIText.equals($0, "environment") } == true }
        guard let value = tag?.value, !value.contains(0x0A) else { return nil }
        return cut(value, 64, 0)
    }

    private func logger() -> Text? {
        let text = cut(text(member("logger")), 64, 0)
        if let text, !text.contains(0x0A), !text.contains(0x0D) { return text }
        return arena.text(isPolicyReport ? "csp" : "")
    }

    private func platform() -> Text {
        if let text = text(member("platform")) {
            for name in Platforms.names where ASCIIText.equals(text, name) { return text }
        }
        return arena.text("other")
    }

    private func transactionSource() -> Text? {
        let source = text(find("source", in: member("transaction_info")))
        guard isTransaction() else { return source }
        let isURL = source.map { ASCIIText.equals($0, "url") } ?? false
        let isGuessed = source == nil && isBrowserSDK
        return isURL || isGuessed ? arena.text("sanitized") : source ?? arena.text("unknown")
    }

    // MARK: User

    private func user(_ field: ConditionField) -> Text? {
        let user = member("user", "sentry.interfaces.User")
        func unlessEmpty(_ text: Text?) -> Text? { text?.isEmpty == false ? text : nil }
        switch field {
        case .userEmail: return unlessEmpty(text(find("email", in: user)))
        case .userID: return unlessEmpty(lenientText(find("id", in: user)))
        case .userAddress: return userAddress()
        case .userName: return text(find("name", in: user))
        case .userSegment: return unlessEmpty(text(find("segment", in: user)))
        case .geography(let name):
            let place = find("geo", in: user)
            return text(name.withUnsafeBytes { document.find($0, in: place) })
        case .sentryUser:
            let parts: [(String, Text?)] = [
                ("id:", lenientText(find("id", in: user))),
                ("username:", lenientText(find("username", in: user))),
                ("email:", text(find("email", in: user))), ("ip:", userAddress()),
            ]
            for (prefix, text) in parts {
                if let text { return arena.text(Array(prefix.utf8) + text) }
            }
            return text(find("sentry_user", in: user))
        default: return nil
        }
    }

    // MARK: Tags

    private func tagList() -> [(name: Text?, value: Text?)] {
        let node = member("tags")
        var list: [(name: Text?, value: Text?)] = []
        switch kind(node) {
        case .array:
            for pair in document.children(of: node)
            where kind(pair) == .array && document.childCount(of: pair) == 2 {
                let name = document.firstChild(of: pair)
                list.append((tagName(lenientText(name)), tagText(document.next(after: name))))
            }
        case .object:
            var byName: [String: JSONNode] = [:]
            for child in document.children(of: node) { byName[document.key(of: child)] = child }
            for (name, child) in byName.sorted(by: {
                $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
            }) {
                list.append((tagName(arena.text(name)), tagText(child)))
            }
        default: break
        }
        return list
    }

    private func tagText(_ node: JSONNode) -> Text? { trimmed(lenientText(node)) }

    private func tagName(_ name: Text?) -> Text? {
        guard let name else { return nil }
        return trimmed(arena.text(name.map { $0 == 0x20 ? 0x2D : $0 }))
    }

    private func tag(_ wanted: [UInt8]) -> Text? {
        // Server name and site become tags.
        for moved: StaticString in ["server_name", "site"]
        where wanted.withUnsafeBytes({ ASCIIText.equals($0, moved) }) {
            if let text = text(document.find(moved, in: root)) { return cut(text, 200, 0) }
        }
        for reserved: StaticString in [
            "environment", "release", "dist", "user", "filename", "function",
        ] where wanted.withUnsafeBytes({ ASCIIText.equals($0, reserved) }) {
            return nil
        }
        for (name, value) in tagList() {
            guard let name, name.elementsEqual(wanted) else { continue }
            guard NameRules.isTagKey(name), let value, !value.isEmpty, !value.contains(0x0A)
            else { return nil }
            return cut(value, 200, 0)
        }
        return nil
    }

    // MARK: Bags

    private func extra(_ path: [[UInt8]]) -> FieldValue {
        var node = member("extra")
        for name in path {
            guard kind(node) == .object else { return .none }
            node = name.withUnsafeBytes { document.find($0, in: node) }
        }
        return raw(node)
    }

    /// A value of any kind.
    func raw(_ node: JSONNode) -> FieldValue {
        switch kind(node) {
        case .missing, .null: return .none
        case .bool: return .bool(document.bool(of: node) == true)
        case .string: return Self.value(text(node))
        case .number:
            if let value = document.int64(of: node) { return .signed(value) }
            if let value = document.uint64(of: node) { return .unsigned(value) }
            return .double(document.double(of: node) ?? 0)
        case .array, .object: return .other
        }
    }

    private func releasePart(_ field: ConditionField) -> FieldValue {
        guard let text = release(),
            let release = SentryRelease(String(decoding: text, as: UTF8.self))
        else { return .none }
        let part: String? =
            switch field {
            case .releaseBuild: release.buildHash
            case .releasePackage: release.package
            default: release.version?.short
            }
        return Self.value(part.map { arena.text($0) })
    }

    private func number(_ field: ConditionField) -> FieldValue {
        guard isTransaction() else { return .none }
        switch field {
        case .duration:
            guard let start = EventTime.seconds(member("start_timestamp"), document),
                let end = EventTime.seconds(member("timestamp"), document), start <= end
            else { return .none }
            return .double(((end - start) * 1_000_000).rounded() / 1000)
        case .measurement(let name): return measurement(name, in: member("measurements"))
        case .breakdown(let group, let name):
            let breakdowns = member("breakdowns")
            return measurement(
                name, in: group.withUnsafeBytes { document.find($0, in: breakdowns) })
        default: return .none
        }
    }

    private func measurement(_ name: [UInt8], in bag: JSONNode) -> FieldValue {
        let node = name.withUnsafeBytes { document.find($0, in: bag) }
        guard let value = document.double(of: find("value", in: node)), value.isFinite else {
            return .none
        }
        return .double(value)
    }
}
