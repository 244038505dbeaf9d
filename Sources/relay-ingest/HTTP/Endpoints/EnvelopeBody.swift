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
        var tally = ItemTally(settings.limits)
        for item in envelope.items {
            if let excess = tally.add(item, payloadBytes: item.payload.count) {
                throw refusal(excess)
            }
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

    static func refusal(_ excess: ItemTally.Excess) -> SubmissionRefusal {
        SubmissionRefusal(
            status: 413, detail: "envelope exceeds the size limit for \(excess.what)",
            causes: ["\(excess.got) exceeds limits.\(excess.settingName) of \(excess.limit)"])
    }

    static func refusal(_ error: EnvelopeError) -> SubmissionRefusal {
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
