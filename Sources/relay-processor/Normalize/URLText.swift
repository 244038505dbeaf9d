/// The parts of a URL that normalisation looks at, split as the WHATWG URL standard does.
struct URLText {
    /// The URL without query and fragment, in its normal form.
    var base: String
    /// Text behind `?`, without it; nil = none.
    var query: String?
    /// Text behind `#`, without it; nil = none.
    var fragment: String?

    private static let specialSchemes: [String: Int] = [
        "http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "file": -1,
    ]

    /// Reads an absolute URL; nil if it is none, or its host is left as it is.
    static func parse(_ text: String) -> URLText? {
        let bytes = Array(text.utf8).trimmed()
        guard let colon = bytes.firstIndex(of: 0x3A), colon > 0, isScheme(bytes[..<colon]) else {
            return nil
        }
        let scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        var rest = bytes[(colon + 1)...]
        var fragment: String?
        if let hash = rest.firstIndex(of: 0x23) {
            fragment = encode(rest[(hash + 1)...], isFragmentUnsafe)
            rest = rest[..<hash]
        }
        var query: String?
        if let mark = rest.firstIndex(of: 0x3F) {
            query = encode(rest[(mark + 1)...], isQueryUnsafe)
            rest = rest[..<mark]
        }
        guard let base = base(scheme, rest) else { return nil }
        return URLText(base: base, query: query, fragment: fragment)
    }

    private static func base(_ scheme: String, _ rest: ArraySlice<UInt8>) -> String? {
        guard let defaultPort = specialSchemes[scheme] else {
            let isPath = rest.first == 0x2F
            return scheme + ":" + encode(rest, isPath ? isPathUnsafe : isOpaqueUnsafe)
        }
        var path = ArraySlice<UInt8>(
            rest.map { (byte: UInt8) -> UInt8 in byte == 0x5C ? 0x2F : byte })
        if scheme == "file" {
            if path.starts(with: [0x2F, 0x2F]) { path = path.dropFirst(2) }
            let slash = path.firstIndex(of: 0x2F) ?? path.endIndex
            var host = String(decoding: path[..<slash], as: UTF8.self).lowercased()
            if host == "localhost" { host = "" }
            return "file://" + host + normalPath(path[slash...])
        }
        while path.first == 0x2F { path = path.dropFirst() }
        let slash = path.firstIndex(of: 0x2F) ?? path.endIndex
        guard let authority = authority(path[..<slash], defaultPort) else { return nil }
        return scheme + "://" + authority + normalPath(path[slash...])
    }

    private static func authority(_ bytes: ArraySlice<UInt8>, _ defaultPort: Int) -> String? {
        var host = bytes
        var user = ""
        if let at = bytes.lastIndex(of: 0x40) {
            user = encode(bytes[..<at], isUserUnsafe) + "@"
            host = bytes[(at + 1)...]
        }
        var port = ""
        if let colon = host.lastIndex(of: 0x3A), host.last != 0x5D {
            let digits = host[(colon + 1)...]
            guard digits.allSatisfy(ASCII.isDigit), digits.count <= 5 else { return nil }
            let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard number <= 65_535 else { return nil }
            if !digits.isEmpty, number != defaultPort { port = ":\(number)" }
            host = host[..<colon]
        }
        guard let name = URLHost.parse(host) else { return nil }
        return user + name + port
    }

    private static func normalPath(_ path: ArraySlice<UInt8>) -> String {
        var segments: [ArraySlice<UInt8>] = []
        let parts = path.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            let name = String(decoding: part, as: UTF8.self).lowercased()
            switch name {
            case ".", "%2e":
                if isLast { segments.append([]) }
            case "..", ".%2e", "%2e.", "%2e%2e":
                if !segments.isEmpty { segments.removeLast() }
                if isLast { segments.append([]) }
            default: segments.append(part)
            }
        }
        return "/" + segments.map { encode($0, isPathUnsafe) }.joined(separator: "/")
    }

    /// The path of a `file:`, `http(s):` or `applewebdata:` URL, if there is more than `/`.
    static func pathOfResource(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let schemes: [StaticString] = ["file:", "http:", "https:", "applewebdata:"]
        guard let scheme = schemes.first(where: { bytes.starts(with: EventMeta.bytes($0)) }) else {
            return nil
        }
        var start = scheme.utf8CodeUnitCount
        guard start + 2 <= bytes.count, bytes[start] == 0x2F, bytes[start + 1] == 0x2F else {
            return nil
        }
        start += 2
        guard let slash = bytes[start...].firstIndex(of: 0x2F) else { return nil }
        if slash == start, start != 7 { return nil }
        let end =
            bytes[slash...].firstIndex { $0 == 0x3F || $0 == 0x23 } ?? bytes.endIndex
        guard end - slash > 1 else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[slash..<end])
    }

    // MARK: Characters

    private static func isScheme(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, ASCII.lower(first) >= 0x61, ASCII.lower(first) <= 0x7A
        else { return false }
        return bytes.allSatisfy {
            let byte = ASCII.lower($0)
            return byte >= 0x61 && byte <= 0x7A || ASCII.isDigit(byte) || byte == 0x2B
                || byte == 0x2D || byte == 0x2E
        }
    }

    private static func encode(_ bytes: ArraySlice<UInt8>, _ unsafe: (UInt8) -> Bool) -> String {
        guard bytes.contains(where: unsafe) else { return String(decoding: bytes, as: UTF8.self) }
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in bytes {
            // Tabs and line ends are dropped.
            if byte == 0x09 || byte == 0x0A || byte == 0x0D { continue }
            if unsafe(byte) {
                result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isFragmentUnsafe(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x3C || byte == 0x3E
            || byte == 0x60
    }

    private static func isQueryUnsafe(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x23 || byte == 0x3C
            || byte == 0x3E || byte == 0x27
    }

    private static func isPathUnsafe(_ byte: UInt8) -> Bool {
        isFragmentUnsafe(byte) || byte == 0x7B || byte == 0x7D
    }

    private static func isOpaqueUnsafe(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte >= 0x7F
    }

    private static func isUserUnsafe(_ byte: UInt8) -> Bool {
        isPathUnsafe(byte) || byte == 0x40 || byte == 0x5B || byte == 0x5D || byte == 0x7C
    }
}

extension Array where Element == UInt8 {
    /// Without control characters and spaces around it.
    fileprivate func trimmed() -> ArraySlice<UInt8> {
        guard let first = firstIndex(where: { $0 > 0x20 }),
            let last = lastIndex(where: { $0 > 0x20 })
        else { return [] }
        return self[first...last]
    }
}
