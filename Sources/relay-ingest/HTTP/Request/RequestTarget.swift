import Model

/// The target of a request: path and query. Paths are compared byte by byte after doubled slashes
/// have been made single, since SDKs build them by joining a DSN with slashes.
struct RequestTarget {
    /// The path with single slashes, still percent-encoded; begins with `/`.
    let path: String
    /// What follows the first `?`, without it; nil without one.
    let query: String?

    /// Why a target is refused.
    enum Problem: Error, Hashable {
        /// Bytes that have no place in a target, or neither path nor absolute URI.
        case malformed
        /// `.` or `..` segments: they would reach other places at an upstream than they say.
        case dotSegment
    }

    /// Reads origin form (`/path?query`) and absolute form (`http://host/path?query`).
    init(_ uri: String) throws(Problem) {
        var bytes = Array(uri.utf8)[...]
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }) else {
            throw .malformed
        }
        if bytes.first != UInt8(ascii: "/") {
            bytes = try Self.afterAuthority(bytes)
        }
        let mark = bytes.firstIndex(of: UInt8(ascii: "?"))
        query = mark.map { String(decoding: bytes[($0 + 1)...], as: UTF8.self) }
        var path: [UInt8] = []
        path.reserveCapacity(bytes.count)
        for byte in bytes[..<(mark ?? bytes.endIndex)] {
            if byte == UInt8(ascii: "/"), path.last == byte { continue }
            path.append(byte)
        }
        self.path = String(decoding: path, as: UTF8.self)
        if Self.hasDotSegment(path) { throw .dotSegment }
    }

    /// Path and query of an absolute URI.
    private static func afterAuthority(_ bytes: ArraySlice<UInt8>) throws(Problem)
        -> ArraySlice<UInt8>
    {
        for scheme in ["http://", "https://"] {
            let prefix = Array(scheme.utf8)
            guard bytes.count > prefix.count,
                zip(bytes, prefix).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 })
            else { continue }
            let rest = bytes.dropFirst(prefix.count)
            guard rest.first != UInt8(ascii: "/"), rest.first != UInt8(ascii: "?") else { break }
            guard
                let end = rest.firstIndex(where: {
                    $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?")
                })
            else { return [UInt8(ascii: "/")] }
            if rest[end] == UInt8(ascii: "?") { return [UInt8(ascii: "/")] + rest[end...] }
            return rest[end...]
        }
        throw .malformed
    }

    private static func hasDotSegment(_ path: [UInt8]) -> Bool {
        guard path.contains(UInt8(ascii: ".")) || path.contains(UInt8(ascii: "%")) else {
            return false
        }
        return path.split(separator: UInt8(ascii: "/")).contains { segment in
            guard segment.count <= 6 else { return false }
            let plain = PercentEncoding.decode(segment, plusIsSpace: false)
            return plain == [UInt8(ascii: ".")] || plain == Array("..".utf8)
        }
    }

    /// The path's segments between its slashes; a trailing slash adds an empty one.
    var segments: [Substring] {
        path.utf8.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
        ).map { Substring($0) }
    }
}
