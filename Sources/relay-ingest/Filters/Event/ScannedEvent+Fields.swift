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

    /// A string without white space around it.
    func trimmed(_ raw: RawValue?) throws(Unsure) -> Text? {
        guard let text = try string(raw) else { return nil }
        var start = 0
        var end = text.count
        while start < end, Self.isSpace(text[start]) { start += 1 }
        while end > start, Self.isSpace(text[end - 1]) { end -= 1 }
        // Unicode has more white space.
        guard start == end || (text[start] < 0x80 && text[end - 1] < 0x80) else {
            throw Unsure()
        }
        return Text(rebasing: text[start..<end])
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
    }

    // MARK: EventView

    func isTransaction() throws(Unsure) -> Bool {
        if isTransactionItem { return true }
        return try isType("transaction")
    }

    private func isType(_ name: StaticString) throws(Unsure) -> Bool {
        guard let type = member(.type), type.isString, let text = try string(type) else {
            return false
        }
        return ASCIIText.equals(text, name)
    }

    /// Whether it is a transaction that normalising refuses because it does not say when it
    /// started; there is nothing to filter then.
    func isIncomplete() throws(Unsure) -> Bool {
        if has(.startTimestamp) { return false }
        return try isTransaction()
    }

    var isPolicyReport: Bool { member(.policyReport)?.isObject == true }

    func policyReport() throws(Unsure) -> (blocked: Text?, source: Text?)? {
        guard isPolicyReport, try !isTransaction(), try !isType("feedback"), exceptionCount() == 0
        else { return nil }
        return (try lenient(.blockedURI), try lenient(.sourceFile))
    }

    /// The member if it is a string.
    private func lenient(_ slot: EventOutline.Slot) throws(Unsure) -> Text? {
        guard let raw = member(slot), raw.isString else { return nil }
        return try string(raw)
    }

    func release() throws(Unsure) -> Text? {
        guard let text = try trimmed(member(.release)), !text.isEmpty, NameRules.isRelease(text)
        else { return nil }
        return text
    }

    func transaction() throws(Unsure) -> Text? {
        let text = try trimmed(member(.transaction))
        guard text.map({ $0.count <= 200 }) != false else { throw Unsure() }
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
        guard let source = try lenient(.transactionSource) else { return false }
        return ASCIIText.equals(source, "route") || ASCIIText.equals(source, "custom")
            || ASCIIText.equals(source, "view") || ASCIIText.equals(source, "task")
            || ASCIIText.equals(source, "component")
    }

    func message() throws(Unsure) -> Text? {
        let (formatted, message) = try messages()
        return formatted ?? message
    }

    /// The formatted and the plain message.
    private func messages() throws(Unsure) -> (formatted: Text?, message: Text?) {
        // The first that is there counts, even if it is null.
        let name: EventOutline.Slot =
            has(.logEntry) ? .logEntry : has(.oldMessage) ? .oldMessage : .message
        guard let raw = member(name) else { return (nil, nil) }
        if raw.isString {
            let text = try string(raw)
            return (text?.isEmpty == false ? cutMessage(text) : nil, nil)
        }
        guard raw.isObject else { throw Unsure() }
        // The members are those of the only object.
        for other in [EventOutline.Slot.oldMessage, .message]
        where other != name && member(other)?.isObject == true {
            throw Unsure()
        }
        let formatted = member(.messageFormatted)
        let message = member(.messageText)
        guard formatted?.isString != false, message?.isString != false else {
            return (try part.message(raw), nil)
        }
        if let text = try string(formatted) {
            return (cutMessage(text), cutMessage(try string(message)))
        }
        guard let text = try string(message) else { return (nil, nil) }
        if let parameters = member(.messageParameters), !Self.isEmpty(parameters),
            text.contains(0x25) || text.contains(0x7B)
        {
            return (try part.message(raw), nil)
        }
        // A lone message is the formatted one.
        return (cutMessage(text), nil)
    }

    private static func isEmpty(_ raw: RawValue) -> Bool {
        raw.isNull || ((raw.isArray || raw.isObject) && raw.end - raw.start == 2)
    }

    func cutMessage(_ text: Text?) -> Text? { arena.cut(text, 8192, 200) }

    // MARK: Headers

    func userAgent() throws(Unsure) -> Text? {
        if has(.userAgent) { return try string(member(.userAgent)) }
        // The browser's own header stands for a report's.
        guard isPolicyReport, let agent = senderUserAgent else { return nil }
        return arena.text(agent)
    }

    /// The first header of a name in lower case. Unsure if there are several.
    func header(_ name: Text) throws(Unsure) -> Text? {
        if isPolicyReport { throw Unsure() }
        var result: Text?
        var count = 0
        try forEachHeader { (key, value) throws(Unsure) in
            guard key.count == name.count else { return }
            for index in 0..<key.count
            where ASCIIText.lower(key[index]) != ASCIIText.lower(name[index]) { return }
            count += 1
            guard count == 1 else { throw Unsure() }
            result = try string(value)
        }
        return result
    }

    /// Calls `found` with each header; in the order of the event, which is that of normalising for
    /// lists only.
    private func forEachHeader(
        _ found: (_ name: Text, _ value: RawValue) throws(Unsure) -> Void
    ) throws(Unsure) {
        guard let headers = member(.headers) else { return }
        var cursor = RawCursor(headers)
        if headers.isObject {
            guard try cursor.enter(0x7B) else { return }
            repeat {
                let key = try cursor.key()
                try found(key, try cursor.value())
            } while try cursor.continues(0x7B)
            return
        }
        guard headers.isArray else { throw Unsure() }
        guard try cursor.enter(0x5B) else { return }
        repeat {
            guard try cursor.enter(0x5B) else { throw Unsure() }
            let name = try cursor.value()
            guard name.isString, name.isPlain, try cursor.continues(0x5B) else { throw Unsure() }
            try found(name.inner, try cursor.value())
            guard try !cursor.continues(0x5B) else { throw Unsure() }
        } while try cursor.continues(0x5B)
    }
}
