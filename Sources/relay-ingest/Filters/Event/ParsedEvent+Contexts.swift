import JSON

/// Fields of contexts, also those that normalising derives from the user agent.
extension ParsedEvent {
    func context(_ field: ConditionField.ContextField) -> FieldValue {
        let contexts = member("contexts", "sentry.interfaces.Contexts")
        let node = document.find(key: field.context, in: contexts)
        guard has(node) else { return derived(field) }
        guard kind(node) == .object else { return .none }
        if let type = text(find("type", in: node)),
            !type.elementsEqual(field.context.utf8)
        {
            return .none
        }
        // The context as a whole: name and version in one.
        if field.context == field.name {
            let whole = document.find(key: field.name, in: node)
            return has(whole)
                ? value(text(whole)) : joined(node, isRuntime: field.name == "runtime")
        }
        let member = document.find(key: field.name, in: node)
        switch field.kind {
        case .text: return contextText(field, node, member)
        case .lenientText: return value(lenientText(member))
        case .bool: return document.bool(of: member).map { .bool($0) } ?? .none
        case .double: return document.double(of: member).map { .double($0) } ?? .none
        case .unsigned: return unsigned(member)
        case .uuid, .eventID: return uuid(member)
        case .any: return raw(member)
        case .traceStatus: return traceStatus(member)
        }
    }

    private func value(_ text: Text?) -> FieldValue {
        text.map { .text($0) } ?? .none
    }

    private func contextText(
        _ field: ConditionField.ContextField, _ context: JSONNode, _ member: JSONNode
    ) -> FieldValue {
        if field.context == "trace", field.name == "op", !has(member), isTransaction() {
            return .text(arena.text("default"))
        }
        return value(text(member))
    }

    private func joined(_ context: JSONNode, isRuntime: Bool) -> FieldValue {
        guard let name = text(find("name", in: context)) else { return .none }
        guard let version = text(find("version", in: context)) else {
            return isRuntime ? .none : .text(name)
        }
        return .text(arena.text(Array(name) + [0x20] + version))
    }

    private func unsigned(_ node: JSONNode) -> FieldValue {
        if let number = document.uint64(of: node) { return .unsigned(number) }
        guard let number = document.double(of: node), number >= 0,
            number < 18_446_744_073_709_551_616
        else { return .none }
        return .unsigned(UInt64(number))
    }

    private func uuid(_ node: JSONNode) -> FieldValue {
        guard let text = text(node), let digits = UUIDDigits.read(text) else { return .none }
        return .uuid(digits)
    }

    private static let statuses = [
        "ok", "cancelled", "unknown", "invalid_argument", "deadline_exceeded", "not_found",
        "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
        "aborted", "out_of_range", "unimplemented", "internal_error", "unavailable", "data_loss",
        "unauthenticated",
    ]

    private func traceStatus(_ node: JSONNode) -> FieldValue {
        var name = "unknown"
        if let number = document.uint64(of: node), number < Self.statuses.count {
            name = Self.statuses[Int(number)]
        } else if let text = document.string(of: node) {
            switch text {
            case "success": name = "ok"
            case "failure", "unknown_error": name = "internal_error"
            default: if Self.statuses.contains(text) { name = text }
            }
        }
        return .text(arena.text(name))
    }

    // MARK: From the user agent

    private func derived(_ field: ConditionField.ContextField) -> FieldValue {
        let product: (name: String, version: String?)?
        switch field.context {
        case "browser": product = derivedBrowser()
        case "os": product = derivedSystem()
        case "device": return derivedDevice(field.name)
        default: return .none
        }
        guard let product, product.name != "Other" else { return .none }
        switch field.name {
        case "name": return .text(arena.text(product.name))
        case "version": return value(product.version.map { arena.text($0) })
        case field.context:
            return .text(
                arena.text(product.version.map { product.name + " " + $0 } ?? product.name))
        default: return .none
        }
    }

    private func hint(_ name: String) -> String? {
        guard let text = lastHeader(name) else { return nil }
        let value = String(decoding: text, as: UTF8.self).filter { $0 != "\"" }
            .drop { $0 == " " }
        return value.isEmpty ? nil : String(value)
    }

    private func derivedBrowser() -> (name: String, version: String?)? {
        if let brands = lastHeader("sec-ch-ua") {
            for brand in String(decoding: brands, as: UTF8.self).split(separator: ",") {
                let parts = brand.split(separator: ";")
                guard parts.count == 2 else { continue }
                let name = parts[0].filter { $0 != "\"" }.drop { $0 == " " }
                let version = parts[1].drop { $0 == " " }
                guard version.hasPrefix("v="), !name.contains("Brand"), !name.contains("Chromium")
                else { continue }
                return (
                    name == "Google Chrome" ? "Chrome" : String(name),
                    version.dropFirst(2).filter { $0 != "\"" }
                )
            }
        }
        guard let agent = lastHeader("user-agent"), let product = agents?.browser(agent) else {
            return nil
        }
        return (product.family, version(product))
    }

    private func derivedSystem() -> (name: String, version: String?)? {
        // Servers and apps have the client's system in a context of its own.
        guard text(member("platform")).map({ ASCIIText.equals($0, "javascript") }) == true else {
            return nil
        }
        if let name = hint("sec-ch-ua-platform") {
            return (name, hint("sec-ch-ua-platform-version"))
        }
        guard let agent = lastHeader("user-agent"), let product = agents?.operatingSystem(agent)
        else {
            return nil
        }
        let version = version(product)
        // Browsers have stopped to tell later versions.
        switch (product.family, version) {
        case ("Windows", "10"), ("Mac OS X", "10.15.7"):
            return (product.family, ">=" + (version ?? ""))
        default: return (product.family, version)
        }
    }

    private func derivedDevice(_ name: String) -> FieldValue {
        if let model = hint("sec-ch-ua-model") {
            return name == "name" || name == "model" ? .text(arena.text(model)) : .none
        }
        guard let agent = lastHeader("user-agent"), let product = agents?.device(agent),
            product.family != "Other"
        else { return .none }
        switch name {
        case "family": return .text(arena.text(product.family))
        case "model": return value(product.model.map { arena.text($0) })
        case "brand": return value(product.brand.map { arena.text($0) })
        default: return .none
        }
    }

    private func version(_ product: UserAgentReader.Product) -> String? {
        product.version.isEmpty ? nil : product.version.joined(separator: ".")
    }
}

/// UUIDs in their usual forms.
enum UUIDDigits {
    /// The 32 digits in lower case; nil if the text is no UUID.
    static func read(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes = Array(text)
        if bytes.first == 0x7B, bytes.last == 0x7D { bytes = Array(bytes.dropFirst().dropLast()) }
        if bytes.starts(with: Array("urn:uuid:".utf8)) { bytes.removeFirst(9) }
        if bytes.count == 36 {
            for place in [8, 13, 18, 23] where bytes[place] != 0x2D { return nil }
            bytes.removeAll { $0 == 0x2D }
        }
        guard bytes.count == 32 else { return nil }
        for index in bytes.indices {
            bytes[index] = ASCIIText.lower(bytes[index])
            guard bytes[index] &- 0x30 < 10 || bytes[index] &- 0x61 < 6 else { return nil }
        }
        return bytes
    }
}
