import Config
import Wire

/// The health checks. `live`: the process answers. `ready`: an event that comes now can be stored,
/// and, where the mode registers, upstream knows this relay. Trouble of the upstream is no
/// unreadiness: events are stored until it is over.
enum Health {
    static let live = Answer.json(200, #"{"is_healthy":true}"#)
    private static let unhealthy = Answer.json(503, #"{"is_healthy":false}"#)

    /// The answer to a ready check.
    static func ready(
        _ flow: any EventFlow, _ settings: FrontDoorSettings, isDraining: Bool
    ) -> Answer {
        isReady(flow, settings, isDraining: isDraining) ? live : unhealthy
    }

    /// Whether the process wants traffic.
    static func isReady(
        _ flow: any EventFlow, _ settings: FrontDoorSettings, isDraining: Bool
    ) -> Bool {
        guard !isDraining, flow.canStore else { return false }
        guard settings.needsAuthentication else { return true }
        return flow.status?.isAuthenticated ?? false
    }
}
