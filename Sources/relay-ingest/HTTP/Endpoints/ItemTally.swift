import Config
import Model

/// Holds the sizes and counts of an envelope's items against the limits, item by item. Unknown types
/// are bounded by the envelope's size only.
struct ItemTally {
    private let limits: RelayConfig.Limits
    private var sums = Sums()

    /// What is too large or too many.
    struct Excess: Hashable {
        /// e.g. `event items`
        var what: String
        /// e.g. `1300000 bytes`
        var got: String
        var settingName: String
        var limit: String
    }

    init(_ limits: RelayConfig.Limits) {
        self.limits = limits
    }

    /// Counts an item; the limit that is exceeded now, if one is.
    mutating func add(_ item: EnvelopeItem, payloadBytes: Int) -> Excess? {
        sums.add(item, payloadBytes)
        if let single = single(item), payloadBytes > single.bytes {
            return Excess(
                what: "\(item.type.name) items", got: "\(payloadBytes) bytes",
                settingName: single.settingName, limit: "\(single.bytes) bytes")
        }
        return sizes() ?? counts()
    }

    private struct Sums {
        var eventBytes = 0
        var attachmentBytes = 0
        var attachments = 0
        var sessionBytes = 0
        var sessions = 0
        var clientReportBytes = 0
        var clientReports = 0
        var standaloneSpans = 0

        mutating func add(_ item: EnvelopeItem, _ payloadBytes: Int) {
            switch item.type {
            case .event, .transaction, .security, .rawSecurity, .formData, .userReport, .feedback,
                .replayEvent:
                eventBytes += payloadBytes
            case .attachment, .unrealReport:
                attachmentBytes += payloadBytes
                attachments += 1
            case .session, .sessions:
                sessionBytes += payloadBytes
                sessions += 1
            case .clientReport:
                clientReportBytes += payloadBytes
                clientReports += 1
            case .span, .otelSpan:
                if item.itemCount == nil { standaloneSpans += 1 }
            default: break
            }
        }
    }

    private func single(_ item: EnvelopeItem) -> BodyLimit? {
        if let contentType = item.contentType,
            contentType.hasPrefix("application/vnd.sentry.items.")
        {
            return BodyLimit(settingName: "max_container_size", bytes: limits.maxContainerSize)
        }
        switch item.type {
        case .attachment, .unrealReport:
            return BodyLimit(settingName: "max_attachment_size", bytes: limits.maxAttachmentSize)
        case .checkIn:
            return BodyLimit(settingName: "max_check_in_size", bytes: limits.maxCheckInSize)
        case .profile, .profileChunk:
            return BodyLimit(settingName: "max_profile_size", bytes: limits.maxProfileSize)
        case .log:
            return BodyLimit(settingName: "max_log_size", bytes: limits.maxLogSize)
        case .traceMetric:
            return BodyLimit(settingName: "max_trace_metric_size", bytes: limits.maxTraceMetricSize)
        case .span, .otelSpan, .otelTracesData:
            return BodyLimit(settingName: "max_span_size", bytes: limits.maxSpanSize)
        case .statsd:
            return BodyLimit(settingName: "max_statsd_size", bytes: limits.maxStatsdSize)
        case .metricBuckets:
            return BodyLimit(
                settingName: "max_metric_buckets_size", bytes: limits.maxMetricBucketsSize)
        case .replayRecording, .replayVideo:
            return BodyLimit(
                settingName: "max_replay_compressed_size", bytes: limits.maxReplayCompressedSize)
        default: return nil
        }
    }

    private func sizes() -> Excess? {
        let bounds: [(String, Int, String, Int)] = [
            ("event items", sums.eventBytes, "max_event_size", limits.maxEventSize),
            (
                "attachment items", sums.attachmentBytes, "max_attachments_size",
                limits.maxAttachmentsSize
            ),
            ("session items", sums.sessionBytes, "max_sessions_size", limits.maxSessionsSize),
            (
                "client_report items", sums.clientReportBytes, "max_client_reports_size",
                limits.maxClientReportsSize
            ),
        ]
        for (what, got, name, limit) in bounds where got > limit {
            return Excess(
                what: what, got: "\(got) bytes", settingName: name, limit: "\(limit) bytes")
        }
        return nil
    }

    private func counts() -> Excess? {
        let bounds: [(String, Int, String, Int)] = [
            (
                "attachment items", sums.attachments, "max_attachment_count",
                limits.maxAttachmentCount
            ),
            ("session items", sums.sessions, "max_session_count", limits.maxSessionCount),
            (
                "client_report items", sums.clientReports, "max_client_reports_count",
                limits.maxClientReportsCount
            ),
            (
                "span items", sums.standaloneSpans, "max_standalone_span_count",
                limits.maxStandaloneSpanCount
            ),
        ]
        for (what, got, name, limit) in bounds where got > limit {
            return Excess(what: what, got: "\(got) items", settingName: name, limit: "\(limit)")
        }
        return nil
    }
}
