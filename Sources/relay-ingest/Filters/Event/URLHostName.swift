import Model

/// The host of an absolute URL as the WHATWG URL standard reads it, as far as filters need it.
enum URLHostName {
    /// What is known of a URL.
    struct Parts {
        var scheme: String
        /// nil for schemes that have none.
        var host: String?
        /// The URL without query and fragment, scheme and host in lower case.
        var base: String
    }

    private static let defaultPorts = [
        "http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "file": -1,
    ]

    /// Reads an absolute URL; nil if it is none.
    static func parse(_ text: String) -> Parts? {
        var bytes = text.utf8.filter { $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }[...]
        while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        guard let colon = bytes.firstIndex(of: 0x3A), isScheme(bytes[..<colon]) else { return nil }
        let scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        var rest = bytes[(colon + 1)...]
        rest = rest[..<(rest.firstIndex { $0 == 0x3F || $0 == 0x23 } ?? rest.endIndex)]
        guard let defaultPort = defaultPorts[scheme] else {
            return other(scheme, rest)
        }
        rest = rest.map { $0 == 0x5C ? 0x2F : $0 }[...]
        if scheme == "file" {
            return Parts(scheme: scheme, host: nil, base: "file:" + string(rest))
        }
        while rest.first == 0x2F { rest.removeFirst() }
        let slash = rest.firstIndex(of: 0x2F) ?? rest.endIndex
        var authority = rest[..<slash]
        var user = ""
        if let at = authority.lastIndex(of: 0x40) {
            user = string(authority[...at])
            authority = authority[(at + 1)...]
        }
        guard let (name, port) = hostAndPort(authority, defaultPort) else { return nil }
        let path = slash == rest.endIndex ? "/" : string(rest[slash...])
        return Parts(
            scheme: scheme, host: name, base: scheme + "://" + user + name + port + path)
    }

    private static func other(_ scheme: String, _ rest: ArraySlice<UInt8>) -> Parts {
        let base = scheme + ":" + string(rest)
        guard rest.starts(with: [0x2F, 0x2F]) else {
            return Parts(scheme: scheme, host: nil, base: base)
        }
        let tail = rest.dropFirst(2)
        var authority = tail[..<(tail.firstIndex(of: 0x2F) ?? tail.endIndex)]
        if let at = authority.lastIndex(of: 0x40) { authority = authority[(at + 1)...] }
        if let colon = authority.lastIndex(of: 0x3A), authority.last != 0x5D {
            authority = authority[..<colon]
        }
        // Hosts of unknown schemes stay as they are.
        return Parts(scheme: scheme, host: authority.isEmpty ? nil : string(authority), base: base)
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    private static func isScheme(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, ASCIIText.lower(first) &- 0x61 < 26 else { return false }
        return bytes.allSatisfy {
            ASCIIText.lower($0) &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x2B || $0 == 0x2D
                || $0 == 0x2E
        }
    }

    private static func hostAndPort(
        _ authority: ArraySlice<UInt8>, _ defaultPort: Int
    ) -> (String, String)? {
        var host = authority
        var port = ""
        if let colon = host.lastIndex(of: 0x3A), host.last != 0x5D {
            let digits = host[(colon + 1)...]
            guard digits.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
            var number = 0
            for digit in digits {
                number = number * 10 + Int(digit &- 0x30)
                guard number <= 65_535 else { return nil }
            }
            if !digits.isEmpty, number != defaultPort { port = ":\(number)" }
            host = host[..<colon]
        }
        guard let name = normalized(host) else { return nil }
        return (name, port)
    }

    /// A host in its normal form: percent signs decoded, small letters, numbers as an address.
    private static func normalized(_ bytes: ArraySlice<UInt8>) -> String? {
        if bytes.first == 0x5B {
            guard bytes.last == 0x5D,
                let address = IPAddress(
                    String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)),
                address.isVersion6
            else { return nil }
            return "[" + address.description + "]"
        }
        let decoded =
            bytes.contains(0x25) ? PercentEncoding.decode(bytes, plusIsSpace: false) : Array(bytes)
        guard let text = String(validating: decoded, as: UTF8.self) else { return nil }
        var name = ""
        for scalar in text.lowercased().unicodeScalars {
            switch scalar.value {
            case 0xAD, 0x200B, 0x2060, 0xFEFF: continue
            case 0x3002, 0xFF0E, 0xFF61: name.unicodeScalars.append(".")
            case 0xFF01...0xFF5E:
                if let narrow = Unicode.Scalar(scalar.value - 0xFEE0) {
                    name += String(narrow).lowercased()
                }
            default: name.unicodeScalars.append(scalar)
            }
        }
        guard !name.isEmpty, name.utf8.allSatisfy(isAllowed) else { return nil }
        return HostNumber.isLast(in: name) ? HostNumber.address(name) : name
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x22, 0x23, 0x25, 0x2F, 0x3A, 0x3C, 0x3E, 0x3F, 0x40, 0x5B, 0x5C, 0x5D,
            0x5E, 0x60, 0x7C, 0x7F:
            false
        default: true
        }
    }
}
