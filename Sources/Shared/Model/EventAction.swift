/// The verdict on an envelope before it is processed (the original's `EventAction`).
public enum EventAction: Hashable, Sendable {
    /// Process it and send it upstream.
    case accept
    /// Refuse it for good.
    case discard(DiscardReason)
    /// Refuse it for now; the limits in force, never empty.
    case retryAfter([RateLimit])
}

/// Why an envelope or item is invalid or unwanted. Names are the original's outcome reasons.
public enum DiscardReason: UInt8, Sendable, CaseIterable {
    case duplicate = 1
    case projectID = 2
    case authVersion = 3
    case authClient = 4
    case noData = 5
    case emptyEnvelope = 6
    case tooLarge = 7
    case disallowedMethod = 8
    case contentType = 9
    case multiProjectID = 10
    case missingMinidumpUpload = 11
    case invalidMinidump = 12
    case securityReportType = 13
    case securityReport = 14
    case cors = 15
    case processUnreal = 16
    case payload = 17
    case invalidJSON = 18
    case invalidMultipart = 19
    case invalidMsgpack = 20
    case invalidTransaction = 21
    case invalidEnvelope = 22
    case projectState = 23
    case duplicateItem = 24
    case noEventPayload = 25
    case `internal` = 26
    case expired = 27
    case invalidSpan = 28
    case timestamp = 29
    case upstreamRefused = 30

    /// The reason with a name; nil for a name that none has.
    public init?(name: String) {
        guard let reason = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = reason
    }

    /// The reason as it is written in outcomes and metrics.
    public var name: String {
        switch self {
        case .duplicate: "duplicate"
        case .projectID: "project_id"
        case .authVersion: "auth_version"
        case .authClient: "auth_client"
        case .noData: "no_data"
        case .emptyEnvelope: "empty_envelope"
        case .tooLarge: "too_large"
        case .disallowedMethod: "disallowed_method"
        case .contentType: "content_type"
        case .multiProjectID: "multi_project_id"
        case .missingMinidumpUpload: "missing_minidump_upload"
        case .invalidMinidump: "invalid_minidump"
        case .securityReportType: "security_report_type"
        case .securityReport: "security_report"
        case .cors: "cors"
        case .processUnreal: "process_unreal"
        case .payload: "payload"
        case .invalidJSON: "invalid_json"
        case .invalidMultipart: "invalid_multipart"
        case .invalidMsgpack: "invalid_msgpack"
        case .invalidTransaction: "invalid_transaction"
        case .invalidEnvelope: "invalid_envelope"
        case .projectState: "project_state"
        case .duplicateItem: "duplicate_item"
        case .noEventPayload: "no_event_payload"
        case .internal: "internal"
        case .expired: "expired"
        case .invalidSpan: "invalid_span"
        case .timestamp: "timestamp"
        case .upstreamRefused: "upstream_refused"
        }
    }
}
