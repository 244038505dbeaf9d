/// The fields of a scanned event.
extension ScannedEvent {
    /// A string with its escapes resolved; nil for null, unsure for anything else.
    func string(_ raw: RawValue?) throws(Unsure) -> Text? {
        guard let raw, !raw.isNull else { return nil }
        guard raw.isString else { throw Unsure() }
        if raw.isPlain { return raw.inner }
        guard let text = arena.unescaped(raw.inner) else { throw Unsure() }
        return text
    }

    /// A string without white space around it, of at most so many bytes.
    private func trimmed(_ raw: RawValue?, bytesMax: Int) throws(Unsure) -> Text? {
        guard let text = try string(raw) else { return nil }
        var start = 0
        var end = text.count
        while start < end, Self.isSpace(text[start]) { start += 1 }
        while end > start, Self.isSpace(text[end - 1]) { end -= 1 }
        // Unicode has more white space.
        guard start == end || (text[start] < 0x80 && text[end - 1] < 0x80),
            end - start <= bytesMax
        else { throw Unsure() }
        return Text(rebasing: text[start..<end])
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
    }

    // MARK: EventView

    func isTransaction() throws(Unsure) -> Bool {
        if isTransactionItem { return true }
        guard let type = try string(member(.type)) else { return false }
        return ASCIIText.equals(type, "transaction")
    }

    /// Reports are not scanned.
    func policyReport() -> (blocked: Text?, source: Text?)? { nil }

    func release() throws(Unsure) -> Text? {
        guard let text = try trimmed(member(.release), bytesMax: 200), !text.isEmpty else {
            return nil
        }
        for byte in text where byte < 0x20 || byte == 0x7F || byte == 0x2F || byte == 0x5C {
            throw Unsure()
        }
        if text.count <= 2, text.allSatisfy({ $0 == 0x2E }) { throw Unsure() }
        if ASCIIText.equals(text, ignoringCase: "latest") { throw Unsure() }
        return text
    }

    func transaction() throws(Unsure) -> Text? {
        let text = try trimmed(member(.transaction), bytesMax: 200)
        guard try isTransaction() else { return text }
        guard let text, !text.isEmpty else { throw Unsure() }
        if try isNameFinal() { return text }
        // Parts of URLs that name one thing are replaced.
        var run = 0
        var previousIsDigit = false
        for byte in text {
            let isDigit = byte &- 0x30 < 10
            if isDigit, previousIsDigit || (byte == 0x30) { throw Unsure() }
            previousIsDigit = isDigit
            run = byte == 0x2F || byte == 0x5C ? 0 : run + 1
            if run >= 32 { throw Unsure() }
        }
        return text
    }

    /// Whether the source of a transaction's name says that it is no URL.
    private func isNameFinal() throws(Unsure) -> Bool {
        guard let info = member(.transactionInfo), info.isObject else { return false }
        var cursor = RawCursor(info)
        guard try cursor.enter(0x7B) else { return false }
        var isFinal = false
        repeat {
            let key = try cursor.key()
            let value = try cursor.value()
            guard ASCIIText.equals(key, "source"), let source = try string(value) else { continue }
            isFinal =
                ASCIIText.equals(source, "route") || ASCIIText.equals(source, "custom")
                || ASCIIText.equals(source, "view") || ASCIIText.equals(source, "task")
                || ASCIIText.equals(source, "component")
        } while try cursor.continues(0x7B)
        return isFinal
    }

    func message() throws(Unsure) -> Text? {
        let (formatted, message) = try messages()
        return formatted ?? message
    }

    /// The formatted and the plain message.
    private func messages() throws(Unsure) -> (formatted: Text?, message: Text?) {
        // The first that is there counts, even if it is null.
        let name: Member = has(.logEntry) ? .logEntry : has(.oldMessage) ? .oldMessage : .message
        guard let raw = member(name) else { return (nil, nil) }
        if raw.isString {
            let text = try string(raw)
            return (text?.isEmpty == false ? cutMessage(text) : nil, nil)
        }
        guard raw.isObject else { throw Unsure() }
        var cursor = RawCursor(raw)
        guard try cursor.enter(0x7B) else { return (nil, nil) }
        var formatted: RawValue?
        var message: RawValue?
        var parameters: RawValue?
        repeat {
            let key = try cursor.key()
            let value = try cursor.value()
            if ASCIIText.equals(key, "formatted") {
                guard formatted == nil else { throw Unsure() }
                formatted = value
            } else if ASCIIText.equals(key, "message") {
                guard message == nil else { throw Unsure() }
                message = value
            } else if ASCIIText.equals(key, "params") {
                guard parameters == nil else { throw Unsure() }
                parameters = value
            }
        } while try cursor.continues(0x7B)
        if let text = try string(formatted) {
            return (cutMessage(text), cutMessage(try string(message)))
        }
        guard let text = try string(message) else { return (nil, nil) }
        if let parameters, !Self.isEmpty(parameters), text.contains(0x25) || text.contains(0x7B) {
            return (try part.message(raw), nil)
        }
        // A lone message is the formatted one.
        return (cutMessage(text), nil)
    }

    private static func isEmpty(_ raw: RawValue) -> Bool {
        raw.isNull || ((raw.isArray || raw.isObject) && raw.end - raw.start == 2)
    }

    private func cutMessage(_ text: Text?) -> Text? { arena.cut(text, 8192, 200) }

    func exceptionCount() -> Int { exceptions.count }

    func exception(_ index: Int) throws(Unsure) -> ExceptionText? {
        let type = try string(exceptions[index].type)
        let value = try string(exceptions[index].value)
        if let type, !type.isEmpty {
            return ExceptionText(type: arena.cut(type, 256, 20), value: cutMessage(value))
        }
        guard let value, !value.isEmpty else { return nil }
        // A first word with a colon becomes the type.
        if value.contains(0x3A) { throw Unsure() }
        return ExceptionText(type: type, value: cutMessage(value))
    }

    func firstExceptionSource() throws(Unsure) -> Text? {
        guard let first = exceptions.first else { return nil }
        // A lone exception gets the event's stack trace.
        if exceptions.count == 1, member(.stacktrace) != nil { throw Unsure() }
        guard first.hasStacktrace, let frames else { return nil }
        if let lastFrame {
            guard let path = try path(of: lastFrame) else { return nil }
            if !FramePath.isAnonymous(path) { return path }
        }
        for frame in try elements(frames).reversed() {
            guard frame.isObject else {
                if frame.isNull { return nil }
                throw Unsure()
            }
            guard let path = try path(of: frame) else { return nil }
            if !FramePath.isAnonymous(path) { return path }
        }
        return nil
    }

    /// Elements of a list at most; longer ones are read in full.
    private static let elementsMax = 8192

    private func elements(_ list: RawValue) throws(Unsure) -> [RawValue] {
        var cursor = RawCursor(list)
        guard try cursor.enter(0x5B) else { return [] }
        var elements: [RawValue] = []
        repeat {
            guard elements.count < Self.elementsMax else { throw Unsure() }
            elements.append(try cursor.value())
        } while try cursor.continues(0x5B)
        return elements
    }

    private func path(of frame: RawValue) throws(Unsure) -> Text? {
        var path: RawValue?
        var filename: RawValue?
        var cursor = RawCursor(frame)
        guard try cursor.enter(0x7B) else { return nil }
        repeat {
            let key = try cursor.key()
            let value = try cursor.value()
            if ASCIIText.equals(key, "abs_path") {
                guard path == nil else { throw Unsure() }
                path = value
            } else if ASCIIText.equals(key, "filename") {
                guard filename == nil else { throw Unsure() }
                filename = value
            }
        } while try cursor.continues(0x7B)
        if let text = try string(path), !text.isEmpty { return text }
        return try string(filename)
    }

    func userAgent() throws(Unsure) -> Text? {
        try header("user-agent")
    }

    /// The first header of a name in lower case. Unsure if there are several.
    func header(_ name: Text) throws(Unsure) -> Text? {
        var result: Text?
        var count = 0
        try request.forEachHeader { (key, value) throws(Unsure) in
            guard key.count == name.count else { return }
            for index in 0..<key.count
            where ASCIIText.lower(key[index]) != ASCIIText.lower(name[index]) { return }
            count += 1
            guard count == 1 else { throw Unsure() }
            result = try string(value)
        }
        return result
    }

    private func header(_ name: StaticString) throws(Unsure) -> Text? {
        try header(Text(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }
}
