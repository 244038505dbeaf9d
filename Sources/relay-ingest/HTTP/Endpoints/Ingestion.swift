import Compression
import Config
import Model
import Wire

/// The routes that take events, from the request's head to the accept store: authenticate, ask for
/// the cached verdict, read the body, make an envelope, check it, store it, answer.
///
/// Refusals that need no body come before it is read.
extension FrontDoor {
    /// Authenticates by header or query and asks for the verdict. The envelope endpoint may have to
    /// read the envelope's DSN first.
    func beginIngestion(_ exchange: Exchange) {
        let fields = exchange.head.fields
        do {
            let auth = try SentryAuth.resolve(
                sentryHeader: fields.sentryAuth, authorization: fields.authorization,
                query: exchange.head.target.query,
                versionMax: SentryAuth.protocolVersionMaxLegacy)
            if case .security = exchange.route, !SecurityReport.isMediaType(fields.mediaType) {
                exchange.answer(.failure(415, "unsupported content type for a security report"))
                return
            }
            exchange.meta = requestMeta(exchange, auth)
            askForVerdict(exchange, auth) { [self] in readBody(exchange) }
        } catch {
            if case .missing = error, case .envelope = exchange.route {
                readBody(exchange)
            } else {
                exchange.answer(Self.answer(error))
            }
        }
    }

    private static func answer(_ error: SentryAuthError) -> Answer {
        .failure(
            UInt16(clamping: error.statusCode), error.message,
            causes: error.detail.map { [$0] } ?? [])
    }

    /// What is known of the sender.
    private func requestMeta(_ exchange: Exchange, _ auth: SentryAuth) -> RequestMeta {
        let fields = exchange.head.fields
        let peer = exchange.connection?.remoteAddress
        var forwarded = fields.forwardedFor
        if let peer { forwarded.append(peer) }
        return RequestMeta(
            projectKey: auth.projectKey, projectID: exchange.route.projectID,
            protocolVersion: auth.protocolVersion, client: auth.client, origin: fields.webOrigin,
            remoteAddress: peer, forwardedFor: forwarded.joined(separator: ", "),
            clientAddress: clientAddress(fields, peer), userAgent: fields.userAgent,
            receivedAt: wallClock())
    }

    private func clientAddress(_ fields: RequestFields, _ peer: String?) -> String? {
        let address = settings.trustedProxies.clientAddress(
            forwardedFor: fields.forwardedFor, peer: peer ?? "")
        return address.isEmpty ? nil : address
    }

    /// Asks for the cached verdict; goes on with `next` when the envelope may come.
    private func askForVerdict(
        _ exchange: Exchange, _ auth: SentryAuth,
        _ next: @escaping () -> Void
    ) {
        let question = GetEventAction(
            projectKey: auth.projectKey, projectID: exchange.route.projectID,
            origin: exchange.head.fields.webOrigin, freshness: .cached,
            isCacheBypassed: auth.isCacheBypassed)
        flow.eventAction(question) { [self] answer in
            switch answer.verdict {
            case .accept:
                exchange.rateLimits = answer.rateLimits
                next()
            case .discard(let reason):
                counters.refused(reason.name)
                exchange.answer(
                    .failure(
                        403, "event submission rejected", causes: ["reason: \(reason.name)"]))
            case .retryAfter:
                counters.refused("rate_limited")
                exchange.answer(RateLimitAnswers.refusal(answer.rateLimits, now: now))
            }
        }
    }

    /// Reads the body, or takes the event from the query.
    private func readBody(_ exchange: Exchange) {
        if case .pixel = exchange.route {
            finishIngestion(exchange, Array((exchange.head.target.query ?? "").utf8))
            return
        }
        do {
            let formats = try ContentCoding.formats(exchange.head.fields.contentEncodings)
            let look = isEnvelope(exchange) ? EnvelopeLook(settings.limits) : nil
            exchange.receiveBody(
                BodyPlan(limit: bodyLimit(exchange), formats: formats, look: look))
        } catch {
            exchange.answer(
                .failure(
                    400, "failed to decode request body",
                    causes: ["unknown content encoding: \(error.name)"]))
        }
    }

    private func isEnvelope(_ exchange: Exchange) -> Bool {
        switch exchange.route {
        case .envelope: true
        case .store: exchange.head.fields.mediaType == EnvelopeBody.mediaType
        default: false
        }
    }

    private func bodyLimit(_ exchange: Exchange) -> BodyLimit {
        let limits = settings.limits
        if isEnvelope(exchange) {
            return BodyLimit(settingName: "max_envelope_size", bytes: limits.maxEnvelopeSize)
        }
        return BodyLimit(settingName: "max_event_size", bytes: limits.maxEventSize)
    }

    /// The body is there: makes an envelope of it.
    func finishIngestion(_ exchange: Exchange, _ body: [UInt8]) {
        do {
            let submissions = try read(body, exchange)
            if exchange.meta == nil, let dsn = submissions.first?.envelope.header.dsn {
                let auth = SentryAuth(dsn: dsn)
                exchange.meta = requestMeta(exchange, auth)
                askForVerdict(exchange, auth) { [self] in store(submissions, exchange) }
            } else {
                store(submissions, exchange)
            }
        } catch {
            exchange.answer(error.answer)
        }
    }

    private func read(
        _ body: [UInt8], _ exchange: Exchange
    ) throws(SubmissionRefusal) -> [Submission] {
        switch exchange.route {
        case _ where isEnvelope(exchange): [try EnvelopeBody.read(body, exchange, settings)]
        case .security: try SecurityReport.read(body, exchange, document)
        default:
            [
                try StoreBody.read(
                    body, exchange, limit: bodyLimit(exchange), decompressor, document)
            ]
        }
    }

    /// Stores the envelopes and answers: 200 only when all of them are stored.
    private func store(_ submissions: [Submission], _ exchange: Exchange) {
        guard let meta = exchange.meta else {
            exchange.answer(Self.answer(.missing))
            return
        }
        var limits: [RateLimitAnswer] = []
        for submission in submissions where !submission.envelope.items.isEmpty {
            let result = flow.accept(
                AcceptedEnvelope(
                    id: submission.id, meta: meta, sentAt: submission.envelope.header.sentAt,
                    envelope: submission.envelope, rateLimits: exchange.rateLimits,
                    receivedAt: exchange.receivedAt))
            switch result {
            case .stored:
                limits += RateLimitAnswers.covering(submission.envelope, exchange.rateLimits)
            case .full(let limitName, let limit):
                exchange.answer(
                    Answer.failure(
                        503, "too many envelopes waiting",
                        causes: ["\(limitName) of \(limit) is reached"]
                    ).with("retry-after", "5"))
                return
            }
        }
        exchange.answer(
            limits.isEmpty
                ? SuccessAnswers.answer(exchange.route, submissions.first?.id)
                : RateLimitAnswers.refusal(limits, now: now))
    }
}

/// An envelope made of a request.
struct Submission {
    var id: EventID?
    var envelope: Envelope
}

/// Why a body makes no envelope.
struct SubmissionRefusal: Error, Hashable {
    var status: UInt16
    var detail: String
    var causes: [String] = []

    var answer: Answer { .failure(status, detail, causes: causes) }
}

extension Route {
    /// The project the path names.
    var projectID: ProjectID? {
        switch self {
        case .store(let project): project
        case .pixel(let project), .envelope(let project), .security(let project): project
        default: nil
        }
    }
}
