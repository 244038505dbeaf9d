import JSON

/// Content security policy reports: logger, sender's address, user agent.
extension Normalizer {
    func normalizeSecurityReport() {
        guard has(find(Key.csp, in: event)) else { return }
        setDefault(Key.logger, in: event, "csp")
        if context.infersClientIP, let address = context.clientIP {
            let user = objectEntry(Key.user, in: event)
            if user.exists { set(Key.ipAddress, in: user, address) }
        }
        guard let agent = context.userAgent else { return }
        let request = objectEntry(Key.request, in: event)
        guard request.exists else { return }
        let headers = entry(Key.headers, in: request)
        if kind(headers) == .null { document.setEmptyArray(headers) }
        for pair in document.children(of: headers)
        where isUserAgent(document.firstChild(of: pair)) {
            document.setString(document.child(of: pair, at: 1), agent)
            return
        }
        let pair = document.makeArray()
        document.append(document.makeString("User-Agent"), to: pair)
        document.append(document.makeString(agent), to: pair)
        document.append(pair, to: headers)
    }

    func isUserAgent(_ name: JSONNode) -> Bool {
        guard let bytes = text(name) else { return false }
        return ASCII.equalIgnoringCase(bytes, "user-agent")
    }
}

/// Comparisons of ASCII text.
enum ASCII {
    static func equalIgnoringCase(
        _ bytes: UnsafeRawBufferPointer, _ lowerCase: StaticString
    ) -> Bool {
        guard bytes.count == lowerCase.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where lower(bytes[index]) != lowerCase.utf8Start[index] {
            return false
        }
        return true
    }

    @inline(__always)
    static func lower(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    static func upper(_ byte: UInt8) -> UInt8 {
        byte >= 0x61 && byte <= 0x7A ? byte & 0xDF : byte
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39
    }
}
