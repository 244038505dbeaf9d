import Config
import Model
import NIOCore
import NIOHTTP1
import Upstream

/// Writes the request that delivers an envelope: path, headers and envelope headers as the original
/// sends them.
struct EnvelopeRequestBuilder {
    private let scheme: DSN.Scheme
    private let host: String
    private let port: UInt16
    private let relayID: String?

    /// - Parameter relayID: who this relay is to upstream; nil names nobody.
    init(config: RelayConfig, relayID: String?) {
        let upstream = config.relay.upstream
        scheme = upstream.isSecure ? .https : .http
        host = upstream.bracketedHost
        port = upstream.port
        self.relayID = relayID
    }

    /// The request for what is left of an envelope.
    func request(
        _ envelope: Envelope, meta: RequestMeta, projectID: ProjectID, sentAt: WallTime
    ) -> UpstreamRequest {
        let header = header(envelope, meta: meta, projectID: projectID, sentAt: sentAt)
        var body = ByteBufferAllocator().buffer(capacity: header.count + envelope.sizeEstimate)
        body.writeBytes(header)
        envelope.forEachItemPiece { body.writeBytes($0) }
        return UpstreamRequest(
            method: .POST, path: "/api/\(projectID)/envelope/", headers: headers(meta),
            body: body, responseBytesMax: 64 << 10)
    }

    /// The envelope with the header that relays send.
    func serialized(
        _ envelope: Envelope, meta: RequestMeta, projectID: ProjectID, sentAt: WallTime
    ) -> [UInt8] {
        var bytes = header(envelope, meta: meta, projectID: projectID, sentAt: sentAt)
        bytes.reserveCapacity(bytes.count + envelope.sizeEstimate)
        envelope.writeItems(to: &bytes)
        return bytes
    }

    /// The header line.
    private func header(
        _ envelope: Envelope, meta: RequestMeta, projectID: ProjectID, sentAt: WallTime
    ) -> [UInt8] {
        var bytes = JSONHeader.setting(
            headerFields(meta, projectID: projectID, sentAt: sentAt), in: envelope.header.bytes)
        bytes.append(0x0a)
        return bytes
    }

    private func headerFields(
        _ meta: RequestMeta, projectID: ProjectID, sentAt: WallTime
    ) -> [(name: String, value: JSONHeaderValue)] {
        let dsn = DSN(
            scheme: scheme, projectKey: meta.projectKey, host: host, port: port,
            projectID: projectID)
        func text(_ value: String?) -> JSONHeaderValue { value.map { .string($0) } ?? .absent }
        return [
            ("dsn", .string(dsn.headerText)),
            ("client", text(meta.client)),
            ("version", .integer(Int64(meta.protocolVersion))),
            ("origin", text(meta.origin)),
            ("remote_addr", text(meta.remoteAddress)),
            ("forwarded_for", .string(meta.forwardedFor)),
            ("user_agent", text(meta.userAgent)),
            ("sent_at", .string(sentAt.rfc3339(fraction: .automatic))),
        ]
    }

    private func headers(_ meta: RequestMeta) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.reserveCapacity(8)
        let auth = SentryAuth(
            projectKey: meta.projectKey, protocolVersion: meta.protocolVersion,
            client: meta.client)
        headers.add(name: "X-Sentry-Auth", value: auth.headerText.asHeaderValue)
        headers.add(name: "Content-Type", value: "application/x-sentry-envelope")
        if let agent = meta.userAgent {
            headers.add(name: "User-Agent", value: agent.asHeaderValue)
        }
        if let origin = meta.origin { headers.add(name: "Origin", value: origin.asHeaderValue) }
        if !meta.forwardedFor.isEmpty {
            headers.add(name: "X-Forwarded-For", value: meta.forwardedFor.asHeaderValue)
        }
        if let relayID { headers.add(name: "X-Sentry-Relay-Id", value: relayID) }
        return headers
    }
}
