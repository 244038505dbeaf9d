import JSON

/// What every event has in the end: type, id, level, platform, logger, SDK, project.
extension Normalizer {
    func normalizeDefaults() {
        inferType()
        normalizePlatform()
        let level = entry(Key.level, in: event)
        if !has(level) {
            let isInformation = isTransaction
            document.setString(level, isInformation ? "info" : "error")
        }
        setEventID()
        setDefault(Key.logger, in: event, "")
        shortenJavaLogger()
        let extra = find(Key.extra, in: event)
        if extra.exists, !has(extra) { document.setEmptyObject(extra) }
        let tags = find(Key.tags, in: event)
        if tags.exists, !has(tags) { document.setEmptyArray(tags) }
        setProject()
        setSDK()
    }

    /// A logger is one line.
    func checkLogger() {
        let logger = find(Key.logger, in: event)
        if let end = text(logger)?.first(where: { $0 == 0x0A || $0 == 0x0D }) {
            reject(logger, invalidCharacter: Unicode.Scalar(end))
        }
    }

    private func inferType() {
        let type = entry(Key.type, in: event)
        if isText(type, "transaction") || isText(type, "feedback") { return }
        let inferred: StaticString
        if document.childCount(of: values(Key.exception)) > 0 {
            inferred = "error"
        } else if has(find(Key.csp, in: event)) {
            inferred = "csp"
        } else {
            inferred = "default"
        }
        meta.clear(type)
        document.setString(type, inferred)
    }

    private func normalizePlatform() {
        let platform = entry(Key.platform, in: event)
        if has(platform), !Platforms.isKnown(platform, document) {
            meta.takeOriginal(platform)
        }
        if !has(platform) { document.setString(platform, "other") }
    }

    private func setEventID() {
        let node = entry(Key.eventID, in: event)
        if let id = context.eventID {
            meta.clear(node)
            return document.setString(node, id)
        }
        guard !has(node) else { return }
        var generator = SystemRandomNumberGenerator()
        let id = UUIDText.random(&generator)
        document.setString(node, byteCountMax: 36) {
            UUIDText.write(id.high, id.low, dashed: false, to: $0)
        }
    }

    private func setProject() {
        let project = entry(Key.project, in: event)
        meta.clear(project)
        if let id = context.projectID {
            document.setNumber(project, id)
        } else {
            document.setNull(project)
        }
        setText(Key.keyID, context.keyID)
        setText(Key.version, context.protocolVersion)
        let grouping = entry(Key.groupingConfig, in: event)
        meta.clear(grouping)
        if let value = context.groupingConfig {
            document.moveValue(to: grouping, from: document.makeNode(value))
            if kind(grouping) != .object { reject(grouping, "expected an object") }
        } else {
            document.setNull(grouping)
        }
    }

    private func setText(_ key: JSONKeyID, _ value: String?) {
        let node = entry(key, in: event)
        meta.clear(node)
        if let value {
            document.setString(node, value)
        } else {
            document.setNull(node)
        }
    }

    private func setSDK() {
        let sdk = entry(Key.sdk, in: event)
        guard !has(sdk), let client = context.client,
            let slash = client.utf8.firstIndex(of: 0x2F)
        else { return }
        document.setEmptyObject(sdk)
        set(Key.name, in: sdk, String(client[..<slash]))
        set(Key.version, in: sdk, String(client[client.utf8.index(after: slash)...]))
    }
}

/// Platforms that events may name.
enum Platforms {
    static let names: [StaticString] = [
        "as3", "c", "cfml", "cocoa", "csharp", "elixir", "go", "groovy", "haskell", "java",
        "javascript", "native", "node", "objc", "other", "perl", "php", "python", "ruby",
    ]

    static func isKnown(_ node: JSONNode, _ document: JSONDocument) -> Bool {
        for index in names.indices where document.isString(node, names[index]) { return true }
        return false
    }
}
