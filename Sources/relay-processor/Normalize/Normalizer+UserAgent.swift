import JSON
import UserAgents

/// Contexts `browser`, `device` and the client's operating system from the request's client hints
/// or its `User-Agent`.
extension Normalizer {
    func normalizeUserAgent() {
        guard context.normalizeUserAgent else { return }
        let headers = find(Key.headers, in: find(Key.request, in: event))
        guard kind(headers) == .array else { return }
        let agent = header("user-agent", headers)
        let hints = ClientHintHeaders(
            platform: header("sec-ch-ua-platform", headers),
            platformVersion: header("sec-ch-ua-platform-version", headers),
            brands: header("sec-ch-ua", headers), model: header("sec-ch-ua-model", headers))
        guard agent != nil || !hints.isEmpty else { return }
        guard objectEntry(Key.contexts, in: event).exists else { return }
        addBrowser(agent, hints)
        addDevice(agent, hints)
        addOperatingSystem(agent, hints)
    }

    /// The value of the last header with that name; nil if it is no text.
    private func header(_ name: StaticString, _ headers: JSONNode) -> UnsafeRawBufferPointer? {
        var value: UnsafeRawBufferPointer?
        for pair in document.children(of: headers) {
            if let bytes = text(document.firstChild(of: pair)),
                ASCII.equalIgnoringCase(bytes, name)
            {
                value = text(document.child(of: pair, at: 1))
            }
        }
        return value
    }

    /// A new context instead of any other with that key.
    private func newContext(_ key: JSONKeyID, _ type: StaticString) -> JSONNode {
        let node = entry(key, in: find(Key.contexts, in: event))
        document.setEmptyObject(node)
        meta.clear(node)
        document.setString(entry(Key.type, in: node), EventMeta.bytes(type))
        return node
    }

    private func addBrowser(_ agent: UnsafeRawBufferPointer?, _ hints: ClientHintHeaders) {
        if eventContext(Key.browser, "browser").exists { return }
        var name: String?
        var version: String?
        if let brand = hints.browser() {
            (name, version) = (brand.name, brand.version)
        } else if let agent, let product = rules?.browser(agent) {
            name = product.family
            version = product.version.isEmpty ? nil : product.version.joined(separator: ".")
        }
        guard let name, name != "Other" else { return }
        let node = newContext(Key.browser, "browser")
        set(Key.name, in: node, name)
        if let version { set(Key.version, in: node, version) }
    }

    private func addDevice(_ agent: UnsafeRawBufferPointer?, _ hints: ClientHintHeaders) {
        if eventContext(Key.device, "device").exists { return }
        if let model = hints.deviceModel() {
            let node = newContext(Key.device, "device")
            set(Key.model, in: node, model)
            return
        }
        guard let agent, let product = rules?.device(agent), product.family != "Other" else {
            return
        }
        let node = newContext(Key.device, "device")
        set(Key.family, in: node, product.family)
        if let model = product.model { set(Key.model, in: node, model) }
        if let brand = product.brand { set(Key.brand, in: node, brand) }
    }

    private func addOperatingSystem(
        _ agent: UnsafeRawBufferPointer?, _ hints: ClientHintHeaders
    ) {
        let isBrowser = isText(find(Key.platform, in: event), "javascript")
        let key = isBrowser ? Key.os : Key.clientOs
        if find(key, in: find(Key.contexts, in: event)).exists { return }
        var name: String?
        var version: String?
        if let system = hints.operatingSystem() {
            (name, version) = (system.name, system.version)
        } else if let agent, let product = rules?.operatingSystem(agent) {
            name = product.family
            version = product.version.isEmpty ? nil : product.version.joined(separator: ".")
            // Browsers have stopped to tell later versions.
            switch (product.family, version) {
            case ("Windows", "10"), ("Mac OS X", "10.15.7"): version = ">=" + (version ?? "")
            default: break
            }
        }
        guard let name, name != "Other" else { return }
        let node = newContext(key, "os")
        set(Key.name, in: node, name)
        if let version { set(Key.version, in: node, version) }
    }

    private var rules: UserAgentRules? { userAgentRules ?? userAgentRulesLoader?.wait() }
}

/// The `Sec-CH-UA…` headers of a request.
struct ClientHintHeaders {
    var platform: UnsafeRawBufferPointer?
    var platformVersion: UnsafeRawBufferPointer?
    var brands: UnsafeRawBufferPointer?
    var model: UnsafeRawBufferPointer?

    var isEmpty: Bool { platform == nil && brands == nil && model == nil }

    func operatingSystem() -> (name: String, version: String?)? {
        guard let name = unquoted(platform), !name.isEmpty else { return nil }
        return (name, unquoted(platformVersion))
    }

    func deviceModel() -> String? {
        guard let name = unquoted(model), !name.isEmpty else { return nil }
        return name
    }

    /// The brand that is neither the engine nor the made-up one.
    func browser() -> (name: String, version: String)? {
        guard let brands else { return nil }
        for brand in String(decoding: brands, as: UTF8.self).split(separator: ",") {
            if ["Brand", "Chromium", "Gecko"].contains(where: { brand.contains($0) }) { continue }
            guard let (name, version) = Self.product(brand.utf8),
                !name.allSatisfy(\.isWhitespace), !version.allSatisfy(\.isWhitespace)
            else { return nil }
            return (name == "Google Chrome" ? "Chrome" : name, version)
        }
        return nil
    }

    /// The first `"name";v="version"`.
    private static func product(_ bytes: Substring.UTF8View) -> (String, String)? {
        var rest = bytes[...]
        while let open = rest.firstIndex(of: 0x22) {
            rest = rest[rest.index(after: open)...]
            guard let close = rest.firstIndex(of: 0x22) else { return nil }
            let name = rest[..<close]
            let behind = rest[rest.index(after: close)...]
            if behind.starts(with: ";v=\"".utf8) {
                let version = behind.dropFirst(4)
                guard let end = version.firstIndex(of: 0x22) else { return nil }
                return (String(Substring(name)), String(Substring(version[..<end])))
            }
        }
        return nil
    }

    private func unquoted(_ bytes: UnsafeRawBufferPointer?) -> String? {
        guard let bytes else { return nil }
        let range = WhiteSpace.trimmed(bytes)
        let text = bytes[range].filter { $0 != UInt8(ascii: "\"") }
        return String(decoding: text, as: UTF8.self)
    }
}
