/// Whether a scanned event came from the same machine.
extension ScannedEvent {
    /// False, or unsure: what looks local is read in full.
    func isLocal() throws(Unsure) -> Bool {
        if isPolicyReport, hasInferredAddress {
            // The sender is the user.
            if isLocalSender { throw Unsure() }
        } else {
            try checkAddress(member(.userAddress))
            try checkAddress(member(.remoteAddress))
            if isLocalSender {
                guard let text = try string(member(.userAddress)),
                    IPAddress(String(decoding: text, as: UTF8.self)) != nil
                else { throw Unsure() }
            }
        }
        try checkHost(.forwardedFor)
        if try !checkURL() {
            try checkHost(.host)
            try checkHost(.forwardedHost)
        }
        return false
    }

    private func checkHost(_ slot: EventOutline.Slot) throws(Unsure) {
        guard let text = try string(member(slot)) else { return }
        if ASCIIText.starts(text, with: "127.") || ASCIIText.starts(text, with: "localhost")
            || ASCIIText.starts(text, with: "::1")
        {
            throw Unsure()
        }
    }

    private func checkAddress(_ raw: RawValue?) throws(Unsure) {
        guard let raw, !raw.isNull else { return }
        guard raw.isString, raw.isPlain, !Self.isLocalAddress(raw.inner),
            !ASCIIText.equals(raw.inner, "{{auto}}") || !isLocalSender
        else { throw Unsure() }
    }

    private static func isLocalAddress(_ text: Text) -> Bool {
        ASCIIText.equals(text, "127.0.0.1") || ASCIIText.equals(text, "::1")
    }

    /// Whether the request has a URL that is certainly one and certainly not local. Without a URL
    /// the headers name the host.
    private func checkURL() throws(Unsure) -> Bool {
        guard let url = try string(member(.url)), !url.isEmpty else { return false }
        if url[0] == 0x2F, url.count > 1 { return false }
        if isUsual(url) { return true }
        guard let parts = URLHostName.parse(ParsedEvent.requestURL(url)) else { return false }
        guard !ParsedEvent.isLocal(parts) else { throw Unsure() }
        return true
    }

    /// Whether it is a URL of the web with a plain host name that is not of this machine.
    private func isUsual(_ url: Text) -> Bool {
        var start = 0
        if ASCIIText.starts(url, with: "https://") {
            start = 8
        } else if ASCIIText.starts(url, with: "http://") {
            start = 7
        } else {
            return false
        }
        var end = start
        var label = start
        while end < url.count {
            let byte = url[end]
            if byte == 0x2F || byte == 0x3F || byte == 0x23 || byte == 0x3A { break }
            switch byte {
            case 0x2E: label = end + 1
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: break
            default: return false
            }
            end += 1
        }
        // An unusual port makes it no URL at all.
        if end < url.count, url[end] == 0x3A {
            var place = end + 1
            while place < url.count, url[place] &- 0x30 < 10 { place += 1 }
            guard place > end + 1, place <= end + 5,
                place == url.count || url[place] == 0x2F || url[place] == 0x3F
            else { return false }
        }
        let last = Text(rebasing: url[label..<end])
        // Numbers are addresses in many forms.
        guard let first = last.first else { return false }
        return ASCIIText.lower(first) &- 0x61 < 26
            && !ASCIIText.equals(last, ignoringCase: "localhost")
    }
}
