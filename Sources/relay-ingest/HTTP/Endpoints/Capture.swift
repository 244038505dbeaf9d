import Config
import Model

/// `GET /api/relay/events/{id}/`: what became of an event, in capture mode.
enum Capture {
    static func answer(_ id: EventID?, _ flow: any EventFlow, _ mode: RelayMode) -> Answer {
        guard mode == .capture, let id, let event = flow.captured(id) else { return .notFound }
        switch event {
        case .envelope(let bytes):
            return Answer(
                status: 200, contentType: "application/x-sentry-envelope", body: .bytes(bytes))
        case .failed(let reason):
            return .text(400, reason)
        }
    }
}
