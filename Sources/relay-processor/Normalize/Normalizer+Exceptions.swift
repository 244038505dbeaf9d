import JSON

/// Exceptions: a lone stack trace belongs to a lone exception, types are split off values, the
/// operating system's numbers get their names.
extension Normalizer {
    func normalizeExceptions() {
        let exceptions = values(Key.exception)
        adoptStacktrace(exceptions)
        let system = OperatingSystemHint(named: operatingSystemName())
        for exception in document.children(of: exceptions) where kind(exception) == .object {
            normalizeException(exception)
            let mechanism = find(Key.mechanism, in: exception)
            if kind(mechanism) == .object { normalizeMechanism(mechanism, system) }
        }
    }

    private func adoptStacktrace(_ exceptions: JSONNode) {
        guard document.childCount(of: exceptions) == 1 else { return }
        let exception = document.firstChild(of: exceptions)
        let trace = find(Key.stacktrace, in: event)
        guard kind(exception) == .object, kind(trace) == .object else { return }
        let target = entry(Key.stacktrace, in: exception)
        meta.clear(target)
        document.moveValue(to: target, from: trace)
        meta.move(from: trace, to: target)
    }

    private func normalizeException(_ exception: JSONNode) {
        let type = find(Key.type, in: exception)
        let value = find(Key.value, in: exception)
        if text(type)?.isEmpty != false, let bytes = text(value),
            let colon = Self.typePrefix(bytes)
        {
            let target = type.exists ? type : entry(Key.type, in: exception)
            document.setString(target, UnsafeRawBufferPointer(rebasing: bytes[..<colon]))
            let rest = UnsafeRawBufferPointer(rebasing: bytes[(colon + 1)...])
            let range = WhiteSpace.trimmed(rest)
            document.narrowString(
                value, to: (colon + 1 + range.lowerBound)..<(colon + 1 + range.upperBound))
            return
        }
        if isEmptyText(type), isEmptyText(value) {
            rejectRecord(
                exception, record: "Exception", kind: "missing_attribute", key: Key.attribute,
                "type or value")
        }
    }

    private func isEmptyText(_ node: JSONNode) -> Bool {
        !has(node) || text(node)?.isEmpty == true
    }

    /// Position of the colon if the text is one line that starts with a word and a colon.
    private static func typePrefix(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let colon = bytes.firstIndex(of: 0x3A), colon > 0, !bytes.contains(0x0A) else {
            return nil
        }
        let word = bytes[..<colon]
        if word.allSatisfy(isWordByte) { return colon }
        guard word.contains(where: { $0 >= 0x80 }) else { return nil }
        let isWord = String(decoding: word, as: UTF8.self).unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0 == "_" || $0.properties.numericType == .decimal
        }
        return isWord ? colon : nil
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }

    private func operatingSystemName() -> UnsafeRawBufferPointer? {
        let info = find(Key.sdkInfo, in: find(Key.debugMeta, in: event))
        if let name = text(find(Key.sdkName, in: info)) { return name }
        return text(find(Key.name, in: eventContext(Key.os, "os")))
    }

    private func normalizeMechanism(_ mechanism: JSONNode, _ system: OperatingSystemHint?) {
        let link = find(Key.helpLink, in: mechanism)
        if let bytes = text(link), !bytes.starts(with: "http://".utf8),
            !bytes.starts(with: "https://".utf8)
        {
            reject(link, "expected http URL")
        }
        let source = find(Key.source, in: mechanism)
        if let bytes = text(source), let space = bytes.first(where: NameRules.isSpace) {
            reject(source, invalidCharacter: Unicode.Scalar(space))
        }
        let details = find(Key.meta, in: mechanism)
        guard kind(details) == .object else { return }
        nameError(find(Key.errno, in: details), system)
        nameSignal(find(Key.signal, in: details), system)
        let mach = find(Key.machException, in: details)
        if !has(find(Key.name, in: mach)),
            let number = document.int64(of: find(Key.exception, in: mach)),
            let name = SystemNames.machException(number)
        {
            set(Key.name, in: mach, name)
        }
    }

    private func nameError(_ error: JSONNode, _ system: OperatingSystemHint?) {
        guard let system, kind(error) == .object, !has(find(Key.name, in: error)),
            let number = document.int64(of: find(Key.number, in: error)),
            let name = SystemNames.errno(number, system)
        else { return }
        set(Key.name, in: error, name)
    }

    private func nameSignal(_ signal: JSONNode, _ system: OperatingSystemHint?) {
        guard let system, kind(signal) == .object,
            let number = document.int64(of: find(Key.number, in: signal))
        else { return }
        if !has(find(Key.name, in: signal)), let name = SystemNames.signal(number, system) {
            set(Key.name, in: signal, name)
        }
        if system == .darwin, !has(find(Key.codeName, in: signal)),
            let code = document.int64(of: find(Key.code, in: signal)),
            let name = SystemNames.darwinSignalCode(number, code)
        {
            set(Key.codeName, in: signal, name)
        }
    }
}
