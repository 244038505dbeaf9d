import JSON

/// Where an event came from.
extension ParsedEvent {
    private var requestNode: JSONNode { member("request", "sentry.interfaces.Http") }

    /// The user's address: `{{auto}}` is the sender's, and it may be taken from the request.
    func userAddress() -> Text? {
        let user = member("user", "sentry.interfaces.User")
        let settings = find("settings", in: member("sdk"))
        let inference = text(find("infer_ip", in: settings))
        let isNever = inference.map { ASCIIText.equals($0, "never") } == true
        let isAutomatic = inference.map { ASCIIText.equals($0, "auto") } == true
        let automatic: StaticString = "{{auto}}"
        if isPolicyReport, let address = sender.inferredAddress { return arena.text(address) }

        var address = valid(text(find("ip_address", in: user)))
        if isNever {
            return address.map { ASCIIText.equals($0, automatic) } == true ? nil : address
        }
        var remote = text(find("REMOTE_ADDR", in: find("env", in: requestNode)))
        let senderText = sender.inferredAddress.map { arena.text($0) }
        if let senderText {
            if address.map({ ASCIIText.equals($0, automatic) }) == true { address = senderText }
            if remote.map({ ASCIIText.equals($0, automatic) }) == true { remote = senderText }
        }
        if address.map({ ASCIIText.equals($0, automatic) }) != false, let remote,
            valid(remote) != nil
        {
            return remote
        }
        guard address == nil, let senderText else { return address }
        if isAutomatic { return senderText }
        let platform = text(member("platform"))
        for name: StaticString in ["javascript", "cocoa", "objc"]
        where platform.map({ ASCIIText.equals($0, name) }) == true {
            return senderText
        }
        return nil
    }

    /// An address or the placeholder for the sender's.
    private func valid(_ address: Text?) -> Text? {
        guard let address else { return nil }
        if ASCIIText.equals(address, "{{auto}}") { return address }
        return IPAddress(String(decoding: address, as: UTF8.self)) == nil ? nil : address
    }

    func isLocal() -> Bool {
        if let address = userAddress(), Self.isLocalAddress(address) { return true }
        let url = requestURL().flatMap { URLHostName.parse($0) }
        if let url, Self.isLocal(url) { return true }
        if let forwarded = header("x-forwarded-for"), Self.isLocalAddress(forwarded) {
            return true
        }
        guard url == nil else { return false }
        for name in ["host", "x-forwarded-host"] {
            guard let host = header(name) else { continue }
            let domain = Text(rebasing: host.prefix { $0 != 0x3A })
            if ASCIIText.equals(domain, "127.0.0.1") || ASCIIText.equals(domain, "localhost") {
                return true
            }
        }
        return false
    }

    private static func isLocalAddress(_ text: Text) -> Bool {
        ASCIIText.equals(text, "127.0.0.1") || ASCIIText.equals(text, "::1")
    }

    /// Whether a URL is of a file or of the machine itself.
    static func isLocal(_ url: URLHostName.Parts) -> Bool {
        url.scheme == "file" || url.host.map { isLocalHost($0) } == true
    }

    /// The machine itself, or a name below `localhost`.
    private static func isLocalHost(_ host: String) -> Bool {
        host == "127.0.0.1" || host == "localhost" || host == "[::1]"
            || host.hasSuffix(".localhost")
    }

    /// The URL of the request, without query and fragment.
    func requestURL() -> String? {
        text(find("url", in: requestNode)).map { Self.requestURL($0) }
    }

    /// A URL without query and fragment; what is none stays but for those.
    static func requestURL(_ bytes: Text) -> String {
        var url = String(decoding: bytes, as: UTF8.self)
        if url.hasSuffix("…") {
            url.removeLast()
            url += "..."
        }
        if let parsed = URLHostName.parse(url) { return parsed.base }
        let end = url.utf8.firstIndex { $0 == 0x3F || $0 == 0x23 } ?? url.endIndex
        return String(url[..<end])
    }

    func requestMethod() -> Text? {
        guard let bytes = text(find("method", in: requestNode)), NameRules.isMethod(bytes) else {
            return nil
        }
        return arena.text(String(decoding: bytes, as: UTF8.self).uppercased())
    }
}
