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
        let hints = context.clientHints
        let fields: [(name: String, value: String?)] = [
            ("User-Agent", context.userAgent), ("SEC-CH-UA-Platform", hints.platform),
            ("SEC-CH-UA-Platform-Version", hints.platformVersion), ("SEC-CH-UA", hints.brands),
            ("SEC-CH-UA-Model", hints.model),
        ]
        for field in fields {
            if let value = field.value { addHeader(field.name, value) }
        }
    }

    /// Adds a header of the request that brought the report, unless the report names it itself,
    /// spelled the same.
    private func addHeader(_ name: String, _ value: String) {
        let request = objectEntry(Key.request, in: event)
        guard request.exists else { return }
        let headers = entry(Key.headers, in: request)
        if kind(headers) == .null { document.setEmptyArray(headers) }
        var name = name
        name.withUTF8 { utf8 in
            let name = UnsafeRawBufferPointer(utf8)
            if hasPair(name, in: headers) { return }
            setPair(name, document.makeString(value), in: headers)
        }
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
