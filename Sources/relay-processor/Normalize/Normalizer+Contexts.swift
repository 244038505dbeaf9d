import JSON

/// Contexts: what free-form descriptions say moves to fields, names and versions are joined.
extension Normalizer {
    func normalizeContexts() {
        let contexts = find(Key.contexts, in: event)
        guard kind(contexts) == .object else { return }
        document.removeChildren(of: contexts) { document.keyID(of: $0) == Key.reprocessing }
        for node in document.children(of: contexts) where kind(node) == .object {
            guard let type = text(find(Key.type, in: node)) else { continue }
            switch schema.keys.id(of: type) {
            case Key.os: normalizeOperatingSystem(node)
            case Key.runtime: normalizeRuntime(node)
            case Key.device: nameEmulator(node)
            case Key.browser: joinNameAndVersion(node, into: Key.browser)
            case Key.response: normalizeResponse(node)
            case Key.trace: setDefault(Key.status, in: node, "unknown")
            default: continue
            }
        }
    }

    /// Devices that do not exist say so.
    private func nameEmulator(_ node: JSONNode) {
        let model = find(Key.model, in: node)
        if isText(model, "Android SDK built for x86")
            || isText(model, "Android SDK built for x86_64")
        {
            set(Key.name, in: node, "Emulator")
        } else if isText(model, "sdk_gphone_x86") {
            set(Key.name, in: node, "Google Android Emulator")
        }
    }

    private func joinNameAndVersion(_ node: JSONNode, into key: JSONKeyID) {
        let old = find(key, in: node)
        guard !has(old), let name = text(find(Key.name, in: node)) else { return }
        // Errors of what was sent instead go.
        if old.exists { document.remove(old, from: node) }
        guard let version = text(find(Key.version, in: node)) else {
            return document.setString(entry(key, in: node), name)
        }
        document.setString(entry(key, in: node), byteCountMax: name.count + version.count + 1) {
            $0.copyMemory(from: name)
            $0[name.count] = 0x20
            UnsafeMutableRawBufferPointer(rebasing: $0[(name.count + 1)...])
                .copyMemory(from: version)
            return name.count + version.count + 1
        }
    }

    private func normalizeOperatingSystem(_ node: JSONNode) {
        if !has(find(Key.name, in: node)), !has(find(Key.version, in: node)),
            let description = document.string(of: find(Key.rawDescription, in: node))
        {
            let parsed = SystemDescription.parse(description)
            if let name = parsed.name { set(Key.name, in: node, name) }
            if let version = parsed.version { set(Key.version, in: node, version) }
            if let build = parsed.build { set(Key.build, in: node, build) }
            if let kernel = parsed.kernelVersion { set(Key.kernelVersion, in: node, kernel) }
        }
        joinNameAndVersion(node, into: Key.os)
    }

    private func normalizeRuntime(_ node: JSONNode) {
        if !has(find(Key.name, in: node)), !has(find(Key.version, in: node)),
            let description = document.string(of: find(Key.rawDescription, in: node)),
            let (name, version) = SystemDescription.nameAndVersion(description)
        {
            set(Key.name, in: node, name)
            set(Key.version, in: node, version)
        }
        if !has(find(Key.version, in: node)),
            document.string(of: find(Key.name, in: node))?.hasPrefix(".NET Framework") == true,
            let build = document.string(of: find(Key.build, in: node)),
            let version = SystemDescription.dotNetFrameworkVersions[build]
        {
            set(Key.version, in: node, version)
        }
        if has(find(Key.version, in: node)) { joinNameAndVersion(node, into: Key.runtime) }
    }

    private func normalizeResponse(_ node: JSONNode) {
        let data = find(Key.data, in: node)
        if let bytes = text(data), let type = parseBody(data, bytes) {
            set(Key.inferredContentType, in: node, type)
        } else {
            setContentType(of: node)
        }
        moveCookies(in: node, header: "set-cookie", name: "Set-Cookie")
    }
}
