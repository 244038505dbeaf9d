import Config
import Model

/// The body of the envelope endpoint.
enum EnvelopeBody {
    static let mediaType = "application/x-sentry-envelope"

    /// Reads an envelope and checks that it agrees with the request and the limits.
    static func read(
        _ body: [UInt8], _ exchange: Exchange, _ settings: FrontDoorSettings
    ) throws(SubmissionRefusal) -> Submission {
        var envelope: Envelope
        do {
            envelope = try Envelope(
                parsing: body, limits: EnvelopeLimits(itemsMax: settings.limits.maxItemCount))
            try checkAgreement(envelope.header, exchange)
        } catch {
            throw refusal(error)
        }
        if exchange.meta == nil, envelope.header.dsn == nil {
            throw SubmissionRefusal(status: 401, detail: SentryAuthError.missing.message)
        }
        guard !envelope.items.isEmpty else {
            throw SubmissionRefusal(status: 400, detail: "envelope contains no items")
        }
        if let excess = ItemLimits(settings.limits).excess(of: envelope) {
            throw SubmissionRefusal(
                status: 413, detail: "envelope exceeds the size limit for \(excess.what)",
                causes: [
                    "\(excess.got) exceeds limits.\(excess.settingName) of \(excess.limit)"
                ])
        }
        if !settings.areUnknownItemsAccepted {
            envelope.items.removeAll { item in
                if case .unknown = item.type { return true }
                return false
            }
        }
        var id = envelope.header.eventID
        if id == nil, envelope.requiresEvent {
            let assigned = EventID.random()
            envelope.header.set([("event_id", .string(assigned.description))])
            id = assigned
        }
        return Submission(id: id, envelope: envelope)
    }

    private static func refusal(_ error: EnvelopeError) -> SubmissionRefusal {
        var causes = [error.message]
        if let detail = error.detail { causes.append(detail) }
        switch error {
        case .tooManyItems(let limit):
            return SubmissionRefusal(
                status: 413, detail: "envelope contains too many items",
                causes: ["more items than limits.max_item_count of \(limit)"])
        default:
            return SubmissionRefusal(status: 400, detail: "invalid event envelope", causes: causes)
        }
    }

    /// DSN and origin, where the envelope states them, must be the request's.
    private static func checkAgreement(
        _ header: EnvelopeHeader, _ exchange: Exchange
    ) throws(EnvelopeError) {
        if let dsn = header.dsn {
            if let project = exchange.route.projectID, dsn.projectID != project {
                throw .headerMismatch(field: "project id")
            }
            if let meta = exchange.meta, dsn.projectKey != meta.projectKey {
                throw .headerMismatch(field: "public key")
            }
        }
        if let stated = header.forwarded.origin, let origin = exchange.head.fields.webOrigin,
            stated != origin
        {
            throw .headerMismatch(field: "origin")
        }
    }
}

/// Sizes and counts of the items of an envelope. Unknown types are bounded by the envelope's size
/// only.
struct ItemLimits {
    private let limits: RelayConfig.Limits

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

    /// The first limit the envelope exceeds.
    func excess(of envelope: Envelope) -> Excess? {
        var sums = Sums()
        for item in envelope.items {
            sums.add(item)
            if let single = single(item), item.payload.count > single.bytes {
                return Excess(
                    what: "\(item.type.name) items", got: "\(item.payload.count) bytes",
                    settingName: single.settingName, limit: "\(single.bytes) bytes")
            }
        }
        return sizes(sums) ?? counts(sums)
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

        mutating func add(_ item: EnvelopeItem) {
            switch item.type {
            case .event, .transaction, .security, .rawSecurity, .formData, .userReport, .feedback,
                .replayEvent:
                eventBytes += item.payload.count
            case .attachment, .unrealReport:
                attachmentBytes += item.payload.count
                attachments += 1
            case .session, .sessions:
                sessionBytes += item.payload.count
                sessions += 1
            case .clientReport:
                clientReportBytes += item.payload.count
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

    private func sizes(_ sums: Sums) -> Excess? {
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

    private func counts(_ sums: Sums) -> Excess? {
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
