/// Why a request is not authenticated, in the original's words.
public enum SentryAuthError: Error, Hashable, Sendable {
    /// No form of authentication is present.
    case missing
    /// More than one form is present.
    case multiple
    /// A header or query is not of its form.
    case malformed(Detail)
    /// The public key is not 32 hexadecimal digits.
    case badPublicKey
    /// The client speaks a newer protocol than this relay.
    case unsupportedProtocolVersion(UInt16)

    /// What is wrong with a header or query.
    public enum Detail: Hashable, Sendable {
        case notSentryAuth, invalidVersion, invalidTimestamp, missingPublicKey
    }

    /// 400 or 401, as today's Relay answers.
    public var statusCode: Int {
        switch self {
        case .missing, .multiple, .malformed: 401
        case .badPublicKey, .unsupportedProtocolVersion: 400
        }
    }

    /// One sentence for the client.
    public var message: String {
        switch self {
        case .missing: "missing authorization information"
        case .multiple: "multiple authorization payloads detected"
        case .malformed: "bad x-sentry-auth header"
        case .badPublicKey: "bad sentry DSN public key"
        case .unsupportedProtocolVersion(let version): "unsupported protocol version (\(version))"
        }
    }

    /// What lies beneath the message, for `causes`.
    public var detail: String? {
        switch self {
        case .malformed(.notSentryAuth): "non sentry auth"
        case .malformed(.invalidVersion): "invalid value for version"
        case .malformed(.invalidTimestamp): "invalid value for timestamp"
        case .malformed(.missingPublicKey): "missing public key in auth header"
        case .badPublicKey: "invalid project key"
        case .missing, .multiple, .unsupportedProtocolVersion: nil
        }
    }
}

/// The authentication of a request: which project key sends, and in which protocol version.
///
/// Forms: `X-Sentry-Auth: Sentry sentry_key=…, …`, the same in `Authorization`, the query
/// `?sentry_key=…`, a path segment, and the DSN of an envelope header (for which the caller uses
/// `init(dsn:)` when `resolve` reports `.missing`).
public struct SentryAuth: Hashable, Sendable {
    /// What the key or DSN identifies.
    public var projectKey: ProjectKey
    /// `sentry_version`, 7 when not stated.
    public var protocolVersion: UInt16
    /// `sentry_client`, e.g. `sentry.python/2.19.2`.
    public var client: String?
    /// The key carried the flag `no-cache`: refetch the project state.
    public var isCacheBypassed: Bool

    /// The newest protocol version there is; requests of newer ones are refused.
    public static let protocolVersionMax: UInt16 = 7

    /// The version of the 2019 relay's limit, for `versionMax` of deployments with clients that
    /// state version 8.
    public static let protocolVersionMaxLegacy: UInt16 = 8

    /// Authentication by its parts.
    public init(
        projectKey: ProjectKey, protocolVersion: UInt16 = Self.protocolVersionMax,
        client: String? = nil, isCacheBypassed: Bool = false
    ) {
        self.projectKey = projectKey
        self.protocolVersion = protocolVersion
        self.client = client
        self.isCacheBypassed = isCacheBypassed
    }

    /// Authentication by the DSN of an envelope header.
    public init(dsn: DSN) {
        self.init(projectKey: dsn.projectKey)
    }

    /// Finds the one form of authentication a request uses.
    ///
    /// - Parameters:
    ///   - sentryHeader: value of `X-Sentry-Auth`. A value that does not start with `Sentry `
    ///     counts as absent, so an empty header does no harm.
    ///   - authorization: value of `Authorization`, likewise.
    ///   - query: the raw query without `?`; it counts when `sentry_` occurs in it.
    ///   - pathKey: key of a path that carries one.
    ///   - versionMax: newest protocol version to accept.
    public static func resolve(
        sentryHeader: String? = nil, authorization: String? = nil, query: String? = nil,
        pathKey: String? = nil, versionMax: UInt16 = Self.protocolVersionMax
    ) throws(SentryAuthError) -> SentryAuth {
        var fields: Fields?
        for header in [sentryHeader, authorization] {
            guard let header, startsWithSentry(header) else { continue }
            if fields != nil { throw .multiple }
            fields = try Fields(header: header)
        }
        if let query, query.firstRange(of: "sentry_") != nil {
            if fields != nil { throw .multiple }
            fields = try Fields(query: query)
        }
        if let pathKey {
            if fields != nil { throw .multiple }
            fields = Fields()
            fields?.key = pathKey
        }
        guard let fields else { throw .missing }
        return try SentryAuth(fields, versionMax: versionMax)
    }

    private init(_ fields: Fields, versionMax: UInt16) throws(SentryAuthError) {
        guard !fields.key.isEmpty else { throw .malformed(.missingPublicKey) }
        guard fields.version <= versionMax else {
            throw .unsupportedProtocolVersion(fields.version)
        }
        let bytes = fields.key.utf8
        let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        guard let key = ProjectKey(fields.key[..<end]) else { throw .badPublicKey }
        let flags = fields.key[end...].split(separator: ":")
        self.init(
            projectKey: key, protocolVersion: fields.version, client: fields.client,
            isCacheBypassed: flags.contains("no-cache"))
    }

    private static func startsWithSentry(_ header: String) -> Bool {
        let prefix = header.utf8.prefix(7)
        return prefix.count == 7
            && zip(prefix, "sentry ".utf8).allSatisfy { $0 | 0x20 == $1 }
    }

    /// The header that is sent upstream.
    public var headerText: String {
        let base = "Sentry sentry_key=\(projectKey), sentry_version=\(protocolVersion)"
        guard let client else { return base }
        return base + ", sentry_client=\(client)"
    }
}

extension SentryAuth {
    /// The raw fields of one form. Unknown ones (`sentry_secret` …) are ignored.
    struct Fields {
        var key = ""
        var version = SentryAuth.protocolVersionMax
        var client: String?

        init() {}

        init(header: String) throws(SentryAuthError) {
            var header = header
            let result = header.withUTF8 { bytes in
                var fields = Fields()
                return Result { () throws(SentryAuthError) in
                    try fields.read(bytes)
                    return fields
                }
            }
            self = try result.get()
        }

        /// Reads what follows the first blank of a header: `name=value` between commas.
        private mutating func read(
            _ bytes: UnsafeBufferPointer<UInt8>
        ) throws(SentryAuthError) {
            guard var start = bytes.firstIndex(of: UInt8(ascii: " ")) else {
                throw .malformed(.notSentryAuth)
            }
            while start < bytes.count {
                let rest = bytes[start...]
                let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? bytes.endIndex
                let item = rest[..<end]
                if let equals = item.firstIndex(of: UInt8(ascii: "=")) {
                    let value = item[(equals + 1)...]
                    let valueEnd = value.firstIndex(of: UInt8(ascii: "=")) ?? end
                    try set(Self.trimmed(item[..<equals]), Self.trimmed(value[..<valueEnd]))
                }
                start = end + 1
            }
        }

        init(query: String) throws(SentryAuthError) {
            for item in query.split(separator: "&") {
                let pair = item.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard pair.count > 1 else { continue }
                try set(PercentEncoding.decodeForm(pair[0]), PercentEncoding.decodeForm(pair[1]))
            }
        }

        private mutating func set(
            _ name: String, _ value: String
        ) throws(SentryAuthError) {
            switch name.hasPrefix("sentry_") ? String(name.dropFirst(7)) : name {
            case "key": key = value
            case "client": client = value
            case "version":
                let major = value.utf8.prefix { $0 != UInt8(ascii: ".") }
                guard let number = UInt16(Substring(major)) else {
                    throw .malformed(.invalidVersion)
                }
                version = number
            case "timestamp":
                guard Double(value) != nil || WallTime(rfc3339: value) != nil else {
                    throw .malformed(.invalidTimestamp)
                }
            default: break
            }
        }

        /// Without the blanks around it.
        private static func trimmed(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
            func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }
            guard let start = bytes.firstIndex(where: { !isBlank($0) }),
                let end = bytes.lastIndex(where: { !isBlank($0) })
            else { return "" }
            return String(
                decoding: UnsafeBufferPointer(rebasing: bytes[start...end]), as: UTF8.self)
        }
    }
}
