import Model
import NIOHTTP1

/// What a request asks for. Routes are today's Relay's.
enum Route: Hashable {
    /// `POST /api/{project}/store/`, or `/api/store/` without a project: a bare event.
    case store(ProjectID?)
    /// `GET /api/{project}/store/`: an event in the query, answered with a pixel.
    case pixel(ProjectID)
    /// `POST /api/{project}/envelope/`
    case envelope(ProjectID)
    /// `POST /api/{project}/security/` and `/csp-report/`: a browser's report.
    case security(ProjectID)
    /// `OPTIONS` of the above.
    case preflight
    /// Whether the process answers.
    case live
    /// Whether events can be stored.
    case ready
    /// `GET /api/relay/events/{id}/`; nil when the id is none.
    case captured(EventID?)
    /// `GET /metrics`
    case metrics
    /// `POST /api/0/relays/projectconfigs/`
    case projectConfigs
    /// `POST /api/0/relays/publickeys/`
    case publicKeys
    /// Any other `/api/` path: the upstream's.
    case forward
    /// The path names a project that cannot be one.
    case badProject
    case methodNotAllowed(allowed: String)
    case notFound

    /// Whether any web page may read the answer.
    var isCORS: Bool {
        switch self {
        case .store, .pixel, .envelope, .security, .preflight: true
        default: false
        }
    }

    /// The route of a request.
    init(_ method: HTTPMethod, _ target: RequestTarget) {
        if method == .CONNECT || method == .TRACE {
            self = .methodNotAllowed(allowed: "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS")
            return
        }
        let segments = target.segments
        if segments.count == 1, segments[0] == "metrics" {
            let isRead = method == .GET || method == .HEAD
            self = isRead ? .metrics : .methodNotAllowed(allowed: "GET, HEAD")
            return
        }
        guard segments.first == "api",
            segments.count > 2 || segments.count == 2 && segments[1] != ""
        else {
            self = .notFound
            return
        }
        if segments[1] == "relay" {
            self = Self.own(method, segments)
        } else if let route = Self.ingestion(method, segments) ?? Self.relays(method, segments) {
            self = route
        } else {
            self = .forward
        }
    }

    /// Paths under `/api/relay/`, which are never forwarded.
    private static func own(_ method: HTTPMethod, _ segments: [Substring]) -> Route {
        let isRead = method == .GET || method == .HEAD
        switch (segments.count, segments.count > 2 ? segments[2] : "") {
        case (4, "healthcheck") where segments[3] == "":
            return isRead ? .ready : .methodNotAllowed(allowed: "GET, HEAD")
        case (5, "healthcheck") where segments[4] == "" && segments[3] == "ready":
            return isRead ? .ready : .methodNotAllowed(allowed: "GET, HEAD")
        case (5, "healthcheck") where segments[4] == "" && segments[3] == "live":
            return isRead ? .live : .methodNotAllowed(allowed: "GET, HEAD")
        case (5, "events") where segments[4] == "":
            return isRead
                ? .captured(EventID(segments[3])) : .methodNotAllowed(allowed: "GET, HEAD")
        default: return .notFound
        }
    }

    /// `/api/{project}/{endpoint}/` and `/api/store/`; nil for all other paths.
    private static func ingestion(_ method: HTTPMethod, _ segments: [Substring]) -> Route? {
        if segments.count == 3, segments[1] == "store", segments[2] == "" {
            switch method {
            case .POST: return .store(nil)
            case .OPTIONS: return .preflight
            default: return .methodNotAllowed(allowed: "POST, OPTIONS")
            }
        }
        guard segments.count == 4, segments[3] == "" else { return nil }
        switch segments[2] {
        case "store", "envelope", "security", "csp-report": break
        default: return nil
        }
        guard let project = ProjectID(segments[1]) else { return .badProject }
        switch (method, segments[2]) {
        case (.OPTIONS, _): return .preflight
        case (.POST, "store"): return .store(project)
        case (.GET, "store"): return .pixel(project)
        case (.POST, "envelope"): return .envelope(project)
        case (.POST, _): return .security(project)
        case (_, "store"): return .methodNotAllowed(allowed: "GET, POST, OPTIONS")
        default: return .methodNotAllowed(allowed: "POST, OPTIONS")
        }
    }

    /// `/api/0/relays/…`, for relays below us; nil for all other paths.
    private static func relays(_ method: HTTPMethod, _ segments: [Substring]) -> Route? {
        guard segments.count == 5, segments[1] == "0", segments[2] == "relays", segments[4] == ""
        else { return nil }
        switch segments[3] {
        case "live": return method == .GET || method == .HEAD ? .live : nil
        case "projectconfigs": return method == .POST ? .projectConfigs : nil
        case "publickeys": return method == .POST ? .publicKeys : nil
        default: return nil
        }
    }
}
